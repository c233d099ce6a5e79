"""Check whether a quotation is in a file as it is now, or in any indexed file."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from api.command.asking.answering import Asked, asked
from api.command.asking.printing import one_line, style, write
from api.command.asking.remote import Json
from api.command.asking.running import EXIT_CODES, FOUND, NOTHING, add_place, new_parser, run
from indexer.command.arguments import Parser
from indexer.command.console import printable
from indexer.errors import UsageError

__all__ = ["main", "parser"]

EPILOG = f"""\
  %(prog)s 'the bridge was closed on Monday'
  %(prog)s --path news/bridge.txt 'the bridge was closed on Monday'
  xclip -o | %(prog)s -
  spanlight cite --format audit harbour | %(prog)s --audit -

{EXIT_CODES} Only a verbatim quotation counts as found.
--json prints the answer of POST /v1/verify.
"""
STDIN = "-"
VERDICTS = {
    "exact": "Verbatim",
    "moved": "Verbatim, but elsewhere in the file",
    "similar": "Altered",
    "changed": "No longer there: the file has changed",
    "gone": "Not found",
}
VERBATIM = frozenset({"exact", "moved"})
FIELDS = frozenset({"path", "span", "text", "sha256"})


def main(arguments: Sequence[str] | None = None, *, program: str = "spanlight verify") -> int:
    """Return the exit code: 0 if the text is there verbatim, 1 if it is not, 2 after an error."""
    return run(program, lambda: _verify(parser(program).parse_args(arguments)))


def parser(program: str) -> Parser:
    found = new_parser(program, __doc__, EPILOG)
    add = found.add_argument
    add("text", metavar="TEXT", nargs="?", help="the quotation; - reads it from standard input")
    add("--path", metavar="PATH", help="path of the quoted file, relative to the indexed folder")
    add(
        "--audit",
        metavar="FILE",
        help="check what `spanlight cite --format audit` printed; - is standard input",
    )
    add("--json", action="store_true", help="print the whole answer as JSON")
    add_place(found)
    return found


def _verify(options: argparse.Namespace) -> int:
    request = _request(options)
    place = asked(options)
    answer = place.ask(lambda answerer: answerer.verify(request))
    if options.json:
        write(json.dumps(answer, ensure_ascii=False))
    else:
        for line in _told(place, request, answer):
            write(line)
    return FOUND if answer["verdict"] in VERBATIM else NOTHING


def _request(options: argparse.Namespace) -> Json:
    """Return the request. Raises UsageError if it is not one quotation."""
    if (options.text is None) == (options.audit is None):
        raise UsageError("give either a quotation or --audit FILE (see --help)")
    if options.audit is None:
        text = sys.stdin.read().rstrip("\n") if options.text == STDIN else options.text
        return {"text": text} | ({"path": options.path} if options.path else {})
    try:
        content = sys.stdin.read() if options.audit == STDIN else Path(options.audit).read_text()
        request = json.loads(content)
    except OSError as error:
        raise UsageError(f"{options.audit} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{options.audit} is not one line of JSON: {error}") from error
    if not isinstance(request, dict) or not request.keys() <= FIELDS or "text" not in request:
        raise UsageError(
            f"{options.audit} is not a citation; it must be an object with text, and may have "
            "path, span and sha256"
        )
    return request


def _told(place: Asked, request: Json, answer: Json) -> Iterator[str]:
    look = style()
    yield look.heading(VERDICTS[answer["verdict"]])
    if answer["reason"] is not None:
        yield f"  {printable(answer['reason'])}"
    for each in answer["places"]:
        first, last = each["lines"]["start"], each["lines"]["end"]
        lines = f"{first}" if first == last else f"{first}-{last}"
        file = printable(os.fspath(place.file(each["document"]["path"])))
        is_text = each["byte_span"] is not None
        yield look.place(f"{file}:{lines}" if is_text else file)
        if each["differences"]:
            yield f"  the file says: {one_line(each['text'])}"
    if answer["more_places"]:
        yield "There may be more places."
    if "sha256" in request and answer["sha256"] not in {None, request["sha256"].lower()}:
        yield f"The file is not the one that was quoted: its SHA-256 is now {answer['sha256']}."
