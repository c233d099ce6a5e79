import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.contract.documents import SpanOut, State
from api.documents.presentation import document_metadata, passage_out, span_out
from indexer.index.records import StoredDocument, StoredPassage
from indexer.spans import Span

JUNE_28 = 1_719_558_000_000_000_000  # 2024-06-28T07:00:00Z

DOCUMENT = StoredDocument(
    document=3,
    id="0123456789abcdef",
    path="2024/nato.txt",
    title="NATO",
    title_source="document",
    sha256="ab" * 32,
    encoding="utf-8",
    encoding_source="utf-8",
    media_type="text/plain",
    size_bytes=23,
    mtime_ns=JUNE_28,
    ctime_ns=0,
    inode=0,
    read_ns=0,
    length=20,
    first_row=7,
    passages=1,
)
#        0123 4 567 8 9            code points from the start of the piece, which is the 40th
PIECE = "Då 🐟\r\nna\n"
PASSAGE = StoredPassage(
    row=7,
    document=3,
    start=41,
    end=48,
    heading="Sea > Fish",
    packed_windows=b"",
    packed_repeated=b"",
    piece_start=40,
    piece=PIECE,
    byte_start=44,
    utf16_start=41,
    line_start=5,
    embedding=None,
    signature=b"",
)


def test_a_passage_is_located_in_every_unit() -> None:
    out = passage_out(PASSAGE, DOCUMENT, document_metadata(DOCUMENT, Path("/nowhere")))
    assert out.text == "å 🐟\r\nna"
    assert out.span == SpanOut(start=41, end=48)
    # å takes two bytes, the fish four, and two units of UTF-16.
    assert out.byte_span == SpanOut(start=44, end=44 + 2 + 1 + 4 + 2 + 2)
    assert out.utf16_span == SpanOut(start=41, end=41 + 1 + 1 + 2 + 2 + 2)
    assert (out.lines.start, out.lines.end) == (5, 6)
    assert out.heading == "Sea > Fish"


@pytest.mark.parametrize(("text", "last_line"), [("a", 5), ("a\n", 5), ("a\nb", 6), ("\n\n", 6)])
def test_the_last_line_is_that_of_the_last_code_point(text: str, last_line: int) -> None:
    passage = PASSAGE._replace(start=40, end=40 + len(text), piece=text)
    out = passage_out(passage, DOCUMENT, document_metadata(DOCUMENT, Path("/nowhere")))
    assert (out.lines.start, out.lines.end) == (5, last_line)


@pytest.mark.parametrize(
    ("encoding", "byte_length"), [("utf-8", 11), ("utf-8-sig", 11), ("utf-16", 16), ("gb18030", 13)]
)
def test_bytes_count_in_the_encoding_of_the_file(encoding: str, byte_length: int) -> None:
    stored = DOCUMENT._replace(encoding=encoding)
    out = passage_out(PASSAGE, stored, document_metadata(stored, Path("/nowhere")))
    assert out.byte_span is not None
    assert out.byte_span.end - out.byte_span.start == byte_length


def test_a_passage_id_combines_the_document_with_a_hash_of_version_and_position() -> None:
    described = hashlib.sha256(f"{DOCUMENT.sha256},41,48".encode()).hexdigest()
    assert DOCUMENT.passage_id(Span(41, 48)) == f"{DOCUMENT.id}-{described[:12]}"


def test_a_passage_id_stays_valid_while_the_file_is_unchanged() -> None:
    known = DOCUMENT.passage_id(Span(0, 9))
    assert known == DOCUMENT._replace(document=99, first_row=99, mtime_ns=1).passage_id(Span(0, 9))
    assert known != DOCUMENT._replace(sha256="cd" * 32).passage_id(Span(0, 9))
    assert known != DOCUMENT.passage_id(Span(0, 8))


def test_a_document_is_described_as_it_was_indexed() -> None:
    metadata = document_metadata(DOCUMENT, Path("/nowhere"))
    assert (metadata.id, metadata.path, metadata.title) == (DOCUMENT.id, "2024/nato.txt", "NATO")
    assert metadata.model_dump(mode="json")["modified"] == "2024-06-28T07:00:00Z"


def test_the_state_is_the_current_one_of_the_file(tmp_path: Path) -> None:
    assert document_metadata(DOCUMENT, tmp_path).state is State.MISSING
    path = tmp_path / DOCUMENT.path
    path.parent.mkdir()
    path.write_bytes(b"x" * DOCUMENT.size_bytes)
    assert document_metadata(DOCUMENT, tmp_path).state is State.CHANGED
    os.utime(path, ns=(0, JUNE_28))
    assert document_metadata(DOCUMENT, tmp_path).state is State.CURRENT
    path.write_bytes(b"longer than that by some bytes")
    os.utime(path, ns=(0, JUNE_28))
    assert document_metadata(DOCUMENT, tmp_path).state is State.CHANGED


def test_a_link_in_place_of_the_file_is_not_the_file(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"x" * DOCUMENT.size_bytes)
    os.utime(tmp_path / "elsewhere", ns=(0, JUNE_28))
    path = tmp_path / DOCUMENT.path
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere")
    assert document_metadata(DOCUMENT, tmp_path).state is State.CHANGED


@pytest.mark.parametrize(
    ("mtime_ns", "year"),
    [(-1, 1969), (-(2**62), 1823), (2**62, 2116), (2**80, 9999), (-(2**80), 1)],
)
def test_times_beyond_the_calendar_are_shown_as_its_last_moment(mtime_ns: int, year: int) -> None:
    modified = document_metadata(DOCUMENT._replace(mtime_ns=mtime_ns), Path("/nowhere")).modified
    assert (modified.year, modified.tzinfo) == (year, UTC)


@pytest.mark.parametrize("year", [1, 1066, 1677, 2262, 2300, 9999])
def test_every_year_of_the_calendar_is_shown(year: int) -> None:
    moment = datetime(year, 6, 1, 12, 30, 59, tzinfo=UTC)
    mtime_ns = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1_000
    metadata = document_metadata(DOCUMENT._replace(mtime_ns=mtime_ns + 999), Path("/nowhere"))
    assert metadata.modified == moment
    assert metadata.model_dump(mode="json")["modified"] == f"{year:04}-06-01T12:30:59Z"


def test_a_span_is_returned_unchanged() -> None:
    assert span_out(Span(3, 5)) == SpanOut(start=3, end=5)
