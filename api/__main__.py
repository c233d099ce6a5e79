"""`python -m api`: serve search over an index, over HTTP and as a page."""

import sys

from api.command.serve import main
from indexer.command.version import require_packages

if __name__ == "__main__":
    require_packages()
    sys.exit(main(program="python -m api"))
