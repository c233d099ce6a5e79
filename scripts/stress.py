"""Try to break Spanlight: the long runs of `tests/stress`; `--help` lists them."""

import sys

import this_checkout  # noqa: F401  # before what it makes importable

from tests.stress.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
