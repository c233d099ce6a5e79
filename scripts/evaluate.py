"""Measure relevance with judged queries: `spanlight evaluate` under its old name."""

import sys

import this_checkout  # noqa: F401  # before what it makes importable

from api.command.evaluate import main

if __name__ == "__main__":
    sys.exit(main(program="evaluate.py"))
