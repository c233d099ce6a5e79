"""The boxes of a span lie on its words: held against poppler, which is another engine."""

import re
import shutil
import subprocess
from collections import Counter
from html import unescape
from pathlib import Path

import pytest

from indexer.reading.extraction.maps import PieceMap
from indexer.reading.extraction.pdf.boxes import PageBoxes, boxes_of
from indexer.spans import Span
from tests.indexer.reading.extraction.pdf.pdf_samples import SAMPLES
from tests.indexer.reading.extraction.pdf.pdf_writer import Page, pdf, shown
from tests.indexer.reading.extraction.pdf.reading import read

GOLDENS = Path(__file__).parent / "goldens"
ARTICLE = """
<html lang="en"><title>Waters</title><style>@page { size: A5 } .two { columns: 2 }</style>
<h1>Waters of the island</h1>
<p>The affluent of the river flows through fields &amp; meadows, where it is
<i>slow</i>, <b>wide</b> and <span style="font-size: 200%">deep</span>; nobody fishes there.</p>
<div class="two"><p>{long}</p><p>{long}</p></div>
<table><tr><td>Year<td>Rain<tr><td>2020<td>812 mm<tr><td>2021<td>790 mm</table>
<p style="writing-mode: vertical-rl">Upright letters</p>
<div style="page-break-before: always">The second page is short.</div>
""".replace("{long}", "Springs in the hills feed the wells of the villages all year round. " * 9)
WORD = re.compile(
    r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>'
)
# How far the centre of a word may be outside of poppler's box, in points.
TOLERANCE = 1.0

poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext is missing: install poppler-utils"
)


def lines_of(content: bytes, words: str) -> list[PageBoxes]:
    extraction = read(content)
    start = extraction.text.index(words)
    packed = PieceMap.of(extraction)
    part = packed.within(Span(start, start + len(words)))
    return boxes_of(part, packed.places, extraction.text)


def test_words_of_one_line_have_one_box() -> None:
    content = pdf(shown("The first line", "and the second"))
    [page] = lines_of(content, "first line\nand")
    assert (page.page, page.label, page.box, page.rotate) == (1, "1", (0, 0, 300, 200), 0)
    first, second = page.boxes
    assert first[0] > 40
    assert (first[1], first[3]) == pytest.approx((150, 159), abs=1)
    assert second == pytest.approx((20, 136, 40, 145), abs=1)


def test_a_part_of_a_word_has_the_box_of_the_word() -> None:
    content = pdf(shown("A lighthouse"))
    assert lines_of(content, "house") == lines_of(content, "lighthouse")


def test_words_of_several_pages_are_with_their_pages() -> None:
    content = pdf(shown("It begins"), shown("and goes on"), shown("and ends"))
    pages = lines_of(content, "begins\n\nand goes on\n\nand")
    assert [(page.page, len(page.boxes)) for page in pages] == [(1, 1), (2, 1), (3, 1)]


def test_blanks_have_no_box() -> None:
    assert lines_of(pdf(shown("one two")), " ") == []


def test_the_text_may_be_that_of_the_passage_alone() -> None:
    extraction = read(pdf(shown("one two", "three"), shown("four")))
    packed = PieceMap.of(extraction)
    part = packed.within(Span(4, 18))
    whole = boxes_of(part, packed.places, extraction.text)
    assert boxes_of(part, packed.places, extraction.text[4:18], 4) == whole
    assert [len(page.boxes) for page in whole] == [2, 1]


def test_boxes_of_a_turned_page_are_those_before_it_was_turned() -> None:
    lines = shown("The first line", "and the second")
    upright = lines_of(pdf(lines), "first line\nand")[0].boxes
    for turn in (90, 180, 270):
        [page] = lines_of(pdf(Page(lines, f"/Rotate {turn}")), "first line\nand")
        assert (page.rotate, page.boxes) == (turn, upright)


# Against poppler


def poppler_words(content: bytes, folder: Path) -> list[tuple[str, list[float]]]:
    """Return the words that poppler finds and their boxes, with their origin at the upper left."""
    path = folder / "a.pdf"
    path.write_bytes(content)
    arguments = ["pdftotext", "-bbox", "-cropbox", str(path), "-"]
    found = subprocess.run(arguments, capture_output=True, check=True).stdout.decode()
    return [
        (unescape(match[5]), [float(edge) for edge in match.groups()[:4]])
        for match in WORD.finditer(found)
    ]


def our_words(content: bytes) -> list[tuple[str, float, float]]:
    """Return the words and the centres of their boxes, as poppler counts."""
    extraction = read(content)
    words = []
    for piece, box in zip(extraction.pieces, extraction.boxes, strict=True):
        place = extraction.places[piece.place]
        left, bottom, right, top = place.box
        x, y = (box[0] + box[2]) / 200, (box[1] + box[3]) / 200
        turned = {
            0: (x - left, top - y),
            90: (y - bottom, x - left),
            180: (right - x, y - bottom),
            270: (top - y, right - x),
        }
        words.append((extraction.text[piece.start : piece.end], *turned[place.rotate]))
    return words


def check_against_poppler(content: bytes, folder: Path) -> None:
    """Check that each word that both know lies where poppler finds it, and that few are missing."""
    theirs, ours = poppler_words(content, folder), our_words(content)
    known = Counter(word for word, *_ in ours)
    recalled = sum((Counter(word for word, _ in theirs) & known).values())
    assert recalled >= 0.98 * len(theirs)
    boxes: dict[str, list[list[float]]] = {}
    for word, box in theirs:
        boxes.setdefault(word, []).append(box)
    for word, x, y in ours:
        if word in boxes:
            assert any(
                left - TOLERANCE <= x <= right + TOLERANCE
                and top - TOLERANCE <= y <= bottom + TOLERANCE
                for left, top, right, bottom in boxes[word]
            ), (word, x, y, boxes[word])


@poppler
@pytest.mark.parametrize(
    "name", ["two_columns", "rotated", "inherited_box", "outline", "chromium", "libreoffice"]
)
def test_words_of_samples_lie_where_poppler_finds_them(name: str, tmp_path: Path) -> None:
    made = SAMPLES.get(name, (GOLDENS / f"{name}.pdf").read_bytes)
    check_against_poppler(made(), tmp_path)


@poppler
@pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is missing")
def test_words_of_a_printed_page_lie_where_poppler_finds_them(tmp_path: Path) -> None:
    (tmp_path / "article.html").write_text(ARTICLE)
    subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu"),
            *(f"--user-data-dir={tmp_path / 'profile'}", f"--print-to-pdf={tmp_path / 'b.pdf'}"),
            str(tmp_path / "article.html"),
        ],
        check=True,
        capture_output=True,
    )
    check_against_poppler((tmp_path / "b.pdf").read_bytes(), tmp_path)


@poppler
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is missing")
def test_words_of_an_office_file_lie_where_poppler_finds_them(tmp_path: Path) -> None:
    (tmp_path / "article.html").write_text(ARTICLE)
    subprocess.run(
        [
            *("soffice", f"-env:UserInstallation=file://{tmp_path / 'profile'}", "--headless"),
            *("--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "article.html")),
        ],
        check=True,
        capture_output=True,
    )
    check_against_poppler((tmp_path / "article.pdf").read_bytes(), tmp_path)
