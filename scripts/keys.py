"""Create, list and remove API keys: `spanlight keys` under its old name."""

import sys

import this_checkout  # noqa: F401  # before what it makes importable

from api.command.keys import main

if __name__ == "__main__":
    sys.exit(main(program="keys.py"))
