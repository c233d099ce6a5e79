"""Measure speed, memory and disk space; `--help` lists the measurements."""

import sys

import this_checkout  # noqa: F401  # before what it makes importable

from scripts.benchmarking.main import main

if __name__ == "__main__":
    sys.exit(main())
