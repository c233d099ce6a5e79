"""Measure two commits of Spanlight on the same folder, turn by turn."""

import sys

from scripts.benchmarking.commits.main import main

if __name__ == "__main__":
    sys.exit(main())
