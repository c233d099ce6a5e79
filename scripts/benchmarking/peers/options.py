"""The options of `benchmark.py peers`, in a module with few imports."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from scripts.benchmarking.common_options import add_data, add_queries

__all__ = ["PeersOptions", "add_options", "read_options"]


@dataclass(frozen=True, slots=True)
class PeersOptions:
    """Either `data` or `judged` is searched. Empty `engines` means all installed ones."""

    data: Path | None
    files: int | None
    judged: Path | None
    engines: tuple[str, ...]
    queries: int
    json: str | None


def add_options(parser: argparse.ArgumentParser) -> None:
    add_data(parser, required=False)
    add = parser.add_argument
    add(
        "--judged",
        type=Path,
        metavar="SET",
        help="search and score the documents of this judged set (BEIR layout) instead of --data",
    )
    add(
        "--engine",
        action="append",
        metavar="E",
        help="compare only with this engine; repeatable (default: all that are installed)",
    )
    add_queries(parser, "queries for each mode and number of clients")


def read_options(parsed: argparse.Namespace) -> PeersOptions:
    return PeersOptions(
        data=parsed.data,
        files=parsed.files,
        judged=parsed.judged,
        engines=tuple(parsed.engine or ()),
        queries=parsed.queries,
        json=parsed.json,
    )
