"""Documents, their text, and places in it.

Every span counts Unicode code points of the document's decoded text unless its name says otherwise:
`byte_span` counts bytes of the file on disk, `utf16_span` UTF-16 code units.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel

from indexer.documents import EncodingSource, TitleSource

__all__ = [
    "DocumentMetadata",
    "DocumentText",
    "ExtractionOut",
    "LineRange",
    "SkippedOut",
    "SpanOut",
    "State",
]


# An answer has hundreds of these. A pydantic model would take ten times as long to make, and a
# frozen dataclass four times as long.
@dataclass(slots=True)
class SpanOut:
    """Half-open `[start, end)`."""

    start: int
    end: int


@dataclass(slots=True)
class LineRange:
    """1-based, both ends included; lines end at LF."""

    start: int
    end: int


class State(StrEnum):
    """Whether the file on disk is still the one that was indexed."""

    CURRENT = "current"
    CHANGED = "changed"
    MISSING = "missing"


@dataclass(slots=True)
class ExtractionOut:
    """How the text of a file that is more than text was found.

    The same bytes give the same text as long as `reader` and `engine` are the same. `text_sha256`
    is the hash of the text in UTF-8. `warnings` say what could not be read.
    """

    reader: str
    engine: str
    text_sha256: str
    warnings: list[str]


class DocumentMetadata(BaseModel):
    """A document as it was indexed. `sha256` is the hash of the file's bytes at that time.

    `title_source` is `document` for a title that the document gives itself, `file_name` for the
    name of its file, and `opening` for its first words, where neither says anything.
    `encoding_source` is `bom`, `utf-8`, `declared` in the file, `detected`, which is a guess, or
    `configured` in the folder's `.spanlight.toml`. Both are null if the text is not the decoded
    file but was extracted from it; `extraction` then says how.
    `author`, `publisher`, `published` (an ISO 8601 date or time) and `source_url` are what the
    document, or the file `NAME.json` beside it, says about itself.
    """

    id: str
    path: str
    title: str
    title_source: TitleSource
    sha256: str
    encoding: str | None
    encoding_source: EncodingSource | None
    media_type: str
    size_bytes: int
    modified: datetime
    state: State
    extraction: ExtractionOut | None = None
    author: str | None = None
    publisher: str | None = None
    published: str | None = None
    source_url: str | None = None


class SkippedOut(BaseModel):
    """A file that is not in the index. `format` is its format, if it is one that is read."""

    path: str
    reason: str
    detail: str = ""
    format: str | None = None


class DocumentText(BaseModel):
    """A part of a document's text; `length` is the length of the whole text in code points."""

    id: str
    sha256: str
    encoding: str | None
    span: SpanOut
    length: int
    text: str
