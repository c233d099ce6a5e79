"""Measure speed, memory and disk; `--help` lists what can be measured."""

import sys

from scripts.benchmarking.main import main

if __name__ == "__main__":
    sys.exit(main())
