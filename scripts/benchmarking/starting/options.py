"""The options of `benchmark.py start`, in a module with few imports."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from indexer.command.arguments import positive_number

__all__ = ["StartOptions", "add_options", "read_options"]


@dataclass(frozen=True, slots=True)
class StartOptions:
    """Everything is started `times` times."""

    index: Path
    times: int
    json: str | None


def add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--index", type=Path, metavar="DIR", required=True, help="serve this index")
    add(
        "--times",
        type=positive_number,
        default=5,
        metavar="N",
        help="how often to start each; the median is shown (default: %(default)s)",
    )


def read_options(parsed: argparse.Namespace) -> StartOptions:
    return StartOptions(index=parsed.index, times=parsed.times, json=parsed.json)
