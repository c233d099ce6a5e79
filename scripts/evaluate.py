"""Measure relevance with judged queries: `spanlight evaluate` under its old name."""

import sys

from api.command.evaluate import main

if __name__ == "__main__":
    sys.exit(main(program="evaluate.py"))
