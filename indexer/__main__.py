"""`python -m indexer FOLDER`: bring the index of a folder up to date."""

import sys

from indexer.command.reindex import main
from indexer.command.version import require_packages

if __name__ == "__main__":
    require_packages()
    sys.exit(main(program="python -m indexer"))
