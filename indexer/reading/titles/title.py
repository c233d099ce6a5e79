"""The title of a document: its own one, else the name of its file, else its opening words."""

import re
from pathlib import PurePosixPath
from typing import NamedTuple

import regex

from indexer.documents import Heading, TitleSource
from indexer.reading.formats.markup import displayed
from indexer.reading.titles.file_name import says_something
from indexer.reading.titles.first_line import FIRST_LINE, MAX_TITLE, title_in

__all__ = ["PROSE", "FoundTitle", "shortened", "title_of"]

# Texts of other types are code or data: their first lines are no titles, and the names of their
# files say what they are.
PROSE = frozenset(
    ["text/plain", "text/markdown", "text/x-rst", "text/x-org", "text/x-asciidoc", "text/html"]
)

_OPENING_CHARS = 80
# Read this much of a text for its opening; marks of markup may fill a part of it.
_OPENING_SAMPLE = 1_000
_NOT_BLANK = re.compile(r"\S")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Marks of headings, lists, quotations and rules before the first word.
_BEFORE_WORDS = re.compile(r"(?:[^\w“”‘’«„「『《【¿¡(\"']|_)*+")
_TWO_LETTERS = re.compile(r"[^\W\d_].*?[^\W\d_]")
_PARAGRAPH_END = re.compile(r"\r\n[^\S\r\n]*+\r\n|\n[^\S\n]*+\n|\r[^\S\r\n]*+\r")
_GRAPHEMES = regex.compile(rf"\X{{1,{_OPENING_CHARS - 1}}}")


class FoundTitle(NamedTuple):
    title: str
    source: TitleSource


def title_of(
    path: str,
    text: str,
    *,
    own: str,
    headings: tuple[Heading, ...],
    body_start: int,
    is_prose: bool,
) -> FoundTitle:
    """Return the title of a document and where it comes from.

    `own` is the title in its front matter or metadata, empty if there is none. Else it is the first
    heading of level 1, else a first line that reads as a title.
    """
    heading = next((heading.title for heading in headings if heading.level == 1), "")
    title = own or heading
    if not title and is_prose:
        title = shortened(_first_line(text, body_start))
    if title:
        return FoundTitle(title, TitleSource.DOCUMENT)
    stem = PurePosixPath(path).stem
    if is_prose and not says_something(stem):
        opening = _opening(text, body_start)
        if opening:
            return FoundTitle(opening, TitleSource.OPENING)
    return FoundTitle(shortened(stem) or path, TitleSource.FILE_NAME)


def shortened(title: str) -> str:
    """Return the title as one line of at most 200 characters."""
    title = " ".join(_CONTROL.sub(" ", title).split())
    return title if len(title) <= MAX_TITLE else title[: MAX_TITLE - 1].rstrip() + "…"


def _first_line(text: str, body_start: int) -> str:
    start = _NOT_BLANK.search(text, body_start)
    line = start and FIRST_LINE.match(text, start.start())
    return title_in(displayed(line[1])) if line else ""


def _opening(text: str, body_start: int) -> str:
    """Return the first words of the text, cut at a word, or nothing if it has no words."""
    start = _NOT_BLANK.search(text, body_start)
    if not start:
        return ""
    sample = text[start.start() : start.start() + _OPENING_SAMPLE]
    paragraph = _PARAGRAPH_END.split(sample, maxsplit=1)[0]
    words = shortened(displayed(_BEFORE_WORDS.sub("", paragraph, count=1)))
    return _cut_at_a_word(words) if _TWO_LETTERS.search(words) else ""


def _cut_at_a_word(words: str) -> str:
    """Return at most 80 characters. Words without blanks between them are cut anywhere."""
    first = _GRAPHEMES.match(words)
    if len(words) <= _OPENING_CHARS or not first:
        return words
    kept, following = first[0], words[first.end() :]
    if following[:1] != " " and " " in kept[_OPENING_CHARS // 2 :]:
        kept = kept.rpartition(" ")[0]
    return kept.rstrip(" ,;:–—-") + "…"
