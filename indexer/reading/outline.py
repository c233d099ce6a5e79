"""The title and headings that a format finds in a text, and the document made from them."""

import hashlib
import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import NamedTuple

from indexer.documents import Document, Heading, SkippedFile
from indexer.reading.decoding import Refused, decode

__all__ = ["MAX_HEADINGS", "Outline", "document_of_text", "scannable", "shortened"]

# No document written by a person has more. A file that consists of headings must not fill the
# memory.
MAX_HEADINGS = 100_000

# A title is repeated with every passage of its document, so a hostile one must stay short.
MAX_TITLE = 200

_NOT_BLANK = re.compile(r"\S")
# From the first character that is not blank: a line, then a blank line.
_LINE_BEFORE_BLANK_LINE = re.compile(
    rf"([^\r\n]{{1,{MAX_TITLE}}}+)(?>\r\n|[\r\n])[^\S\r\n]*+[\r\n]"
)


class Outline(NamedTuple):
    """The headings in the order of the text, and the title that the format gives elsewhere, if any.

    `body_start` is where the text proper starts, in code points.
    """

    headings: tuple[Heading, ...] = ()
    title: str = ""
    body_start: int = 0


def document_of_text(
    path: str, content: bytes, *, media_type: str, outline: Callable[[str], Outline]
) -> Document | SkippedFile:
    """Return the document of a file whose decoded bytes are its text."""
    decoded = decode(content)
    if isinstance(decoded, Refused):
        return SkippedFile(path, decoded.reason, decoded.detail)
    found = outline(decoded.text)
    return Document(
        path=path,
        text=decoded.text,
        encoding=decoded.encoding,
        media_type=media_type,
        title=_title(path, decoded.text, found),
        sha256=hashlib.sha256(content).hexdigest(),
        headings=found.headings,
    )


def scannable(text: str) -> str:
    """Return the text with a line feed before every line, also the first, and no other line ends.

    A line that starts at `offset` in the text follows the line feed at the same `offset` here.
    """
    if "\r" in text:
        text = text.replace("\r\n", " \n").replace("\r", "\n")
    return "\n" + text


def shortened(title: str) -> str:
    """Return the title as one line of at most 200 characters."""
    title = " ".join(title.split())
    return title if len(title) <= MAX_TITLE else title[: MAX_TITLE - 1].rstrip() + "…"


def _title(path: str, text: str, outline: Outline) -> str:
    if outline.headings:
        return outline.headings[0].title
    if outline.title:
        return outline.title
    start = _NOT_BLANK.search(text, outline.body_start)
    line = start and _LINE_BEFORE_BLANK_LINE.match(text, start.start())
    return shortened(line[1] if line else PurePosixPath(path).stem) or path
