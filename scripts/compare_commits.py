"""Measure two commits of Spanlight on the same folder, turn by turn."""

import sys

import this_checkout  # noqa: F401  # before what it makes importable

from scripts.benchmarking.commits.main import main

if __name__ == "__main__":
    sys.exit(main())
