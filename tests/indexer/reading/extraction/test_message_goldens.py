"""The text and pieces of small mails, notebooks, subtitles and RTF, held to what was looked at.

The mails were made with Python's email package, `harbour.rtf` with pandoc, `russian.rtf` with
LibreOffice from HTML, `japanese.eml`, `wrong-charset.eml` and all others by hand.
`--update-golden` accepts a change.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.reading.extraction.mail.reader import read_mail, read_mbox
from indexer.reading.extraction.marked.notebook import read_notebook
from indexer.reading.extraction.marked.rtf import read_rtf
from indexer.reading.extraction.marked.subtitles import read_subtitles
from indexer.reading.extraction.pieces import LIMITS, Extraction, Limits
from tests.indexer.reading.extraction.proof import require_proof, shown

GOLDENS = Path(__file__).parent / "goldens"
READERS: dict[str, Callable[[str, bytes, Limits], Extraction]] = {
    ".eml": read_mail,
    ".mbox": read_mbox,
    ".ipynb": read_notebook,
    ".rtf": read_rtf,
    ".srt": read_subtitles,
    ".vtt": read_subtitles,
}
FILES = sorted(path.name for path in GOLDENS.iterdir() if path.suffix in READERS)


@pytest.mark.parametrize("name", FILES)
def test_text_and_pieces_are_as_before(name: str, pytestconfig: pytest.Config) -> None:
    path = GOLDENS / name
    content = path.read_bytes()
    extraction = READERS[path.suffix](name, content, LIMITS)
    require_proof(extraction, content)
    golden = path.with_name(name + ".golden")
    if pytestconfig.getoption("--update-golden"):
        golden.write_text(shown(extraction), "utf-8")
    assert shown(extraction) == golden.read_text("utf-8")
