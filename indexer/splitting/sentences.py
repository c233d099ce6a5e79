"""Find where the sentences and the sections of a document start. Pure.

A sentence is a unit that is not cut without need: a sentence of prose, a heading, a list item, a
row of a table, an entry of a log. A line end alone does not end a sentence, because prose may be
wrapped.

A few expressions find where a sentence may end, so that Python examines only a few places: line
ends before a blank line or an item, full stops followed by a blank or by a capital, and full stops
of scripts that are written without blanks. All of it is linear in the length of the text, for any
text.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from indexer.documents import Document
from indexer.splitting.abbreviations import ABBREVIATIONS, BEFORE_NUMBERS, LONGEST_ABBREVIATION
from indexer.splitting.graphemes import FIRST_MARK, is_grapheme_boundary
from indexer.splitting.joints import joints

__all__ = ["SentenceStarts", "next_content", "sentence_starts"]

# Includes the stops of Arabic, Urdu, Devanagari, Armenian, Ethiopic and Khmer. Closing quotation
# marks and brackets may follow a stop.
STOPS = ".!?…؟۔।॥։።។．"
CLOSERS = r"(?:[\"'”’»)\]*_`]|\[\^?\d{1,3}\])*+"
STOP = re.compile(rf"[{STOPS}](?<![{STOPS}]{{2}})(?P<more>[{STOPS}]*+){CLOSERS}\s++(?![a-z])")
UNSPACED_STOP = re.compile(r"[。！？｡]++[\"”’」』）)】》〉]*+\s*+")

# The beginning of a list item, a quotation, a heading, a row of a table or a dated log entry.
ITEM = (
    r"(?:[-*+•‣▪>]|\d{1,3}[.)]|\(?[a-z\d]{1,3}\))[ \t]|#{1,6}[ \t]|\|"
    r"|\[?\d{1,4}[-:/.]\d\d?[-:/.]\d"
)
LINE_END = re.compile(rf"\n(?=[^\S\n]*+(?:\n|{ITEM}))\s*+")
# The same for texts in which a carriage return alone may end a line, as on old Macs. Half as fast.
ANY_LINE_END = re.compile(rf"(?:\n|\r(?!\n))(?=[^\S\r\n]*+(?:[\r\n]|{ITEM}))\s*+")

# In these types every line is a record.
ROWS = frozenset(["text/csv", "text/tab-separated-values"])
ROW_END = re.compile(r"[\r\n]\s*+")

# In these types a stop before a capital is part of a name.
CODE = frozenset(
    [
        *["application/sql", "application/toml", "application/x-sh", "application/yaml"],
        *["image/svg+xml", "text/css", "text/javascript", "text/x-c", "text/x-c++"],
        *["text/x-csharp", "text/x-diff", "text/x-go", "text/x-haskell", "text/x-ini"],
        *["text/x-java", "text/x-kotlin", "text/x-lua", "text/x-perl", "text/x-php"],
        *["text/x-python", "text/x-r", "text/x-ruby", "text/x-rust", "text/x-scala"],
        *["text/x-swift", "text/x-typescript"],
    ]
)

# The line of a heading with the line of marks below it and, in reStructuredText, above it.
RULE = r"[-=~^\"'*+#.:_]++[ \t]*+(?=[\r\n]|\Z)"
HEADING = re.compile(
    rf"(?:{RULE}(?:\r\n|[\r\n])[ \t]*+)?+[^\r\n]*+(?:(?:\r\n|[\r\n])[ \t]*+{RULE})?+\s*+"
)
FRONT_MATTER_LINE = re.compile(r"\n(?!\s|---|\.\.\.|\+\+\+)")

# At most this many places of each kind are examined, more than 64 MB of prose has. After them, text
# is cut by its length alone, because a file that consists of full stops must not fill the memory.
MOST_PLACES = 1_000_000
LAST_WORD = re.compile(r"(?:^|(?<=[\s(\[\"'“‘«*_]))[^\W_][\w.]*\Z")
# `e.g`, `U.S`, `z.B`, `J.R.R`
DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
LIST_NUMBER = re.compile(r"\d{1,3}|[^\W\d_]|[ivxlcIVXLC]{2,6}")

NOT_BLANK = re.compile(r"\S")


class SentenceStarts(NamedTuple):
    """Where sentences start, ascending, followed by the end of the text.

    `sections` are the starts that open a section. No start is at a blank.
    """

    starts: list[int]
    sections: frozenset[int]


def sentence_starts(document: Document) -> SentenceStarts:
    """Return where the sentences of the document start."""
    text = document.text
    starts = {next_content(text, 0), len(text)}
    starts.update([match.end() for match in _places(_line_end(document), text)])
    starts.update(
        [
            stop.end()
            for stop in _places(STOP, text)
            if stop.end() not in starts and _ends_sentence(text, stop)
        ]
    )
    if document.media_type not in CODE:
        starts.update(islice(joints(text), MOST_PLACES))
    sections = {next_content(text, heading.start) for heading in document.headings}
    starts.update([found.end() for at in sections if (found := HEADING.match(text, at))])
    if document.body_start:
        sections.add(next_content(text, document.body_start))
        second_line = text.find("\n") + 1
        lines = FRONT_MATTER_LINE.finditer(text, second_line, document.body_start - 1)
        starts.update([match.end() for match in lines])
    starts |= sections
    if not text.isascii():
        starts.update([match.end() for match in _places(UNSPACED_STOP, text)])
        for start in [start for start in starts if text[start : start + 1] >= FIRST_MARK]:
            if not is_grapheme_boundary(text, start):
                starts.remove(start)
                # A mark that combines with a blank makes the blank content.
                starts.update({start - 1} if text[start - 1].isspace() else ())
    return SentenceStarts(sorted(starts), frozenset(sections))


def _places(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    return islice(pattern.finditer(text), MOST_PLACES)


def next_content(text: str, at: int) -> int:
    """Return the first position from here on that is not blank, or the end of the text.

    A blank that carries a combining mark counts as content.
    """
    found = NOT_BLANK.search(text, at)
    if not found:
        return len(text)
    start = found.start()
    return start if start == at or is_grapheme_boundary(text, start) else start - 1


def _line_end(document: Document) -> re.Pattern[str]:
    """Return the pattern of line ends that end a sentence in the document."""
    text = document.text
    if document.media_type in ROWS:
        return ROW_END
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
