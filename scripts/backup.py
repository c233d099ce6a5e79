"""Copy an index into a new folder: `spanlight backup` under its old name."""

import sys

from indexer.command.backup import main

if __name__ == "__main__":
    sys.exit(main(program="backup.py"))
