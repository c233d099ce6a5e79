"""Where sentences start in a document, and where its sections do. Pure.

A sentence is what is not cut without need: a sentence of prose, a heading, a list item, a row of a
table, an entry of a log. A line end alone ends none, for prose may be wrapped.

Three expressions find where a sentence may end, so that Python looks at few places only: line ends
before a blank line or an item, full stops with a blank behind them, and full stops of scripts that
write no blanks. All of it is linear in the length of the text, whatever stands in it.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from indexer.documents import Document
from indexer.splitting.graphemes import FIRST_MARK, is_grapheme_boundary

__all__ = ["SentenceStarts", "next_content", "sentence_starts"]

# With those of Arabic, Urdu, Devanagari, Armenian, Ethiopic and Khmer; what closes may follow.
STOPS = ".!?…؟۔।॥։።។．"
CLOSERS = r"(?:[\"'”’»)\]*_`]|\[\^?\d{1,3}\])*+"
STOP = re.compile(rf"[{STOPS}](?<![{STOPS}]{{2}})(?P<more>[{STOPS}]*+){CLOSERS}\s++(?![a-z])")
UNSPACED_STOP = re.compile(r"[。！？｡]++[\"”’」』）)】》〉]*+\s*+")

# How a list item, a quotation, a row of a table or a dated entry of a log begins.
ITEM = (
    r"(?:[-*+•‣▪>]|\d{1,3}[.)]|\(?[a-z\d]{1,3}\))[ \t]|#{1,6}[ \t]|\|"
    r"|\[?\d{1,4}[-:/.]\d\d?[-:/.]\d"
)
LINE_END = re.compile(rf"\n(?=[^\S\n]*+(?:\n|{ITEM}))\s*+")
# The same where a carriage return alone may end a line, as on old Macs; half as fast.
ANY_LINE_END = re.compile(rf"(?:\n|\r(?!\n))(?=[^\S\r\n]*+(?:[\r\n]|{ITEM}))\s*+")

# In these types every line is a record.
ROWS = frozenset(["text/csv", "text/tab-separated-values"])
ROW_END = re.compile(r"[\r\n]\s*+")

# The line of a heading with the line of marks below it; in reStructuredText also the one above it.
RULE = r"[-=~^\"'*+#.:_]++[ \t]*+(?=[\r\n]|\Z)"
HEADING = re.compile(
    rf"(?:{RULE}(?:\r\n|[\r\n])[ \t]*+)?+[^\r\n]*+(?:(?:\r\n|[\r\n])[ \t]*+{RULE})?+\s*+"
)
FRONT_MATTER = re.compile(
    r"---[^\S\n]*\n(?=[\w.-]+[ \t]*:)(?:[^\n]*\n){1,1000}?(?:---|\.\.\.)[^\S\n]*+(?=\n|\Z)"
)
FRONT_MATTER_LINE = re.compile(r"\n(?!\s|---|\.\.\.)")

# No sentence ends at the full stop of these.
ABBREVIATIONS = frozenset(
    [
        *["al", "approx", "bzw", "capt", "cf", "ch", "chap", "co", "col", "corp", "dept", "dr"],
        *["ed", "eds", "eq", "eqn", "fig", "figs", "gen", "gov", "hon", "inc", "jr", "lt", "ltd"],
        *["messrs", "mlle", "mme", "mr", "mrs", "ms", "mt", "p", "pp", "prof", "ref", "refs"],
        *["rep", "rev", "sec", "sect", "sen", "sgt", "sr", "st", "vgl", "vol", "vols", "vs"],
    ]
)
# Nor at that of these, where a number follows.
BEFORE_NUMBERS = frozenset(
    [
        *["abs", "apr", "art", "aug", "ca", "dec", "feb", "jan", "jul", "jun", "mar", "no", "nos"],
        *["nov", "nr", "oct", "op", "par", "sep", "sept", "tab"],
    ]
)
LONGEST_ABBREVIATION = 16
# So many places of each kind are looked at, which prose of 64 MB does not have. Behind them text is
# cut by its length alone: a file of nothing but full stops must not fill the memory.
MOST_PLACES = 1_000_000
LAST_WORD = re.compile(r"(?:^|(?<=[\s(\[\"'“‘«*_]))[^\W_][\w.]*\Z")
# `e.g`, `U.S`, `z.B`, `J.R.R`
DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
LIST_NUMBER = re.compile(r"\d{1,3}|[^\W\d_]|[ivxlcIVXLC]{2,6}")

NOT_BLANK = re.compile(r"\S")


class SentenceStarts(NamedTuple):
    """Where sentences start, ascending, and then the end of the text; which of them open a section.

    All are places of characters that are not blank.
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
    sections = {next_content(text, heading.start) for heading in document.headings}
    starts.update([found.end() for at in sections if (found := HEADING.match(text, at))])
    front_matter = FRONT_MATTER.match(text) if document.media_type == "text/markdown" else None
    if front_matter:
        sections.add(next_content(text, front_matter.end()))
        second_line = text.index("\n") + 1
        lines = FRONT_MATTER_LINE.finditer(text, second_line, front_matter.end())
        starts.update([match.end() for match in lines])
    starts |= sections
    if not text.isascii():
        starts.update([match.end() for match in _places(UNSPACED_STOP, text)])
        for start in [start for start in starts if text[start : start + 1] >= FIRST_MARK]:
            if not is_grapheme_boundary(text, start):
                starts.remove(start)
                # The mark stands on the blank, so the blank is content.
                starts.update({start - 1} if text[start - 1].isspace() else ())
    return SentenceStarts(sorted(starts), frozenset(sections))


def _places(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    return islice(pattern.finditer(text), MOST_PLACES)


def next_content(text: str, at: int) -> int:
    """Return the first place from here on that is not blank; a blank with a mark on it is none."""
    found = NOT_BLANK.search(text, at)
    if not found:
        return len(text)
    start = found.start()
    return start if start == at or is_grapheme_boundary(text, start) else start - 1


def _line_end(document: Document) -> re.Pattern[str]:
    """Return what matches the line ends of the document that end a sentence."""
    text = document.text
    if document.media_type in ROWS:
        return ROW_END
    if "\r" in text and text.count("\r") > text.count("\r\n"):
        return ANY_LINE_END
    return LINE_END


def _ends_sentence(text: str, stop: re.Match[str]) -> bool:
    """Return whether a full stop with a blank behind it ends a sentence."""
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
    """Return whether the full stop behind this word belongs to it: a short form, a list number."""
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
