"""The options of `benchmark.py build`, `search` and `all`, in a module with few imports."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from indexer.config import DEFAULT_MODEL, NO_MODEL
from scripts.benchmarking.common_options import add_data, add_queries

__all__ = ["Options", "add_options", "read_options"]


@dataclass(frozen=True, slots=True)
class Options:
    """The options. None means all `files`, and a new `index`. `json` may be `-`, standard output.

    Without a `queries_file`, queries are taken from the data.
    """

    builds: bool
    searches: bool
    data: Path
    files: int | None
    models: tuple[str, ...]
    index: Path | None
    queries: int
    queries_file: Path | None
    json: str | None


def add_options(parser: argparse.ArgumentParser) -> None:
    add_data(parser, required=True)
    add = parser.add_argument
    add(
        "--model",
        action="append",
        metavar="M",
        help=f"embedding model or none; repeatable (default: {NO_MODEL}, then {DEFAULT_MODEL})",
    )
    add("--index", type=Path, metavar="DIR", help="search this index instead of a new one")
    add_queries(parser, "queries for each mode and number of clients")
    add(
        "--queries-file",
        type=Path,
        metavar="FILE",
        help="queries.jsonl or questions.jsonl (default: sentences of the data)",
    )


def read_options(parsed: argparse.Namespace) -> Options:
    return Options(
        builds=parsed.what in {"build", "all"},
        searches=parsed.what in {"search", "all"},
        data=parsed.data,
        files=parsed.files,
        models=tuple(parsed.model or (NO_MODEL, DEFAULT_MODEL)),
        index=parsed.index,
        queries=parsed.queries,
        queries_file=parsed.queries_file,
        json=parsed.json,
    )
