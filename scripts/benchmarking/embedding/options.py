"""What `benchmark.py embedding` was asked to do. The help imports nothing else."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from indexer.command.arguments import positive_number
from scripts.benchmarking.common_options import add_data, add_queries

__all__ = ["EmbeddingOptions", "add_options", "read_options"]


@dataclass(frozen=True, slots=True)
class EmbeddingOptions:
    """`passages` is how many are embedded at most, `queries` how many each embedder gets."""

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
        help="passages, taken evenly from the data (default: %(default)s)",
    )
    add_queries(parser, "queries for each of the two")


def read_options(parsed: argparse.Namespace) -> EmbeddingOptions:
    return EmbeddingOptions(
        data=parsed.data,
        files=parsed.files,
        passages=parsed.passages,
        queries=parsed.queries,
        json=parsed.json,
    )
