"""A short run of `stress.py formats`, and tests that its checks can fail."""

from pathlib import Path
from random import Random

import pytest

from indexer.documents import SkippedFile
from indexer.reading.extraction.formats.table import FORMATS
from indexer.reading.extraction.maps import PieceMap
from indexer.reading.readers import read_document
from tests.stress.__main__ import main
from tests.stress.formats.mutations import mutated
from tests.stress.formats.proof import faults_of
from tests.stress.formats.samples import ARCHIVES, Sample, samples

SOUND = samples()


def test_a_short_run(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["formats", "--files", "12"])
    shown = capsys.readouterr()
    assert status == 0, shown.out
    assert {line.split()[0] for line in shown.out.splitlines()} >= {*SOUND, "errors"}
    assert "pdf: 12 of 12" in shown.err


def test_every_format_is_damaged() -> None:
    assert {*SOUND} == {ARCHIVES, *(each.name for each in FORMATS)}


def test_an_unknown_format_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["formats", "--format", "docx"]) == 2
    assert "docx: choose from" in capsys.readouterr().err


def map_and_text(sample: Sample) -> tuple[PieceMap, str] | None:
    """Return what is read from a file, or None if it is refused."""
    document = read_document(*sample)
    if isinstance(document, SkippedFile):
        return None
    assert document.extraction is not None, sample.name
    return PieceMap(document.extraction.map), document.text


@pytest.mark.parametrize("name", sorted(SOUND.keys() - {ARCHIVES}))
def test_the_proof_holds_for_sound_files_and_fails_for_another_text(name: str) -> None:
    proved = 0
    for sample in SOUND[name]:
        if found := map_and_text(sample):
            pieces, text = found
            assert faults_of(text, pieces, sample.content) == []
            assert faults_of(f"{text} more", pieces, sample.content)
            proved += 1
    assert proved


def test_the_proof_fails_if_a_piece_is_elsewhere() -> None:
    page = b"<p>one two</p>"
    found = map_and_text(Sample("a.html", page))
    assert found is not None
    pieces, text = found
    assert faults_of(text, pieces, page) == []
    assert faults_of(text, pieces, b"<b>" + page) == [
        f"{piece} is not in the file" for piece in pieces.whole().pieces
    ]


def test_a_seed_gives_the_same_mutations() -> None:
    content = Path(__file__).read_bytes()
    assert mutated(content, Random(7)) == mutated(content, Random(7)) != content
