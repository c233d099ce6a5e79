"""The records of the passage store, and the checksums that protect them.

The fields of a record are the columns of its table. Each record has its own checksum, so that
damage is noticed when the record is read. A new record has no number yet: it is made when its file
is read, and the store numbers it later.
"""

import json
import struct
import zlib
from array import array
from collections.abc import Iterable, Sequence
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from indexer.documents import (
    Description,
    Document,
    ExtractedText,
    Passage,
    SourceFile,
    TitleSource,
    passage_id,
    text_between,
)
from indexer.embedding.embeddings import EmbeddingInput, embedding_input
from indexer.errors import IndexDamaged
from indexer.index.store.tables import ColumnName, Table, from_sqlite
from indexer.spans import Span

__all__ = [
    "DOCUMENTS",
    "EMBEDDINGS",
    "GENERATIONS",
    "LONGEST_RUN",
    "MAPS",
    "NOWHERE",
    "PASSAGES",
    "PLACE",
    "StoredDocument",
    "StoredEmbedding",
    "StoredExtraction",
    "StoredGeneration",
    "StoredMap",
    "StoredPassage",
    "content_of",
    "damaged",
    "joined",
]

# A phrase reaches over at most this many neighbouring passages, which are then shown as one.
LONGEST_RUN = 16
# The number of a document or a passage that the store has not numbered yet.
NOWHERE = 0
# The place of a passage: its row and its document.
PLACE = struct.Struct("<2q")


class StoredDocument(NamedTuple):
    """A document as it was indexed. Its passages are in the rows `[first_row, end_row)`.

    `repeated_title` is 1 if its title is one of the lines that its folder repeats, else 0.
    `extraction` is None for a text file; else `encoding` is. The checksum covers the fields before
    it. `last_generation` is None until a build finds that the
    document is gone.
    """

    document: int
    id: str
    path: str
    title: str
    title_source: str
    sha256: str
    encoding: str | None
    encoding_source: str
    media_type: str
    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    read_ns: int
    length: int
    first_row: int
    passages: int
    repeated_title: int = 0
    packed_extraction: Annotated[str | None, ColumnName("extraction")] = None
    author: str | None = None
    publisher: str | None = None
    published: str | None = None
    source_url: str | None = None
    language: str | None = None
    checksum: int = 0
    first_generation: int = 0
    last_generation: int | None = None

    @classmethod
    def from_columns(cls, columns: Iterable[Any]) -> "StoredDocument":
        """Return the document as it was stored, still to be checked."""
        return cls._make(from_sqlite(columns))

    @property
    def end_row(self) -> int:
        return self.first_row + self.passages

    @property
    def extraction(self) -> "StoredExtraction | None":
        """How the text was extracted from the file, or None if it is the decoded file."""
        if self.packed_extraction is None:
            return None
        values = json.loads(self.packed_extraction)
        return StoredExtraction(**values | {"warnings": tuple(values["warnings"])})

    @property
    def description(self) -> Description:
        """What is known about the document beside its title."""
        return Description(
            self.author, self.publisher, self.published, self.source_url, self.language
        )

    @property
    def searched_title(self) -> str:
        """The title that finds the document: its opening words are not a title."""
        return "" if self.title_source == TitleSource.OPENING else self.title

    @property
    def source(self) -> SourceFile:
        return SourceFile(self.path, self.size_bytes, self.mtime_ns, self.ctime_ns, self.inode)

    def embedding_input(self, passage: "StoredPassage") -> EmbeddingInput:
        """Return the text that is embedded for one of its passages; the piece contains it."""
        piece = Document(
            path=self.path,
            text=passage.piece,
            encoding=self.encoding,
            media_type=self.media_type,
            title=self.title,
            sha256=self.sha256,
            title_source=TitleSource(self.title_source),
        )
        return embedding_input(piece, passage.in_piece, repeated_title=bool(self.repeated_title))

    def passage_id(self, span: Span) -> str:
        """Return the public id of the document's passage with this span."""
        return passage_id(self.id, self.sha256, span)

    def placed(self, document: int, first_row: int, generation: int) -> "StoredDocument":
        """Return the new document with its numbers in the store."""
        return self._replace(
            document=document, first_row=first_row, first_generation=generation
        ).sealed()

    def sealed(self) -> "StoredDocument":
        """Return the document with its checksum."""
        return self._replace(checksum=self._found_checksum())

    def checked(self, path: Path) -> "StoredDocument":
        """Return the document itself. Raises IndexDamaged if its checksum is wrong."""
        if self.checksum != self._found_checksum():
            raise damaged(path, "document", self.document)
        return self

    def _found_checksum(self) -> int:
        return zlib.crc32(repr(_checked_of(self)).encode())


class StoredExtraction(NamedTuple):
    """How a text was extracted. `encoding` is the one that a person had given, if any."""

    format: str
    reader: str
    engine: str
    text_sha256: str
    warnings: tuple[str, ...] = ()
    encoding: str | None = None

    @classmethod
    def of(cls, extracted: ExtractedText) -> "StoredExtraction":
        return cls(*[getattr(extracted, field) for field in cls._fields])

    def packed(self) -> str:
        return json.dumps(self._asdict(), sort_keys=True)


class StoredMap(NamedTuple):
    """The packed map of an extracted document. The checksum covers the document's key too."""

    document: int
    packed: bytes
    checksum: int

    @classmethod
    def of(cls, document: int, packed: bytes) -> "StoredMap":
        return cls(document, packed, cls._checksum(document, packed))

    @property
    def is_sound(self) -> bool:
        try:
            return self.checksum == self._checksum(self.document, self.packed)
        except (TypeError, struct.error):
            # A damaged record may contain a value of another type.
            return False

    @staticmethod
    def _checksum(document: int, packed: bytes) -> int:
        return zlib.crc32(packed, zlib.crc32(struct.pack("<q", document)))


class StoredPassage(NamedTuple):
    """A passage with its text and its start in every unit.

    `piece` is the document's text from `piece_start` up to the next passage: the passage and the
    blanks after it. `embedding` is the key of its vectors, whether they exist yet or not; it is
    None if nothing is embedded. The checksum covers all other fields.
    """

    row: int
    document: int
    start: int
    end: int
    heading: str
    packed_windows: Annotated[bytes, ColumnName("windows")]
    packed_repeated: Annotated[bytes, ColumnName("repeated")]
    piece_start: Annotated[int, ColumnName("text_start")]
    piece: Annotated[str, ColumnName("text")]
    byte_start: int
    utf16_start: int
    line_start: int
    embedding: bytes | None
    signature: bytes
    checksum: int = 0

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    @property
    def text(self) -> str:
        return self.piece[self.start - self.piece_start : self.end - self.piece_start]

    @property
    def windows(self) -> tuple[Span, ...]:
        return _unpacked(self.packed_windows)

    @property
    def repeated(self) -> tuple[Span, ...]:
        return _unpacked(self.packed_repeated)

    @property
    def repeated_edges(self) -> Sequence[int]:
        """The start and the end of each repeated span, in order."""
        return array("I", self.packed_repeated)

    @property
    def content(self) -> str:
        """The passage without its repeated sentences, which is what is embedded."""
        edges = (self.start, *self.repeated_edges, self.end)
        return text_between(self.piece, [edge - self.piece_start for edge in edges])

    @property
    def in_piece(self) -> Passage:
        """The passage with its spans counted from the start of the piece."""
        return Passage(
            self.span.shifted(-self.piece_start),
            self.heading,
            tuple([span.shifted(-self.piece_start) for span in self.windows]),
            tuple([span.shifted(-self.piece_start) for span in self.repeated]),
        )

    def sealed(self) -> "StoredPassage":
        """Return a new passage with the checksum of its content, whatever its place will be."""
        checksum = _content_checksum(self)
        return StoredPassage._make((self.row, self.document, *content_of(self), checksum))

    def checked(self, path: Path) -> "StoredPassage":
        """Return the passage itself. Raises IndexDamaged if its checksum is wrong."""
        try:
            found = zlib.crc32(PLACE.pack(self.row, self.document), _content_checksum(self))
        except (struct.error, AttributeError, TypeError):
            # A damaged record may contain values of other types.
            found = None
        if self.checksum != found:
            raise damaged(path, "passage", self.row)
        return self


def joined(passages: Sequence[StoredPassage]) -> StoredPassage:
    """Return neighbouring passages as one, with the heading of the first. It has no vectors."""
    first, last = passages[0], passages[-1]
    if first is last:
        return first
    return first._replace(
        end=last.end,
        packed_windows=b"".join([passage.packed_windows for passage in passages]),
        packed_repeated=b"".join([passage.packed_repeated for passage in passages]),
        piece="".join([passage.piece for passage in passages]),
        embedding=None,
    )


class StoredEmbedding(NamedTuple):
    """The encoded vectors of a text that was embedded. The checksum covers the vectors."""

    key: bytes
    vectors: bytes
    checksum: int

    @classmethod
    def of(cls, key: bytes, vectors: bytes) -> "StoredEmbedding":
        return cls(key, vectors, zlib.crc32(vectors))

    @property
    def is_sound(self) -> bool:
        try:
            return self.checksum == zlib.crc32(self.vectors)
        except TypeError:
            # A damaged record may contain a value of another type.
            return False


class StoredGeneration(NamedTuple):
    """A generation whose passages are in the store. Part of its id is random."""

    number: int
    id: str


DOCUMENTS = Table.of("documents", StoredDocument)
PASSAGES = Table.of("passages", StoredPassage)
MAPS = Table.of("maps", StoredMap)
EMBEDDINGS = Table.of("embeddings", StoredEmbedding)
GENERATIONS = Table.of("generations", StoredGeneration)

# The fields of a document that its checksum covers, and the fields of a passage except its place.
_checked_of = itemgetter(slice(StoredDocument._fields.index("checksum")))
content_of = itemgetter(
    slice(StoredPassage._fields.index("document") + 1, StoredPassage._fields.index("checksum"))
)
_content = content_of(PASSAGES.columns)
_numbers = [column for column in _content if column.type == "INTEGER"]
_parts = [column for column in _content if column.type != "INTEGER"]
_numbers_of = attrgetter(*(column.field for column in _numbers))
_parts_of = attrgetter(*(column.field for column in _parts))
_texts = [place for place, column in enumerate(_parts) if column.type == "TEXT"]
_optional = [place for place, column in enumerate(_parts) if column.nullable]
_numbers_and_lengths = struct.Struct(f"<{len(_content)}q")


def _content_checksum(passage: StoredPassage) -> int:
    """Return the checksum of a passage without its place: numbers, lengths and other parts."""
    parts = list(_parts_of(passage))
    for place in _texts:
        parts[place] = parts[place].encode()
    for place in _optional:
        if parts[place] is None:
            parts[place] = b""
    numbers = _numbers_and_lengths.pack(*_numbers_of(passage), *map(len, parts))
    return zlib.crc32(b"".join((numbers, *parts)))


def damaged(path: Path, kind: str, key: object) -> IndexDamaged:
    return IndexDamaged.with_remedy(f"{path}: the record of {kind} {key} is damaged")


def _unpacked(packed: bytes) -> tuple[Span, ...]:
    edges = array("I", packed)
    return tuple(map(Span, edges[::2], edges[1::2]))
