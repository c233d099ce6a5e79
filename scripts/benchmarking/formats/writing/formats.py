"""The formats that texts are written in, and what writes each: the only list of them."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from scripts.benchmarking.formats.texts import Text
from scripts.benchmarking.formats.writing.plain import (
    as_html,
    as_mail,
    as_mailbox,
    as_notebook,
    as_subtitles,
    as_text,
    as_zip,
)
from scripts.benchmarking.formats.writing.programs import (
    PANDOC,
    SOFFICE,
    with_office,
    with_pandoc,
)

__all__ = ["TEXT", "WRITTEN", "WrittenFormat", "missing_programs"]

_Write = Callable[[Sequence[Text], Path], None]


class WrittenFormat(NamedTuple):
    """A format, and what writes texts to a folder in it. `program` is what that takes."""

    name: str
    suffix: str
    write: _Write
    program: str = ""


def _by_python(name: str, suffix: str, content: Callable[[Text], bytes]) -> WrittenFormat:
    def write(texts: Sequence[Text], folder: Path) -> None:
        for text in texts:
            (folder / f"{text.name}{suffix}").write_bytes(content(text))

    return WrittenFormat(name, suffix, write)


TEXT = _by_python("text", ".txt", as_text)
WRITTEN = (
    _by_python("HTML", ".html", as_html),
    WrittenFormat("PDF", ".pdf", with_office(".pdf"), SOFFICE),
    WrittenFormat("Word", ".docx", with_pandoc(".docx"), PANDOC),
    WrittenFormat("OpenDocument", ".odt", with_pandoc(".odt"), PANDOC),
    WrittenFormat("PowerPoint", ".pptx", with_pandoc(".pptx"), PANDOC),
    WrittenFormat("EPUB", ".epub", with_pandoc(".epub"), PANDOC),
    WrittenFormat("RTF", ".rtf", with_pandoc(".rtf"), PANDOC),
    WrittenFormat("Excel", ".xlsx", with_office(".xlsx"), SOFFICE),
    _by_python("mail", ".eml", as_mail),
    _by_python("mailbox", ".mbox", as_mailbox),
    _by_python("notebook", ".ipynb", as_notebook),
    _by_python("subtitles", ".srt", as_subtitles),
    _by_python("zip", ".zip", as_zip),
)


def missing_programs() -> list[str]:
    """Return the programs that are needed and not installed."""
    programs = {each.program for each in WRITTEN if each.program}
    return sorted(program for program in programs if shutil.which(program) is None)
