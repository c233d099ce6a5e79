"""Bring the index of a folder up to date: `python -m indexer` under its old name."""

import sys

from indexer.command.main import main

if __name__ == "__main__":
    sys.exit(main())
