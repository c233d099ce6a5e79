"""Checks that hold for the bytes of any file: it is split into exact quotations, or skipped with a
reason, in time that grows only with its length.
"""

import time
from pathlib import Path, PurePosixPath

from api.contract.errors import InvalidQuery
from api.contract.limits import MAX_QUERY_CHARS
from api.query.parser import parse_query
from api.query.query import Query
from indexer.config import IndexConfig
from indexer.documents import Document, Passage, SkippedFile
from indexer.index.lexical.entries import Context, lexical_entry, name_text
from indexer.index.near_duplicates import signature
from indexer.reading.extraction.maps import PieceMap
from indexer.reading.extraction.pieces import PieceKind
from indexer.reading.extraction.reconstruction import reconstruct
from indexer.reading.readers import read_document
from indexer.spans import bom_length, byte_length
from indexer.splitting.boilerplate import lines_of
from indexer.splitting.splitter import split_passages

__all__ = ["SUFFIXES", "check_content", "check_file", "check_query", "seeds"]

# One suffix of each reader, and one whose lines are records.
SUFFIXES = (".txt", ".md", ".rst", ".csv")
# Generous, for a busy machine and for instrumented code; quadratic code would take longer.
MOST_SECONDS = 5.0
MOST_SECONDS_PER_BYTE = 0.001
SMALL = IndexConfig(
    passage_chars=90, longest_passage_chars=120, window_chars=40, longest_window_chars=60
)


def seeds(corpus: Path) -> list[bytes]:
    """Return the files below a folder as inputs: a byte that selects the reader, then content."""
    return [
        bytes([SUFFIXES.index(path.suffix) if path.suffix in SUFFIXES else 0]) + path.read_bytes()
        for path in sorted(corpus.rglob("*"))
        if path.is_file()
    ]


def check_content(data: bytes) -> None:
    """Check a file of these bytes, except the first one, which selects the reader."""
    if not data:
        return
    began = time.process_time()
    check_file(f"folder/name{SUFFIXES[data[0] % len(SUFFIXES)]}", data[1:])
    check_query(data[1:].decode("utf-8", "surrogateescape"))
    seconds = time.process_time() - began
    assert seconds < MOST_SECONDS + MOST_SECONDS_PER_BYTE * len(data), f"it took {seconds:.1f} s"


def check_file(path: str, content: bytes) -> None:
    """Check that all text of the file can be quoted, or that it is skipped for a reason."""
    document = read_document(path, content)
    if isinstance(document, SkippedFile):
        assert document.path == path
        assert document.reason
        return
    if document.encoding is None:
        _check_pieces(document, content)
    else:
        assert content.decode(document.encoding) == document.text
    assert document.title.strip()
    assert PurePosixPath(path).suffix not in {".md"} or document.media_type == "text/markdown"
    starts = [heading.start for heading in document.headings]
    assert starts == sorted(set(starts))
    assert all(0 <= start < len(document.text) for start in starts)
    lines_of(document.text)
    for config in (SMALL, IndexConfig()):
        _check_passages(document, content, split_passages(document, config), config)


def _check_passages(
    document: Document, content: bytes, passages: list[Passage], config: IndexConfig
) -> None:
    text, encoding = document.text, document.encoding
    done, in_bytes = 0, bom_length(encoding)
    for passage in passages:
        start, end = passage.span.start, passage.span.end
        quoted = text[start:end]
        assert not text[done:start].strip()
        assert quoted.strip()
        assert len(quoted) <= 2 * config.longest_passage_chars
        in_bytes += byte_length(text[done:start], encoding)
        length = byte_length(quoted, encoding)
        assert encoding is None or _decoded(content, in_bytes, length, encoding) == quoted
        in_bytes += length
        done = end
        for window in passage.windows:
            assert passage.span.contains(window)
            assert window.of(text).strip()
        searched = passage.content(text)
        context = Context(document.title, passage.heading, name_text(document.path))
        lexical_entry(
            quoted,
            repeated=[edge - start for span in passage.repeated for edge in (span.start, span.end)],
            context=context,
        )
        signature(searched)
    assert not text[done:].strip()


def _check_pieces(document: Document, content: bytes) -> None:
    """Check that the file has each piece of the text, with nothing but blanks between them."""
    assert document.extraction is not None
    piece_map = PieceMap(document.extraction.map)
    done = 0
    for piece in piece_map.whole().pieces:
        assert piece.start >= done
        assert not document.text[done : piece.start].strip("\n\t ")
        if piece.kind not in {PieceKind.DRAWN, PieceKind.CELL}:
            rebuilt = reconstruct(piece, piece_map.places[piece.place], content)
            assert rebuilt == document.text[piece.start : piece.end]
        done = piece.end
    assert done == len(document.text)


def _decoded(content: bytes, start: int, length: int, encoding: str) -> str:
    """Return the text of some bytes from inside the file, which lack a byte order mark."""
    if encoding == "utf-16":
        encoding = "utf-16-le" if content.startswith(b"\xff\xfe") else "utf-16-be"
    return content[start : start + length].decode(encoding.removesuffix("-sig"))


def check_query(text: str) -> None:
    """Check that the text is a valid query, or that it is refused with a position inside it."""
    text = text[: MAX_QUERY_CHARS + 1]
    query = _understood(text)
    if isinstance(query, InvalidQuery):
        assert query.position is None or 0 <= query.position < len(text)
    elif len(str(query)) <= MAX_QUERY_CHARS:
        again = parse_query(str(query))
        assert (again.clauses, again.filters) == (query.clauses, query.filters)


def _understood(text: str) -> Query | InvalidQuery:
    try:
        return parse_query(text)
    except InvalidQuery as error:
        return error
