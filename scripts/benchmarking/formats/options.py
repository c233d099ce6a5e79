"""The options of `benchmark.py formats` and `benchmark.py mixed`, in a module with few imports."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from indexer.command.arguments import positive_number
from indexer.config import DEFAULT_MODEL
from scripts.benchmarking.common_options import add_queries

__all__ = ["FormatsOptions", "add_options", "read_options"]

TEXTS = 300


@dataclass(frozen=True, slots=True)
class FormatsOptions:
    """`what` is the command. Files of `data` are read, or else texts of `judged` are written."""

    what: str
    data: Path | None
    judged: Path | None
    texts: int
    queries: int
    model: str
    json: str | None


def add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--judged", type=Path, metavar="SET", help="judged set whose texts to use")
    add(
        "--texts",
        type=positive_number,
        default=TEXTS,
        metavar="N",
        help="number of texts that the set is cut into (default: %(default)s)",
    )
    if parser.prog.endswith(" formats"):
        add("--data", type=Path, metavar="FOLDER", help="folder of files of any formats instead")
    else:
        add(
            "--model",
            default=DEFAULT_MODEL,
            metavar="M",
            help="embedding model (default: %(default)s)",
        )
        add_queries(parser, "questions of the set, spread evenly")


def read_options(parsed: argparse.Namespace) -> FormatsOptions:
    return FormatsOptions(
        what=parsed.what,
        data=getattr(parsed, "data", None),
        judged=parsed.judged,
        texts=parsed.texts,
        queries=getattr(parsed, "queries", 0),
        model=getattr(parsed, "model", DEFAULT_MODEL),
        json=parsed.json,
    )
