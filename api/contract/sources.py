"""Where in its file a text is from, if it is more than the decoded file.

`bytes` are half-open and count from 0. They begin and end where pieces of the text do, so they may
reach a little beyond the text.
"""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.contract.documents import SpanOut
from indexer.reading.extraction.pieces import MarkKind, PieceKind

__all__ = [
    "CellsSource",
    "DocumentSource",
    "HtmlSource",
    "JsonSource",
    "MailSource",
    "MarkOut",
    "PageSource",
    "PdfSource",
    "PieceOut",
    "PlaceOut",
    "RtfSource",
    "Source",
    "SubtitlesSource",
    "XmlSource",
]


@dataclass(slots=True)
class MarkOut:
    """What begins at `start`, in code points of the document: a page, a slide, a sheet and so on.

    `label` is the name or the number of it; for a cue of subtitles, its time.
    """

    start: int
    kind: MarkKind
    label: str


@dataclass(slots=True)
class HtmlSource:
    """Bytes of a web page."""

    kind: Literal["html"]
    bytes: SpanOut


@dataclass(slots=True)
class RtfSource:
    """Bytes of an RTF file."""

    kind: Literal["rtf"]
    bytes: SpanOut


@dataclass(slots=True)
class SubtitlesSource:
    """Bytes of subtitles; `cue` is the time at which the first words are shown."""

    kind: Literal["subtitles"]
    bytes: SpanOut
    cue: str | None


@dataclass(slots=True)
class JsonSource:
    """Bytes of a notebook; `cell` is the number of the first cell, from 1."""

    kind: Literal["json"]
    bytes: SpanOut
    cell: int | None


@dataclass(slots=True)
class XmlSource:
    """Bytes of an unpacked member of a zip file, such as a Word file or an e-book.

    `mark` is the slide or the chapter. `others` are further members, if the text is from several.
    """

    kind: Literal["xml"]
    member: str
    member_sha256: str
    bytes: SpanOut
    mark: MarkOut | None = None
    others: list["XmlSource"] = field(default_factory=list)


@dataclass(slots=True)
class MailSource:
    """Bytes of a mail. `part` is the number of the MIME part, or `HEADER`; `2/1.1` is in message 2.

    `part_bytes` is the part in the file, still encoded for its transfer. `bytes` are bytes of the
    file, too. They are null if a piece cannot be found without decoding the part, as in base64;
    then `decoded_bytes` counts the bytes to which the part decodes. `transfer` is null if the part
    is not encoded. `others` are further parts, if the text is from several.
    """

    kind: Literal["mail"]
    part: str
    transfer: str | None
    charset: str
    part_bytes: SpanOut
    bytes: SpanOut | None
    decoded_bytes: SpanOut | None
    others: list["MailSource"] = field(default_factory=list)


@dataclass(slots=True)
class CellsSource:
    """Cells of a sheet, such as `B7:D9`. `others` are those of further sheets."""

    kind: Literal["cells"]
    sheet: str
    range: str
    others: list["CellsSource"] = field(default_factory=list)


@dataclass(slots=True)
class PageSource:
    """The lines of a text on a page of a PDF.

    `page` counts from 1; `label` is what the page is called. Boxes are in points: left, bottom,
    right, top, from the lower left corner, before the page is turned by `rotate` degrees
    clockwise. `box` is the part of the page that is displayed.
    """

    page: int
    label: str
    box: list[float]
    rotate: int
    boxes: list[list[float]]


@dataclass(slots=True)
class PdfSource:
    """Pages of a PDF."""

    kind: Literal["pdf"]
    pages: list[PageSource]


Source = Annotated[
    HtmlSource
    | XmlSource
    | PdfSource
    | MailSource
    | CellsSource
    | JsonSource
    | RtfSource
    | SubtitlesSource,
    Field(discriminator="kind"),
]


@dataclass(slots=True)
class PlaceOut:
    """Where pieces are from: the file itself, or a part of it.

    `name` is empty for the file itself; else a member of a zip file, with the hash of its unpacked
    bytes, the number of a mail's part, the label of a page, or the name of a sheet. `encoding`
    decodes any run of bytes. `part_bytes` is a part of a mail in the file; `transfer` says how it
    is encoded there. `page` counts from 1.
    """

    name: str
    sha256: str | None
    encoding: str
    transfer: str | None
    part_bytes: SpanOut | None
    page: int | None


class PieceOut(BaseModel):
    """A run of the text that is in the file, and its source.

    `place` is a position in `places`. `source` counts bytes of the file, of the unpacked member or
    of the part of a mail: of its encoded bytes for `transfer` pieces, else of the decoded ones. For
    `drawn` pieces it counts the characters of the page as the engine does, and `box` is where the
    word is, in points. For `cell` pieces, `cell` is the name of the cell, such as `B7`.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    span: SpanOut
    kind: Annotated[PieceKind, Field(serialization_alias="as")]
    place: int
    source: SpanOut | None
    box: list[float] | None = None
    cell: str | None = None


class DocumentSource(BaseModel):
    """The pieces of a span of a document's text, with their places, and the marks inside the span.

    Between pieces there are only blanks, tabs and line breaks. The first and the last piece are
    whole, so they may reach beyond the span. For a text file there is one piece: the decoded bytes.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    id: str
    sha256: str
    span: SpanOut
    length: int
    text: str
    source: Source | None
    places: list[PlaceOut]
    pieces: list[PieceOut]
    marks: list[MarkOut]
