"""Rewrite the generated tables of the READMEs, or check that they are up to date."""

import sys

from scripts.documenting.command import main

if __name__ == "__main__":
    sys.exit(main())
