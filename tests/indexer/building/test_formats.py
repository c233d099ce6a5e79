"""Files that are more than text are built like text: their text, their maps, and what they say."""

import io
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.building.build import build_index
from indexer.building.check import check_index
from indexer.building.report import BuildReport
from indexer.building.task import BuildTask
from indexer.documents import SkipReason
from indexer.index.folder import IndexFolder
from indexer.index.records import StoredDocument, StoredMap
from indexer.index.store.reader import PassageStore
from indexer.index.store.skipped import read_skipped
from indexer.index.store.writer import StoreWriter
from indexer.reading.extraction.formats.counts import formats_json, formats_line
from indexer.reading.extraction.reconstruction import reconstruct
from indexer.spans import Span
from tests.api.served_index import write
from tests.indexer.builds import LEXICAL, build

SAMPLES = Path(__file__).parents[1] / "reading" / "extraction"
AGED = "2020-01-01T00:00:00"
PAGE = """<html lang=en><title>The ferry | Tide</title><meta name=author content="Ann Bee">
<meta property="article:published_time" content="2020-03-04"><nav><a href=/>Home and news</a></nav>
<h1>The ferry</h1><p>The ferry &amp; the bridge were closed because the river froze.</p>
<footer>All rights reserved, every one of them.</footer></html>"""
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF"


def write_aged(folder: Path, path: str, content: str | bytes) -> Path:
    return write(folder, path, content, modified=AGED)


@contextmanager
def opened(index: IndexFolder) -> Iterator[tuple[PassageStore, dict[str, StoredDocument]]]:
    current = index.current()
    with closing(PassageStore.open(index.store, current.manifest.generation)) as store:
        yield store, {each.path: each for each in store.documents(current.manifest.number)}


def test_a_page_is_stored_with_its_text_and_what_it_says(folder: Path, index: IndexFolder) -> None:
    content = write_aged(folder, "page.html", PAGE).read_bytes()
    build(folder, index)
    with opened(index) as (store, documents):
        stored = documents["page.html"]
        text = store.text(stored)
        piece_map = store.map_of(stored)
        passages = list(store.passages_of(stored))
    assert text.startswith("Home and news\n\nThe ferry\n\nThe ferry & the bridge")
    assert (stored.title, stored.encoding, stored.media_type) == ("The ferry", None, "text/html")
    assert (stored.author, stored.published, stored.language) == ("Ann Bee", "2020-03-04", "en")
    extraction = stored.extraction
    assert extraction is not None
    assert (extraction.reader, extraction.warnings) == ("html/2", ())
    assert extraction.engine.startswith("turbohtml ")
    assert piece_map is not None
    start = text.index("bridge were")
    for piece in piece_map.within(Span(start, start + 30)).pieces:
        rebuilt = reconstruct(piece, piece_map.places[piece.place], content)
        assert rebuilt == text[piece.start : piece.end]
    repeated = [span.of(text) for passage in passages for span in passage.repeated]
    assert repeated == ["Home and news", "All rights reserved, every one of them."]
    assert passages[-1].heading == "The ferry"
    assert check_index(index) == []


def test_a_text_file_has_no_map(folder: Path, index: IndexFolder) -> None:
    write_aged(folder, "a.txt", "The river froze.")
    build(folder, index)
    with opened(index) as (store, documents):
        stored = documents["a.txt"]
        assert store.map_of(stored) is None
    assert (stored.encoding, stored.extraction) == ("utf-8", None)


@pytest.fixture
def mixed(folder: Path) -> Path:
    for path in SAMPLES.rglob("goldens/*"):
        if path.suffix != ".txt":
            shutil.copy(path, folder)
    write_aged(folder, "page.html", PAGE)
    write_aged(folder, "empty.html", "<script>app()</script>")
    write_aged(folder, "photo.jpg", JPEG)
    write_aged(folder, "photo.pdf", JPEG)
    write_aged(folder, "letter.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest")
    write_aged(folder, "wrong.pdf", "no PDF at all")
    return folder


def test_every_format_is_read_and_counted(mixed: Path, index: IndexFolder) -> None:
    report = build(mixed, index)
    assert check_index(index) == []
    line = formats_line(report.formats, report.skipped)
    for said in ("3 PDF (1 damaged)", "2 subtitles", "EPUB", "2 HTML (1 without text)", "mail"):
        assert said in line
    assert line.endswith("not read: 2 JPEG, 1 .doc")
    counts = formats_json(report.formats, report.skipped)
    assert counts["read"]["html"] == {"documents": 1, "refused": {"no text": 1}}
    assert counts["not_read"] == {"JPEG": 2, ".doc": 1}
    with opened(index) as (store, _):
        assert store.formats(index.current().manifest.number) == report.formats
    reasons = {each.path: (each.reason, each.detail) for each in report.skipped}
    assert reasons["wrong.pdf"] == (
        SkipReason.DAMAGED,
        "its name says PDF, but its content is something else",
    )
    again = build(mixed, index)
    assert (again.published, formats_line(again.formats, again.skipped)) == (False, line)


def test_a_folder_of_text_has_no_formats(folder: Path, index: IndexFolder) -> None:
    write_aged(folder, "a.txt", "The river froze.")
    report = build(folder, index)
    assert formats_line(report.formats, report.skipped) == ""
    assert formats_json(report.formats, report.skipped) == {"read": {}, "not_read": {}}


def test_skipped_files_are_kept_with_the_generation(folder: Path, index: IndexFolder) -> None:
    write_aged(folder, "a.txt", "The river froze.")
    assert build(folder, index).published
    write_aged(folder, "photo.jpg", JPEG)
    report = build(folder, index)
    assert report.published
    assert read_skipped(index.current().folder.skipped) == report.skipped
    assert not build(folder, index).published


def test_a_refused_file_is_not_read_again_until_itchanges_of(
    folder: Path, index: IndexFolder
) -> None:
    write_aged(folder, "empty.html", "<script>app()</script>")
    write_aged(folder, "a.txt", "The river froze.")
    build(folder, index)
    [kept] = read_skipped(index.current().folder.skipped)
    assert kept.source is not None
    assert kept.reader.startswith("html/2 turbohtml")
    assert changes_of(folder, index) == []
    write(folder, "empty.html", "<p>Now it has text.")
    assert changes_of(folder, index) == ["empty.html"]
    assert build(folder, index).added == 1


def test_skipped_files_of_an_unchanged_archive_stay_reported(
    folder: Path, index: IndexFolder
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "The river froze.")
        archive.writestr("photo.jpg", JPEG)
        archive.writestr("empty.html", "<script>app()</script>")
    write_aged(folder, "a.zip", packed.getvalue())
    first = build(folder, index)
    assert [(each.path, each.reason) for each in first.skipped] == [
        ("a.zip!/empty.html", SkipReason.NO_TEXT),
        ("a.zip!/photo.jpg", SkipReason.UNSUPPORTED),
    ]
    second = build(folder, index)
    assert (second.skipped, second.published) == (first.skipped, False)


def changes_of(folder: Path, index: IndexFolder) -> list[str]:
    """Return the files that the next build would read."""
    from indexer.building.planning.plan import changes_of
    from indexer.building.task import known_documents

    task = BuildTask(folder, index, LEXICAL)
    current = index.current()
    with closing(PassageStore.open(index.store, current.manifest.generation)) as store:
        known = known_documents(index, store, current)
    skipped = read_skipped(current.folder.skipped)
    return [
        each.path for each in changes_of(task, task.walk(), known, skipped, verify=False).to_read
    ]


def test_what_another_reader_has_read_is_read_anew(folder: Path, index: IndexFolder) -> None:
    write_aged(folder, "page.html", PAGE)
    write_aged(folder, "a.txt", "The river froze.")
    build(folder, index)
    assert changes_of(folder, index) == []
    with opened(index) as (_, documents):
        stored = documents["page.html"]
    assert stored.extraction is not None
    older = stored._replace(packed_extraction=stored.extraction._replace(reader="html/0").packed())
    altered(index, older)
    assert changes_of(folder, index) == ["page.html"]
    report = build(folder, index)
    assert (report.changed, report.unchanged) == (1, 1)
    assert changes_of(folder, index) == []


def altered(index: IndexFolder, stored: StoredDocument) -> None:
    sealed = stored.sealed()
    with closing(sqlite3.connect(index.store)) as connection:
        connection.execute(
            "UPDATE documents SET extraction = ?, checksum = ? WHERE document = ?",
            (sealed.packed_extraction, sealed.checksum, sealed.document),
        )
        connection.commit()


def test_an_encoding_that_a_person_names_is_used_for_pages(
    folder: Path, index: IndexFolder
) -> None:
    write_aged(folder, "page.html", "<p>Fähre über den Fluß".encode("cp850"))
    write_aged(folder, ".spanlight.toml", '[encodings]\n"*.html" = "cp850"\n')
    build(folder, index)
    with opened(index) as (store, documents):
        assert store.text(documents["page.html"]) == "Fähre über den Fluß"
    write_aged(folder, ".spanlight.toml", '[encodings]\n"*.html" = "cp437"\n')
    assert changes_of(folder, index) == ["page.html"]


@pytest.mark.parametrize("damage", ["altered", "missing", "unlike"])
def test_a_check_finds_damaged_maps(folder: Path, index: IndexFolder, damage: str) -> None:
    write_aged(folder, "page.html", PAGE)
    build(folder, index)
    with closing(sqlite3.connect(index.store)) as connection:
        [(document, packed)] = connection.execute("SELECT document, packed FROM maps").fetchall()
        if damage == "altered":
            connection.execute("UPDATE maps SET packed = ?", (packed[:-1] + b"x",))
        elif damage == "missing":
            connection.execute("DELETE FROM maps")
        else:
            other = IndexFolder(index.path.parent / "other")
            write_aged(folder, "page.html", "<p>Another page, which is shorter.")
            build(folder, other)
            with closing(sqlite3.connect(other.store)) as of_other:
                [(packed,)] = of_other.execute("SELECT packed FROM maps").fetchall()
            stored = StoredMap.of(document, packed)
            connection.execute("UPDATE maps SET packed = ?, checksum = ?", stored[1:])
        connection.commit()
    [problem] = check_index(index)
    assert "page.html" in problem
    assert "map" in problem


def test_maps_go_with_their_documents(folder: Path, index: IndexFolder) -> None:
    page = write_aged(folder, "page.html", PAGE)
    write_aged(folder, "a.txt", "The river froze.")
    build(folder, index)
    page.unlink()
    build(folder, index)
    with closing(StoreWriter(index.store)) as store:
        store.prune(index.next_number())
    with closing(sqlite3.connect(index.store)) as connection:
        assert connection.execute("SELECT count(*) FROM maps").fetchone() == (0,)


def verbatim(folder: Path, index: IndexFolder) -> BuildReport:
    return build_index(BuildTask(folder, index, replace(LEXICAL, verbatim="html")))


def test_markup_can_be_indexed_as_it_is(folder: Path, index: IndexFolder) -> None:
    write_aged(folder, "page.html", PAGE)
    verbatim(folder, index)
    with opened(index) as (store, documents):
        assert store.text(documents["page.html"]) == PAGE
        assert documents["page.html"].encoding == "utf-8"
