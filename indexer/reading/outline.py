"""The title and headings that a format finds in a text, and the document made from them."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from indexer.documents import (
    Description,
    Document,
    ExtractedText,
    Heading,
    SkippedFile,
    TitleSource,
)
from indexer.reading.encodings.decoding import Refused, decode
from indexer.reading.extraction.child.answers import Answer
from indexer.reading.formats.description import Sidecar
from indexer.reading.formats.front_matter import FrontMatter, read_front_matter
from indexer.reading.titles.title import PROSE, shortened, title_of

__all__ = [
    "MAX_HEADINGS",
    "FileContent",
    "Outline",
    "described",
    "document_of_extraction",
    "document_of_text",
]

# No document written by a person has more. A file that consists of headings must not fill the
# memory.
MAX_HEADINGS = 100_000


class FileContent(NamedTuple):
    """A file to read; `encoding` is the one that a person has given for it, if any."""

    path: str
    content: bytes
    encoding: str | None = None


class Outline(NamedTuple):
    """The headings in the order of the text, and the title that the format gives elsewhere, if any.

    `body_start` is where the text proper starts, in code points, if the format says what precedes
    it.
    """

    headings: tuple[Heading, ...] = ()
    title: str = ""
    body_start: int = 0


def document_of_text(
    file: FileContent, *, media_type: str, outline: Callable[[str, int], Outline]
) -> Document | SkippedFile:
    """Return the document of a file whose decoded bytes are its text.

    `outline` gets the text, and where its front matter ends.
    """
    path, content, configured = file
    decoded = decode(content, configured)
    if isinstance(decoded, Refused):
        return SkippedFile(path, decoded.reason, decoded.detail)
    text = decoded.text
    is_prose = media_type in PROSE
    front_matter = read_front_matter(text) if is_prose else FrontMatter()
    found = outline(text, front_matter.end)
    body_start = max(front_matter.end, found.body_start)
    title, title_source = title_of(
        path,
        text,
        own=shortened(front_matter.title or found.title),
        headings=found.headings,
        body_start=body_start,
        is_prose=is_prose,
    )
    return Document(
        path=path,
        text=text,
        encoding=decoded.encoding,
        media_type=media_type,
        title=title,
        sha256=hashlib.sha256(content).hexdigest(),
        headings=found.headings,
        title_source=title_source,
        encoding_source=decoded.source,
        body_start=body_start,
        description=front_matter.description,
    )


def document_of_extraction(
    path: str, sha256: str, media_type: str, answer: Answer, extraction: ExtractedText
) -> Document:
    """Return the document of a file whose text a reader has extracted."""
    headings = answer.headings[:MAX_HEADINGS]
    title, title_source = title_of(
        path,
        answer.text,
        own=shortened(answer.metadata.title or ""),
        headings=headings,
        body_start=0,
        # The first line of a mailbox is the subject of one mail.
        is_prose=media_type != "application/mbox",
    )
    return Document(
        path=path,
        text=answer.text,
        encoding=None,
        media_type=media_type,
        title=title,
        sha256=sha256,
        headings=headings,
        title_source=title_source,
        extraction=extraction,
        description=Description(*answer.metadata[1:]),
    )


def described(document: Document, sidecar: Sidecar) -> Document:
    """Return the document with what a person has written about it in a file beside it."""
    said = {field: value for field, value in sidecar.description._asdict().items() if value}
    title = shortened(sidecar.title)
    return replace(
        document,
        title=title or document.title,
        title_source=TitleSource.DOCUMENT if title else document.title_source,
        description=document.description._replace(**said),
    )
