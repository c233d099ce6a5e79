"""Print the best sentence of a search as a quotation, with title, place and date."""

import argparse
import json
import re
from collections.abc import Callable, Sequence

from api.command.asking.answering import asked
from api.command.asking.choosing import add_choice, chosen
from api.command.asking.places import Quoted
from api.command.asking.printing import write
from api.command.asking.running import EXIT_CODES, FOUND, NOTHING, new_parser, run
from indexer.command.arguments import Parser
from indexer.command.console import say

__all__ = ["main", "parser"]

EPILOG = f"""\
  %(prog)s why was the bridge closed
  %(prog)s --hit 2 --format markdown why was the bridge closed
  %(prog)s --format audit harbour | spanlight verify --audit -

The format audit is one line of JSON, which `spanlight verify` and POST /v1/verify check.
{EXIT_CODES}
"""


def main(arguments: Sequence[str] | None = None, *, program: str = "spanlight cite") -> int:
    """Return the exit code: 0 if there is a hit, 1 if there is none, 2 after an error."""
    return run(program, lambda: _cite(parser(program).parse_args(arguments)))


def parser(program: str) -> Parser:
    found = new_parser(program, __doc__, EPILOG)
    found.add_argument(
        "--format", choices=FORMATS, default="plain", help="form of the citation (default: plain)"
    )
    add_choice(found)
    return found


def _cite(options: argparse.Namespace) -> int:
    quotation = asked(options).ask(lambda answerer: chosen(answerer, options))
    if quotation is None:
        say("Nothing was found.")
        return NOTHING
    write(FORMATS[options.format](quotation))
    return FOUND


def _plain(quotation: Quoted) -> str:
    return f"“{_visible(quotation.text)}”\n{_source(quotation)}"


def _markdown(quotation: Quoted) -> str:
    document = quotation.document
    path = document["path"].replace("\\", "\\\\").replace("<", "\\<").replace(">", "\\>")
    title = re.sub(r"([\\\[\]*_`<>])", r"\\\1", _line(document["title"]))
    return f"{_quoted_lines(quotation)}\n>\n> — [{title}](<{_line(path)}>), {_details(quotation)}"


def _wikilink(quotation: Quoted) -> str:
    document = quotation.document
    title = re.sub(r"[\[\]|]", " ", _line(document["title"]))
    target = f"[[{_line(document['path'])}|{title}]]"
    return f"{_quoted_lines(quotation)}\n>\n> — {target}, {_details(quotation)}"


def _bibtex(quotation: Quoted) -> str:
    document = quotation.document
    fields = {
        "author": document["author"],
        "title": document["title"],
        "date": _date(quotation),
        "publisher": document["publisher"],
        "url": document["source_url"],
        "howpublished": document["path"],
        "note": f"{quotation.where}: ``{' '.join(quotation.text.split())}''",
    }
    lines = "".join(f"  {name} = {{{_tex(value)}}},\n" for name, value in fields.items() if value)
    return f"@misc{{spanlight-{document['id']}-{quotation.start},\n{lines}}}"


def _audit(quotation: Quoted) -> str:
    document = quotation.document
    # Only ASCII, so that no terminal and no pipe changes it.
    return json.dumps(
        {
            "path": document["path"],
            "span": {"start": quotation.start, "end": quotation.end},
            "text": quotation.text,
            "sha256": document["sha256"],
        }
    )


FORMATS: dict[str, Callable[[Quoted], str]] = {
    "plain": _plain,
    "markdown": _markdown,
    "wikilink": _wikilink,
    "bibtex": _bibtex,
    "audit": _audit,
}


def _source(quotation: Quoted) -> str:
    document = quotation.document
    return f"{_line(document['title'])}, {_line(document['path'])}, {_details(quotation)}"


def _details(quotation: Quoted) -> str:
    return ", ".join(filter(None, [_visible(quotation.where), _date(quotation)]))


def _date(quotation: Quoted) -> str:
    document = quotation.document
    return str(document["published"] or document["modified"])[:10]


def _quoted_lines(quotation: Quoted) -> str:
    return "\n".join(f"> {line}" for line in _visible(quotation.text).strip().splitlines())


def _line(text: str) -> str:
    return _visible(" ".join(text.split()))


def _visible(text: str) -> str:
    """Return the text with every character escaped that could control a terminal.

    Line ends and tabs stay.
    """
    return "".join(
        character
        if character.isprintable() or character in "\n\t"
        else character.encode("unicode_escape").decode()
        for character in text.replace("\r\n", "\n")
    )


def _tex(text: str) -> str:
    """Return the text for a field of BibTeX, with what TeX reads as a command escaped."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    special |= {sign: f"\\{sign}" for sign in "{}%$&#_"}
    return "".join(special.get(character, character) for character in _line(text))
