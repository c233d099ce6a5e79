"""A page of the web -> its text, with its title and the rest that it says about itself."""

from indexer.reading.encodings.decoding import Refused, decode
from indexer.reading.extraction.builder import TextBuilder
from indexer.reading.extraction.html.markup import Markup
from indexer.reading.extraction.html.source import ByteOffsets
from indexer.reading.extraction.pieces import (
    LIMITS,
    Extraction,
    Limits,
    Metadata,
    NotExtracted,
    Place,
)
from indexer.spans import bom_length

__all__ = ["add_markup", "read_html", "without_mark"]


def read_html(
    path: str, content: bytes, limits: Limits = LIMITS, *, encoding: str | None = None
) -> Extraction:
    """Return the text of a page. Raises NotExtracted if it has none.

    `encoding` is the one that a person has given for the file, if any.
    """
    decoded = decode(content, encoding)
    if isinstance(decoded, Refused):
        raise NotExtracted(decoded.reason, decoded.detail)
    encoding = without_mark(content, decoded.encoding)
    builder = TextBuilder(limits)
    builder.place(Place(encoding=encoding), content)
    first = bom_length(decoded.encoding)
    return builder.finish(add_markup(builder, content, encoding, first=first))


def add_markup(builder: TextBuilder, content: bytes, encoding: str, *, first: int = 0) -> Metadata:
    """Add the text of a page to the current place of the builder, whose source is `content`.

    Return what the page says about itself. `first` is the byte after its byte order mark. Raises
    NotExtracted if a token is not where it should be, and UnicodeDecodeError for wrong bytes.
    """
    text = content[first:].decode(encoding)
    known = len(builder.headings)
    markup = Markup(builder, text, ByteOffsets(text, encoding, first, len(content) - first))
    markup.read()
    return markup.metadata.result(builder.headings[known:])


def without_mark(content: bytes, encoding: str) -> str:
    """Return the encoding of a part of the bytes, which has no byte order mark."""
    if encoding == "utf-8-sig":
        return "utf-8"
    if encoding == "utf-16":
        return "utf-16-le" if content.startswith(b"\xff\xfe") else "utf-16-be"
    return encoding
