"""Copy an index into a new folder: `spanlight backup` under its old name."""

import sys

import this_checkout  # noqa: F401  # before what it makes importable

from indexer.command.backup import main

if __name__ == "__main__":
    sys.exit(main(program="backup.py"))
