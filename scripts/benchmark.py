"""Measure speed, memory and disk space; `--help` lists the measurements."""

import sys

from scripts.benchmarking.main import main

if __name__ == "__main__":
    sys.exit(main())
