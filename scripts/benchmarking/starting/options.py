"""What `benchmark.py start` was asked to do. The help imports nothing else."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from indexer.command.arguments import positive_number

__all__ = ["StartOptions", "add_options", "read_options"]


@dataclass(frozen=True, slots=True)
class StartOptions:
    """`times` is how often everything is started."""

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
        help="start each so often, and take the median (default: %(default)s)",
    )


def read_options(parsed: argparse.Namespace) -> StartOptions:
    return StartOptions(index=parsed.index, times=parsed.times, json=parsed.json)
