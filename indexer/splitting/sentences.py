"""Find where the sentences and the sections of a document start. Pure.

A sentence is a unit that is not cut without need: a sentence of prose, a heading, a list item, a
row of a table, an entry of a log. A line end alone does not end a sentence, because prose may be
wrapped.

A passage is not cut inside a record without need either, so the starts inside records are marked.

A few expressions find where a sentence may end, so that Python examines only a few places: line
ends before a blank line or an item, full stops followed by a blank or by a capital, and full stops
of scripts that are written without blanks. All of it is linear in the length of the text, for any
text.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import islice
from typing import NamedTuple

from indexer.documents import Document
from indexer.splitting.abbreviations import ABBREVIATIONS, BEFORE_NUMBERS, LONGEST_ABBREVIATION
from indexer.splitting.graphemes import FIRST_MARK, is_grapheme_boundary, next_content
from indexer.splitting.joints import joints
from indexer.splitting.records import CODE, MOST_PLACES, Records, records_of
from indexer.splitting.tables import Table

__all__ = ["SentenceStarts", "sentence_starts"]

# Includes the stops of Arabic, Urdu, Devanagari, Armenian, Ethiopic and Khmer. Closing quotation
# marks and brackets may follow a stop.
STOPS = ".!?…؟۔।॥։።។．"
CLOSERS = r"(?:[\"'”’»)\]*_`]|\[\^?\d{1,3}\])*+"
STOP = re.compile(rf"[{STOPS}](?<![{STOPS}]{{2}})(?P<more>[{STOPS}]*+){CLOSERS}\s++(?![a-z])")
UNSPACED_STOPS = "。！？｡"
UNSPACED_STOP = re.compile(rf"[{UNSPACED_STOPS}]++[\"”’」』）)】》〉]*+\s*+")

# The beginning of a list item, a quotation, a heading, a row of a table or an entry of a log.
ITEM = (
    r"(?:[-*+•‣▪>]|\d{1,3}[.)]|\(?[a-z\d]{1,3}\))[ \t]|#{1,6}[ \t]|\|"
    r"|\[?\d{1,4}[-:/.]\d\d?[-:/.]\d|\[?\d\d?[-/ ][A-Z][a-z]{2}[-/ ]\d{4}"
    r"|(?:[A-Z][a-z]{2},? )?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d"
    r"|\[?(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL)\b"
)
ITEM_START = re.compile(rf"(?!#){ITEM}")
LINE_END = re.compile(rf"\n(?=[^\S\n]*+(?:\n|{ITEM}))\s*+")
# The same for texts in which a carriage return alone may end a line, as on old Macs. Half as fast.
ANY_LINE_END = re.compile(rf"(?:\n|\r(?!\n))(?=[^\S\r\n]*+(?:[\r\n]|{ITEM}))\s*+")

# The line of a heading with the line of marks below it and, in reStructuredText, above it.
RULE = r"[-=~^\"'*+#.:_]++[ \t]*+(?=[\r\n]|\Z)"
HEADING = re.compile(
    rf"(?:{RULE}(?:\r\n|[\r\n])[ \t]*+)?+[^\r\n]*+(?:(?:\r\n|[\r\n])[ \t]*+{RULE})?+\s*+"
)
FRONT_MATTER_LINE = re.compile(r"\n(?!\s|---|\.\.\.|\+\+\+)")

# A blank line is searched for this far before a line.
MOST_INDENTATION = 200
# The first line of a message in an archive of mail.
MESSAGE = re.compile(r"(?:\A|\n)From [^\n]*\d{4}\r?(?=\n)")

LAST_WORD = re.compile(r"(?:^|(?<=[\s(\[\"'“‘«*_]))[^\W_][\w.]*\Z")
# `e.g`, `U.S`, `z.B`, `J.R.R`
DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
LIST_NUMBER = re.compile(r"\d{1,3}|[^\W\d_]|[ivxlcIVXLC]{2,6}")


class SentenceStarts(NamedTuple):
    """Where sentences start, ascending, followed by the end of the text.

    No start is at a blank. `sections` are the starts that open a section. `depths` are those of the
    sentences in records: 0 for the first one of a record, 1 for a later line or paragraph, 2 for
    any other.
    """

    starts: list[int]
    sections: frozenset[int]
    depths: Mapping[int, int]


class _Found(NamedTuple):
    """The starts of sentences, of paragraphs and other lines, and of sections."""

    starts: list[int]
    lines: Set[int]
    sections: Set[int]


def sentence_starts(document: Document, tables: Sequence[Table]) -> SentenceStarts:
    """Return where the sentences of the document start, which contains these tables."""
    text = document.text
    records = records_of(document, tables)
    sections = {next_content(text, heading.start) for heading in document.headings}
    if document.body_start:
        sections.add(next_content(text, document.body_start))
    if document.text_type == "message/rfc822":
        sections.update([next_content(text, match.start()) for match in MESSAGE.finditer(text)])
    lines = {next_content(text, 0), *sections, *records.starts}
    lines.update([found.end() for at in sections if (found := HEADING.match(text, at))])
    lines.update([next_content(text, whole.end) for whole in records.wholes])
    if not records.are_all:
        lines.update([match.end() for match in _places(_line_end(text), text)])
    if document.body_start:
        entries = FRONT_MATTER_LINE.finditer(text, text.find("\n") + 1, document.body_start - 1)
        lines.update([entry.end() for entry in entries])
    starts = lines | {len(text)}
    starts.update(
        [
            stop.end()
            for stop in _places(STOP, text)
            if stop.end() not in starts and _ends_sentence(text, stop)
        ]
    )
    if document.text_type not in CODE:
        apart = (at for at in joints(text) if not records.are_around(at))
        starts.update(islice(apart, MOST_PLACES))
    if not text.isascii():
        if any(stop in text for stop in UNSPACED_STOPS):
            starts.update([match.end() for match in _places(UNSPACED_STOP, text)])
        _mend_graphemes(text, starts)
    ordered = sorted(starts)
    sections.discard(len(text))
    depths = _depths(text, records, _Found(ordered[:-1], lines, sections))
    return SentenceStarts(ordered, frozenset(sections), depths)


def _mend_graphemes(text: str, starts: set[int]) -> None:
    """Remove the starts that would cut a grapheme."""
    for start in [start for start in starts if text[start : start + 1] >= FIRST_MARK]:
        if not is_grapheme_boundary(text, start):
            starts.remove(start)
            # A mark that combines with a blank makes the blank content.
            starts.update({start - 1} if text[start - 1].isspace() else ())


def _depths(text: str, records: Records, found: _Found) -> dict[int, int]:
    """Return how deep inside a record each sentence starts; those outside of records are left out.

    An item of a list includes the paragraphs below it that are indented more.
    """
    depths = {}
    starts, lines, sections = found
    inside = {
        start
        for whole in records.wholes
        for start in starts[bisect_right(starts, whole.start) : bisect_left(starts, whole.end)]
    }
    in_record, indentation = False, 0
    for start in starts:
        if start in sections:
            in_record = False
        elif start in inside:
            depths[start] = 1 if start in lines and _is_after_blank_line(text, start) else 2
        elif start not in lines:
            if in_record:
                depths[start] = 2
        elif records.are_all or start in records.starts or ITEM_START.match(text, start):
            in_record, indentation = True, _column(text, start)
            depths[start] = 0
        elif in_record and _column(text, start) > indentation:
            depths[start] = 1
        else:
            in_record = False
    return depths


def _is_after_blank_line(text: str, start: int) -> bool:
    before = text[max(0, start - MOST_INDENTATION) : start]
    return before[len(before.rstrip()) :].count("\n") > 1


def _column(text: str, start: int) -> int:
    return start - text.rfind("\n", 0, start)


def _places(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    return islice(pattern.finditer(text), MOST_PLACES)


def _line_end(text: str) -> re.Pattern[str]:
    """Return the pattern of line ends that end a sentence in the text."""
    if "\r" in text and text.count("\r") > text.count("\r\n"):
        return ANY_LINE_END
    return LINE_END


def _ends_sentence(text: str, stop: re.Match[str]) -> bool:
    """Return whether a full stop followed by a blank ends a sentence."""
    start, end = stop.span()
    following = text[end : end + 1]
    if following.islower():
        return False
    if text[start] != "." or stop["more"]:
        return True
    before = text[max(0, start - LONGEST_ABBREVIATION) : start]
    last_word = LAST_WORD.search(before)
    return last_word is None or not _is_abbreviated(last_word, following)


def _is_abbreviated(last_word: re.Match[str], following: str) -> bool:
    """Return whether the full stop belongs to the word: an abbreviation or a list number."""
    word = last_word[0]
    if word.lower() in ABBREVIATIONS or DOTTED.fullmatch(word):
        return True
    if word.lower() in BEFORE_NUMBERS:
        return following.isdigit()
    if len(word) == 1 and word.isupper():
        return True
    indentation = last_word.string[: last_word.start()].rstrip(" \t(*_")
    is_first = not indentation or indentation[-1] in "\r\n"
    return is_first and LIST_NUMBER.fullmatch(word) is not None
