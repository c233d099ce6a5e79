"""An image of a page shows the marks where the words are, however the page is turned."""

import struct
import zlib

import pytest

from indexer.documents import SkipReason
from indexer.reading.extraction.maps import PieceMap
from indexer.reading.extraction.pdf.boxes import boxes_of
from indexer.reading.extraction.pdf.rendering import MOST_PIXELS, WIDEST, render_page
from indexer.reading.extraction.pieces import NotExtracted
from indexer.spans import Span
from tests.indexer.reading.extraction.pdf.pdf_writer import Page, encrypted, pdf, shown
from tests.indexer.reading.extraction.pdf.reading import read

WHITE = (255, 255, 255)


class Image:
    """The pixels of a PNG."""

    def __init__(self, png: bytes) -> None:
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        parts = {}
        at = 8
        while at < len(png):
            length, name = struct.unpack(">I4s", png[at : at + 8])
            data = png[at + 8 : at + 8 + length]
            [checksum] = struct.unpack(">I", png[at + 8 + length : at + 12 + length])
            assert checksum == zlib.crc32(name + data)
            parts[name] = data
            at += length + 12
        self.width, self.height, *kind = struct.unpack(">IIBBBBB", parts[b"IHDR"])
        assert kind == [8, 2, 0, 0, 0]
        lines = zlib.decompress(parts[b"IDAT"])
        stride = 3 * self.width + 1
        assert len(lines) == stride * self.height
        self._lines = [lines[at : at + stride] for at in range(0, len(lines), stride)]
        assert {line[0] for line in self._lines} == {0}

    def pixel(self, x: float, y: float) -> tuple[int, ...]:
        """Return red, green and blue at this place; 0 is left and up, 1 is right and down."""
        line = self._lines[int(y * self.height)]
        at = 1 + 3 * int(x * self.width)
        return tuple(line[at : at + 3])

    def marked(self) -> tuple[float, float, float, float]:
        """Return the left, upper, right and lower edge of what is yellow."""
        found = [
            (x / self.width, y / self.height)
            for y, line in enumerate(self._lines)
            for x in range(self.width)
            if line[3 * x + 1] > 200 and line[3 * x + 3] < 120
        ]
        return (
            min(x for x, _ in found),
            min(y for _, y in found),
            max(x for x, _ in found),
            max(y for _, y in found),
        )


def marked(content: bytes, words: str, width: int = 600) -> Image:
    extraction = read(content)
    start = extraction.text.index(words)
    packed = PieceMap.of(extraction)
    part = packed.within(Span(start, start + len(words)))
    [page] = boxes_of(part, packed.places, extraction.text)
    return Image(render_page(content, page.page - 1, page.boxes, width))


@pytest.mark.parametrize(
    ("turn", "edges"),
    [
        # The word is at 150 to 180 of 300 points from the left and at 160 of 200 from below.
        (0, (0.50, 0.15, 0.60, 0.21)),
        (90, (0.79, 0.50, 0.85, 0.60)),
        (180, (0.40, 0.79, 0.50, 0.85)),
        (270, (0.15, 0.40, 0.21, 0.50)),
    ],
)
def test_a_mark_lies_on_its_word(turn: int, edges: tuple[float, ...]) -> None:
    content = pdf(Page(shown("Other") + shown("Here", at=(150, 160)), f"/Rotate {turn}"))
    image = marked(content, "Here")
    assert (image.width, image.height) == ((600, 400) if turn in (0, 180) else (600, 900))
    assert image.marked() == pytest.approx(edges, abs=0.02)
    assert image.pixel(0.02, 0.02) == WHITE


def test_a_mark_lies_on_its_word_where_the_page_is_not_at_the_origin() -> None:
    content = pdf(Page(shown("Here", at=(150, 160)), "/CropBox [100 100 200 200]"))
    assert marked(content, "Here").marked() == pytest.approx((0.5, 0.3, 0.77, 0.42), abs=0.03)


def test_letters_show_through_a_mark() -> None:
    image = marked(pdf(shown("IIII", at=(0, 0), size=200)), "IIII")
    pixels = {image.pixel(x / 100, 0.5) for x in range(100)}
    assert (0, 0, 0) in pixels
    assert (255, 221, 64) in pixels


def test_an_image_has_no_more_pixels_than_its_limits() -> None:
    long = Image(render_page(pdf(shown("a"), box="/MediaBox [0 0 10 14000]"), 0, (), 1_000))
    assert MOST_PIXELS * 0.9 < long.width * long.height < MOST_PIXELS * 1.1
    wide = Image(render_page(pdf(shown("a"), box="/MediaBox [0 0 14000 10]"), 0, (), 99_999))
    assert wide.width == WIDEST


def test_a_page_with_the_empty_password_is_rendered() -> None:
    image = Image(render_page(encrypted("Open", b""), 0, (), 30))
    assert (image.width, image.height) == (30, 20)


def test_a_page_that_is_not_there_is_refused() -> None:
    with pytest.raises(NotExtracted, match="there is no page 2") as refused:
        render_page(pdf(shown("a")), 1, (), 100)
    assert refused.value.reason is SkipReason.DAMAGED
