"""The text and the pieces of small PDFs, as golden files.

`chromium.pdf` is a page of HTML that Chromium printed, and `libreoffice.pdf` one that LibreOffice
exported; the others are written by `pdf_samples`. `pytest PATH --update-golden` rewrites the files.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.reading.extraction.pieces import Extraction
from tests.indexer.reading.extraction.pdf.pdf_samples import SAMPLES
from tests.indexer.reading.extraction.pdf.reading import read

GOLDENS = Path(__file__).parent / "goldens"
PROGRAMS = ["chromium", "libreoffice"]


def listing(extraction: Extraction) -> Iterator[str]:
    """Yield all that an extraction says, a line for each thing."""
    for name, value in extraction.metadata._asdict().items():
        if value is not None:
            yield f"{name}: {value}"
    yield from (f"warning: {warning}" for warning in extraction.warnings)
    yield from (
        f"heading {each.level} at {each.start}: {each.title}" for each in extraction.headings
    )
    yield from (f"repeated: {span.start} to {span.end}" for span in extraction.repeated)
    yield from (f"{mark.kind} {mark.label} at {mark.start}" for mark in extraction.marks)
    yield from (f"box of page {each.name}: {each.box} {each.rotate}" for each in extraction.places)
    yield from ("", extraction.text, "")
    for piece, box in zip(extraction.pieces, extraction.boxes, strict=True):
        word = extraction.text[piece.start : piece.end]
        yield (
            f"{piece.start} to {piece.end} {word!r}: page {piece.place}, "
            f"{piece.source_start} to {piece.source_end}, box {box}"
        )


@pytest.mark.parametrize("name", [*SAMPLES, *PROGRAMS])
def test_text_and_pieces_are_those_of_the_golden_file(
    name: str, pytestconfig: pytest.Config
) -> None:
    made = SAMPLES.get(name, (GOLDENS / f"{name}.pdf").read_bytes)
    found = "\n".join(listing(read(made()))) + "\n"
    golden = GOLDENS / f"{name}.txt"
    if pytestconfig.getoption("--update-golden"):
        golden.write_text(found, "utf-8", newline="")
    assert found == golden.read_text("utf-8")
