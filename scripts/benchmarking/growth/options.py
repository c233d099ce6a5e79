"""The options of `benchmark.py grow`, in a module with few imports."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from indexer.command.arguments import positive_number
from scripts.benchmarking.common_options import add_queries

__all__ = ["GrowthOptions", "add_options", "read_options"]


@dataclass(frozen=True, slots=True)
class GrowthOptions:
    """`sizes` are numbers of passages; files go to `work`, or to the system's temporary folder."""

    data: Path
    sizes: tuple[int, ...]
    model: str
    queries: int
    work: Path | None
    json: str | None
    plot: Path | None


def add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--data", type=Path, metavar="FOLDER", required=True, help="folder of documents")
    add(
        "--sizes",
        type=_sizes,
        default=(1_000, 10_000, 100_000),
        metavar="N,...",
        help="numbers of passages, separated by commas (default: 1000,10000,100000)",
    )
    add(
        "--model",
        default="hashed",
        metavar="M",
        help="embedding model, or 'hashed' for hashed words instead (default: %(default)s)",
    )
    add_queries(parser, "queries for each mode")
    add(
        "--work",
        type=Path,
        metavar="DIR",
        help="folder for the temporary corpus and indexes; a million passages take 10 GB",
    )
    add("--plot", type=Path, metavar="FILE", help="draw the curves as SVG")


def read_options(parsed: argparse.Namespace) -> GrowthOptions:
    return GrowthOptions(
        data=parsed.data,
        sizes=parsed.sizes,
        model=parsed.model,
        queries=parsed.queries,
        work=parsed.work,
        json=parsed.json,
        plot=parsed.plot,
    )


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(map(positive_number, text.split(",")))
