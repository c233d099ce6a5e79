"""Bring the index of a folder up to date: `python -m indexer` under its old name."""

import sys

import this_checkout  # noqa: F401  # before what it makes importable

from indexer.command.reindex import main

if __name__ == "__main__":
    sys.exit(main(program="reindex.py"))
