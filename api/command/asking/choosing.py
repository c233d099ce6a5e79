"""The hit that a command cites or opens: the best one of a search, or the one that is named."""

import argparse

from api.command.asking.answering import Answerer
from api.command.asking.places import Quoted, quoted
from api.command.asking.running import add_place, add_question
from indexer.command.arguments import positive_number

__all__ = ["add_choice", "chosen"]


def add_choice(parser: argparse.ArgumentParser) -> None:
    """Add the options that name a hit."""
    add_question(parser)
    parser.add_argument(
        "--hit",
        type=positive_number,
        default=1,
        metavar="N",
        help="take hit N of `spanlight search` (default: 1, the best one)",
    )
    add_place(parser)


def chosen(answerer: Answerer, options: argparse.Namespace) -> Quoted | None:
    """Return the hit that the options name; None if the search finds fewer."""
    request = {
        "q": " ".join(options.query),
        "limit": 1,
        "offset": options.hit - 1,
        "mode": options.mode,
        "path": options.path,
    }
    hits = answerer.search(request)["hits"]
    return quoted(hits[0]) if hits else None
