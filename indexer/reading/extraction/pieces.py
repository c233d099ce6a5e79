"""The values that a reader makes of a file: its text, and where in the file each piece of it is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from indexer.documents import Heading, SkipReason
from indexer.spans import Span

__all__ = [
    "LIMITS",
    "NO_METADATA",
    "Box",
    "Extraction",
    "Limits",
    "Mark",
    "MarkKind",
    "Metadata",
    "NotExtracted",
    "Piece",
    "PieceKind",
    "Place",
]

# Left, bottom, right and top, in hundredths of a point.
Box = tuple[int, int, int, int]


class PieceKind(StrEnum):
    """How the text of a piece follows from its source."""

    VERBATIM = "verbatim"  # it is the decoded bytes
    REFERENCE = "reference"  # it is html.unescape of the decoded bytes
    TRANSFER = "transfer"  # it is the decoded quoted-printable or base64 of a mail
    ENCODED_WORD = "encoded-word"  # it is the decoded words of a mail's header (RFC 2047)
    ESCAPE = "escape"  # it is the value of the JSON string with these bytes between its quotes
    CONTROL = "control"  # it is the characters that these controls of RTF mean
    BLANK = "blank"  # it is one blank, and so are all of the decoded bytes, however many
    ELEMENT = "element"  # it is the one character that the empty element of these bytes means
    DRAWN = "drawn"  # it is what the PDF engine reads on the page
    CELL = "cell"  # it is what the engine gives as the value of the cell


class MarkKind(StrEnum):
    """What begins at a mark."""

    PAGE = "page"
    SLIDE = "slide"
    SHEET = "sheet"
    MESSAGE = "message"
    CELL = "cell"
    CUE = "cue"
    CHAPTER = "chapter"


class Piece(NamedTuple):
    """A run of the text that is in the file. Between pieces there are only blanks and breaks.

    `start` and `end` count code points of the text; `place` is an index into the places.
    `source_start` and `source_end` count bytes of that place; `DRAWN`: the characters of the page
    as the engine counts them; `CELL`: they are the row and the column, from 0.
    """

    start: int
    end: int
    kind: PieceKind
    place: int
    source_start: int
    source_end: int


class Place(NamedTuple):
    """Where pieces are from: the file itself, or a part of it.

    `name`: empty for the file itself, else a member of a zip file, the number of a mail's part, the
    label of a page or the name of a sheet. `sha256`: of the unpacked bytes of a member, and empty
    for everything else. `encoding` decodes any run of the bytes, so it is one without a byte order
    mark: `utf-16-le`, not `utf-16`.

    `start` and `end` are the bytes of a mail's part inside the file; `start` of a page is its
    index. With `transfer`, `TRANSFER` pieces count the encoded bytes of the part, and the others
    count the bytes that they decode to.
    """

    name: str = ""
    sha256: str = ""
    encoding: str = "utf-8"
    transfer: str = ""
    start: int = 0
    end: int = 0
    box: tuple[float, ...] = ()
    rotate: int = 0


class Mark(NamedTuple):
    """The start of a page, a slide, a sheet, a message, a cell or a cue in the text."""

    start: int
    kind: MarkKind
    label: str


class Metadata(NamedTuple):
    """What a document says about itself. `published` is an ISO 8601 date or time."""

    title: str | None = None
    author: str | None = None
    publisher: str | None = None
    published: str | None = None
    source_url: str | None = None
    language: str | None = None


NO_METADATA = Metadata()


@dataclass(frozen=True, slots=True)
class Extraction:
    """The text of a file, and where it is from.

    `headings` and `marks` are in the order of the text; `repeated` are menus, running headers and
    the like, which are found but weigh little. `boxes` has one box for each piece of a PDF, and is
    empty for other formats.
    """

    text: str
    pieces: tuple[Piece, ...]
    places: tuple[Place, ...]
    headings: tuple[Heading, ...] = ()
    repeated: tuple[Span, ...] = ()
    marks: tuple[Mark, ...] = ()
    metadata: Metadata = NO_METADATA
    warnings: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()


class Limits(NamedTuple):
    """What one file may cost. A reader raises NotExtracted beyond that."""

    text: int = 64 << 20  # code points
    unpacked: int = 256 << 20  # bytes of all members together
    depth: int = 256  # nested elements
    members: int = 10_000
    header: int = 16 << 10  # bytes
    pieces: int = 4_000_000


LIMITS = Limits()


class NotExtracted(Exception):
    """The file has no text that can be trusted: the reason, and a detail for people."""

    def __init__(self, reason: SkipReason, detail: str = "") -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
