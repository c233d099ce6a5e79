"""The options of `benchmark.py embedding`, in a module with few imports."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from indexer.command.arguments import positive_number
from scripts.benchmarking.common_options import add_data, add_queries

__all__ = ["EmbeddingOptions", "add_options", "read_options"]


@dataclass(frozen=True, slots=True)
class EmbeddingOptions:
    """At most `passages` passages are embedded, and `queries` queries by each embedder."""

    data: Path
    files: int | None
    passages: int
    queries: int
    json: str | None


def add_options(parser: argparse.ArgumentParser) -> None:
    add_data(parser, required=True)
    parser.add_argument(
        "--passages",
        type=positive_number,
        default=1_000,
        metavar="N",
        help="number of passages, spread evenly over the data (default: %(default)s)",
    )
    add_queries(parser, "queries for each embedder")


def read_options(parsed: argparse.Namespace) -> EmbeddingOptions:
    return EmbeddingOptions(
        data=parsed.data,
        files=parsed.files,
        passages=parsed.passages,
        queries=parsed.queries,
        json=parsed.json,
    )
