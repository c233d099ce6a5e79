"""Search the documents of a folder: the best sentences, each with its place."""

import argparse
import json
import os
from collections.abc import Iterable, Sequence
from functools import partial

from api.command.asking.answering import Answerer, Asked, asked
from api.command.asking.places import Quoted, quoted
from api.command.asking.printing import Style, one_line, style, write
from api.command.asking.remote import Json
from api.command.asking.running import (
    EXIT_CODES,
    FOUND,
    NOTHING,
    add_limit,
    add_place,
    add_question,
    new_parser,
    run,
)
from indexer.command.arguments import Parser
from indexer.command.console import printable, say

__all__ = ["main", "parser"]

EPILOG = f"""\
  %(prog)s why was the bridge closed
  %(prog)s 'treaty -trade "sea level"' --path '2024/*.md'
  %(prog)s --mode lexical --vimgrep harbour
  vim -q <(%(prog)s --vimgrep harbour)
  %(prog)s --json harbour | jq '.hits[].document.path'

A query that begins with - comes after --. {EXIT_CODES}
A running server of the index answers if there is one, with the key in $SPANLIGHT_API_KEY if it
wants one; otherwise the index is opened here, which takes longer. --json prints the answer of
POST /v1/search.
"""
VERDICTS = {
    "yes": "These passages seem to answer:",
    "maybe": "These passages may answer:",
    "no": "Nothing here seems to answer this. The passages that are nearest:",
}
# The state of a document whose file is as it was indexed.
CURRENT = "current"
CHANGED = {
    "changed": "the file has changed since it was indexed",
    "missing": "the file is gone",
}


def main(arguments: Sequence[str] | None = None, *, program: str = "spanlight search") -> int:
    """Return the exit code: 0 if there are hits, 1 if there are none, 2 after an error."""
    return run(program, lambda: _search(parser(program).parse_args(arguments), program))


def parser(program: str) -> Parser:
    found = new_parser(program, __doc__, EPILOG)
    add_question(found)
    add_limit(found)
    form = found.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the whole answer as JSON")
    form.add_argument(
        "--vimgrep",
        action="store_true",
        help="print each hit as path:line:column:text, for editors; columns count bytes",
    )
    add_place(found)
    return found


def _search(options: argparse.Namespace, program: str) -> int:
    place = asked(options)
    request = {
        "q": " ".join(options.query),
        "limit": options.limit,
        "mode": options.mode,
        "path": options.path,
    }
    answer = place.ask(partial(_found, request=request, vimgrep=options.vimgrep))
    if options.json:
        write(json.dumps(answer["response"], ensure_ascii=False))
    elif options.vimgrep:
        _print_for_editors(place, answer["quoted"], answer["columns"])
    else:
        _print(place, answer["response"], answer["quoted"], style())
    if not options.json:
        _tell_warnings(program, answer["response"])
    return FOUND if answer["response"]["hits"] else NOTHING


def _found(answerer: Answerer, *, request: Json, vimgrep: bool) -> Json:
    """Return the answer, the best sentences of its hits and, for editors, their columns."""
    response = answerer.search(request)
    shown = [quoted(hit) for hit in response["hits"] or response["nearest"]]
    columns = [each.column(answerer) if each.part is None else 1 for each in shown if vimgrep]
    return {"response": response, "quoted": shown, "columns": columns}


def _print(place: Asked, response: Json, shown: Sequence[Quoted], style: Style) -> None:
    if not shown:
        say("Nothing was found.")
        return
    if (verdict := VERDICTS.get(response["answers"])) is not None:
        write(style.aside(verdict))
    for each in shown:
        document = each.document
        title = one_line(document["title"])
        date = (document["published"] or document["modified"])[:10]
        file = printable(os.fspath(place.file(document["path"])))
        about = f"{style.heading(title)} {style.aside(date)}"
        write(f"{style.place(each.place(file))}  {about}")
        if (state := CHANGED.get(document["state"])) is not None:
            write(f"  {style.aside(f'({state})')}")
        write(f"  {style.with_matches(each.text, each.matches)}")


def _print_for_editors(place: Asked, shown: Iterable[Quoted], columns: Iterable[int]) -> None:
    for each, column in zip(shown, columns, strict=True):
        file = printable(os.fspath(place.file(each.document["path"])))
        line = each.lines[0] if each.part is None else 1
        write(f"{file}:{line}:{column}:{one_line(each.text).strip()}")


def _tell_warnings(program: str, response: Json) -> None:
    for warning in response["warnings"]:
        say(f"{program}: {printable(warning['message'])}")
