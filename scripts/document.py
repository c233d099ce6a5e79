"""Rewrite the generated tables of the READMEs, or check that they are up to date."""

import sys

import this_checkout  # noqa: F401  # before what it makes importable

from scripts.documenting.command import main

if __name__ == "__main__":
    sys.exit(main())
