"""Options that several benchmarks share, in a module with few imports."""

import argparse
from pathlib import Path

from indexer.command.arguments import positive_number

__all__ = ["add_data", "add_queries"]


def add_data(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Add options for the folder of documents and the number of its files to use."""
    add = parser.add_argument
    add("--data", type=Path, metavar="FOLDER", required=required, help="folder of documents")
    add("--files", type=positive_number, metavar="N", help="only the first N files, sorted")


def add_queries(parser: argparse.ArgumentParser, what: str) -> None:
    """Add an option for the number of queries; `what` says what they are for."""
    parser.add_argument(
        "--queries",
        type=positive_number,
        default=200,
        metavar="N",
        help=f"{what} (default: %(default)s)",
    )
