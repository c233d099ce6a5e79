"""Damaged and hostile PDFs cost nothing but themselves, and give no piece that is not in them."""

import random
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.indexer.reading.extraction.pdf.pdf_samples import SAMPLES, page_tree_loop
from tests.indexer.reading.extraction.pdf.pdf_writer import Page, PdfWriter, pdf, shown
from tests.indexer.reading.extraction.pdf.reading_child import outcomes

REFUSALS = {"damaged", "encrypted", "no text", "too costly"}
MUTATIONS = 400


def written(folder: Path, files: Iterator[bytes]) -> Iterator[Path]:
    for number, content in enumerate(files):
        path = folder / f"{number}.pdf"
        path.write_bytes(content)
        yield path


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Return a file with some bytes changed, left out, doubled, or replaced by parts of it."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data) + 1)
        length = chance.choice([1, 1, 2, 8, 60])
        match chance.randrange(5):
            case 0:
                data[at : at + length] = chance.randbytes(length)
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = data[at : at + length]
            case 3:
                start = chance.randrange(len(data) + 1)
                data[at : at + length] = data[start : start + length]
            case 4:
                data[at : at + 1] = str(chance.choice([0, -1, 7, 2**31, 10**18])).encode()
    return bytes(data)


def mutations() -> Iterator[bytes]:
    chance = random.Random(15)
    samples = [make() for make in SAMPLES.values()]
    for _ in range(MUTATIONS):
        yield mutated(chance.choice(samples), chance)


def test_mutated_files_are_read_or_refused(tmp_path: Path) -> None:
    found = [*outcomes(written(tmp_path, mutations()))]
    assert set(found) <= {"read", "died", *REFUSALS}
    assert found.count("read") > MUTATIONS // 3
    assert found.count("died") <= MUTATIONS // 100


def bomb() -> bytes:
    """A page whose content unpacks to 100 MB of blanks."""
    content = zlib.compress(b" " * 100_000_000 + shown("The end").encode(), 9)
    return pdf(Page(content, filter="/Filter /FlateDecode"))


def billion_pages() -> bytes:
    writer = PdfWriter()
    writer.add("<< /Type /Pages /Count 1000000000 /Kids [2 0 R] /MediaBox [0 0 9 9] >>")
    writer.add("<< /Type /Page /Parent 1 0 R >>")
    return writer.finish(writer.add("<< /Type /Catalog /Pages 1 0 R >>"))


def nested_arrays() -> bytes:
    return pdf(shown("a"), catalog="/Deep " + "[" * 1_000_000)


def endless_outline() -> bytes:
    """An entry of the outline that is its own child and its own sibling."""
    writer = PdfWriter()
    writer.add("<< /Type /Pages /Count 1 /Kids [2 0 R] /MediaBox [0 0 99 99] >>")
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    writer.add(
        f"<< /Type /Page /Parent 1 0 R /Contents 3 0 R /Resources << /Font << /F {font} >> >> >>"
    )
    writer.stream(shown("a", at=(9, 9)))
    writer.add("<< /Title (a) /First 4 0 R /Next 4 0 R /Dest [2 0 R /Fit] >>")
    return writer.finish(
        writer.add("<< /Type /Catalog /Pages 1 0 R /Outlines << /First 4 0 R >> >>")
    )


def endless_form() -> bytes:
    """A form that draws itself."""
    writer = PdfWriter()
    writer.add("<< /Type /Pages /Count 1 /Kids [2 0 R] /MediaBox [0 0 99 99] >>")
    writer.add(
        "<< /Type /Page /Parent 1 0 R /Contents 3 0 R /Resources << /XObject << /X 4 0 R >> >> >>"
    )
    writer.stream("/X Do")
    writer.stream(
        "/X Do",
        "/Type /XObject /Subtype /Form /Resources << /XObject << /X 4 0 R >> >> /BBox [0 0 9 9]",
    )
    return writer.finish(writer.add("<< /Type /Catalog /Pages 1 0 R >>"))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (page_tree_loop, {"damaged"}),
        (bomb, {"read", "died", "no text"}),
        (billion_pages, {"damaged", "no text", "too costly"}),
        (nested_arrays, {"read", "damaged"}),
        (endless_outline, {"read"}),
        (endless_form, {"no text"}),
    ],
)
def test_a_hostile_file_is_read_or_refused(
    make: Callable[[], bytes], expected: set[str], tmp_path: Path
) -> None:
    assert {*outcomes(written(tmp_path, iter([make()])))} <= expected
