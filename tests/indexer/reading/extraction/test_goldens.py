"""The text and pieces of small files, held to what was once looked at.

pandoc made `pandoc.*` from Markdown, and `harbour.rtf`. LibreOffice made `libreoffice.*` from a
text with tracked changes, notes, hidden text, a frame and a table in a table, from the slides and
from a CSV file, and `russian.rtf` from HTML. Pictures and the layouts of slides were removed.
Python's email package made the mails, but `japanese.eml`, `wrong-charset.eml` and all other files
were written by hand. `--update-golden` accepts a change.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.reading.extraction.mail.reader import read_mail, read_mbox
from indexer.reading.extraction.marked.notebook import read_notebook
from indexer.reading.extraction.marked.rtf import read_rtf
from indexer.reading.extraction.marked.subtitles import read_subtitles
from indexer.reading.extraction.office.ebook import read_ebook
from indexer.reading.extraction.office.open_document.reader import read_open_document
from indexer.reading.extraction.office.slides import read_slides
from indexer.reading.extraction.office.word.reader import read_word
from indexer.reading.extraction.office.workbook.reader import read_workbook
from indexer.reading.extraction.pieces import LIMITS, Extraction, Limits
from tests.indexer.reading.extraction.proof import require_proof, shown

GOLDENS = Path(__file__).parent / "goldens"
READERS: dict[str, Callable[[str, bytes, Limits], Extraction]] = {
    ".docx": read_word,
    ".pptx": read_slides,
    ".odt": read_open_document,
    ".odp": read_open_document,
    ".epub": read_ebook,
    ".xlsx": read_workbook,
    ".xls": read_workbook,
    ".ods": read_workbook,
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
