"""Options that several benchmarks have. Light: the help imports nothing else."""

import argparse
from pathlib import Path

from indexer.command.arguments import positive_number

__all__ = ["add_data", "add_queries"]


def add_data(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Add the folder of documents, and how many of its files are taken."""
    add = parser.add_argument
    add("--data", type=Path, metavar="FOLDER", required=required, help="folder of documents")
    add("--files", type=positive_number, metavar="N", help="only the first N files, sorted")


def add_queries(parser: argparse.ArgumentParser, what: str) -> None:
    """Add the number of queries, and what they are for."""
    parser.add_argument(
        "--queries",
        type=positive_number,
        default=200,
        metavar="N",
        help=f"{what} (default: %(default)s)",
    )
