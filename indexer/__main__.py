"""`python -m indexer FOLDER`: bring the index of a folder up to date."""

import sys

from indexer.command.reindex import main

if __name__ == "__main__":
    sys.exit(main(program="python -m indexer"))
