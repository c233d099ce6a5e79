"""`python -m api`: serve search over an index, over HTTP and as a page."""

import sys

from api.command.serve import main

if __name__ == "__main__":
    sys.exit(main(program="python -m api"))
