"""Find encoded data in a text: base64, hexadecimal digits, dumps, minified code. Pure.

Such runs are part of the text, but they have no meaning for a model and no words to count. All
expressions are about ASCII, so text of a script that is written without blanks is never such a run.
"""

import re
from collections.abc import Iterator

from indexer.documents import Document
from indexer.spans import Span, merge_spans
from indexer.splitting.graphemes import is_grapheme_boundary
from indexer.splitting.records import NESTED
from indexer.splitting.tables import TABULAR

__all__ = ["encoded_spans"]

# A run of the alphabets of base64 and of hexadecimal digits. In JSON its line ends are escaped.
SHORTEST_RUN = 100
RUN = re.compile(r"(?<![A-Za-z0-9+/=_\\-])[A-Za-z0-9+/=_\\-]{100,}+")
DIGIT = re.compile(r"\d")
LETTER_OR_DIGIT = re.compile(r"[A-Za-z\d]")
# Paths and chains of words have more of these signs.
SIGN = re.compile(r"[+/=_-]")
MOST_SIGNS = 0.1
# Lines of base64 or of hexadecimal digits below each other, as in mail and keys.
SHORTEST_LINE = 40
LINE = rf"[A-Za-z0-9+/]{{{SHORTEST_LINE},128}}+"
LINE_END = r"(?:\r?\n|\r)[ \t]*+"
LINES = re.compile(
    rf"\n[ \t>\"']*+(?P<lines>{LINE}{LINE_END}{LINE}(?:{LINE_END}{LINE})*+=*+"
    rf"(?:{LINE_END}[A-Za-z0-9+/]++=*+(?=[\s\"'<]|\Z))?+)"
)
# Any other run without a blank: minified code, arrays of numbers. Few addresses are as long.
SHORTEST_UNBROKEN = 300
UNBROKEN = re.compile(r"(?<![!-~])[!-~]{300,}+")
# Prose has a blank in six characters, minified code one in thirty.
SHORTEST_LONG_LINE = 1_000
LONG_TOKEN = re.compile(r"(?<!\S)\S{100,}+")
FEWEST_BLANKS = 0.05
# `00000010: 4865 6c6c 6f20 …`, in two lines or more.
DUMP_LINE = (
    r"[ \t]*+(?:(?:0x)?[0-9A-Fa-f]{6,16}:?|(?:0x)?[0-9A-Fa-f]{4,5}:)"
    r"(?:[ \t]{1,3}[0-9A-Fa-f]{2,8}(?![^\s|])){6,}+[^\n]*+"
)
DUMP = re.compile(rf"\n(?P<lines>{DUMP_LINE}(?:\n{DUMP_LINE})++)")

MARK = b"x"


def _table(signs: str) -> bytes:
    """Return the table that makes a mark of each byte of these signs and a blank of the others."""
    marked = set(signs.encode())
    return bytes(MARK[0] if byte in marked else ord(" ") for byte in range(0x100))


PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
IN_LINES = _table("".join(filter(str.isalnum, PRINTABLE)) + "+/")
IN_RUNS = _table("".join(filter(str.isalnum, PRINTABLE)) + "+/=_\\-")
UNBROKEN_SIGNS = _table(PRINTABLE)
IN_A_LINE = bytes(ord(" ") if byte == ord("\n") else MARK[0] for byte in range(0x100))


def encoded_spans(document: Document) -> list[Span]:
    """Return the runs of encoded data in the document, in order."""
    # A line feed before the first line lets expressions begin with one, which is fast.
    lines = "\n" + document.text
    in_bytes = lines.encode("utf-8", "surrogatepass")
    found = [_span(dump, "lines") for dump in DUMP.finditer(lines)]
    if _may_have_run(in_bytes, IN_LINES, SHORTEST_LINE):
        found.extend(_even_lines(lines))
    if _may_have_run(in_bytes, IN_RUNS, SHORTEST_RUN):
        found.extend(_runs(lines))
    # Data without blanks may be words: a row of a table, an object.
    if document.text_type not in {*TABULAR, *NESTED}:
        if _may_have_run(in_bytes, UNBROKEN_SIGNS, SHORTEST_UNBROKEN):
            found.extend(_unbroken(lines))
        if _may_have_run(in_bytes, IN_A_LINE, SHORTEST_LONG_LINE):
            found.extend(_minified_lines(lines))
    return [_whole_graphemes(document.text, span) for span in merge_spans(found)]


def _may_have_run(text: bytes, signs: bytes, shortest: int) -> bool:
    """Return whether so many bytes that the table `signs` marks may follow each other.

    Most texts have no such run, and this is ten times as fast as an expression.
    """
    return MARK * shortest in text.translate(signs)


def _span(match: re.Match[str], group: str | int = 0) -> Span:
    """Return the span of a match in a text that has one line feed more before it."""
    start, end = match.span(group)
    return Span(max(0, start - 1), end - 1)


def _even_lines(lines: str) -> Iterator[Span]:
    """Yield the lines of base64 of equal length, with the shorter one that ends them."""
    for match in LINES.finditer(lines):
        *full, last = [len(line) for line in match["lines"].split()]
        is_even = len(set(full)) == 1 and last <= full[0]
        if is_even and len(match["lines"]) >= SHORTEST_RUN and DIGIT.search(match["lines"]):
            yield _span(match, "lines")


def _tokens(lines: str, shortest: int) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each token, between blanks, that is long enough."""
    end = 0
    for token in lines.split():
        if len(token) >= shortest:
            start = lines.index(token, end)
            end = start + len(token)
            yield start, end


def _runs(lines: str) -> Iterator[Span]:
    for start, end in _tokens(lines, SHORTEST_RUN):
        for run in RUN.finditer(lines, start, end):
            signs = len(SIGN.findall(run[0]))
            if not signs or (signs <= MOST_SIGNS * len(run[0]) and DIGIT.search(run[0])):
                yield _span(run)


def _unbroken(lines: str) -> Iterator[Span]:
    for start, end in _tokens(lines, SHORTEST_UNBROKEN):
        runs = UNBROKEN.finditer(lines, start, end)
        yield from (_span(run) for run in runs if LETTER_OR_DIGIT.search(run[0]))


def _minified_lines(lines: str) -> Iterator[Span]:
    line_start = -1
    for line in lines.split("\n"):
        if len(line) >= SHORTEST_LONG_LINE and line.count(" ") < FEWEST_BLANKS * len(line):
            # A line with a picture in it has other words.
            rest = LONG_TOKEN.sub("", line)
            is_long = len(rest) >= SHORTEST_LONG_LINE
            if is_long and rest.isascii() and rest.count(" ") < FEWEST_BLANKS * len(rest):
                yield Span(line_start, line_start + len(line.rstrip()))
        line_start += len(line) + 1


def _whole_graphemes(text: str, span: Span) -> Span:
    """Return the span without an end that would cut a grapheme."""
    return Span(
        span.start + (not is_grapheme_boundary(text, span.start)),
        span.end - (not is_grapheme_boundary(text, span.end)),
    )
