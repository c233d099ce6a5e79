"""Formats that pandoc and LibreOffice write, as people's programs do."""

import csv
import io
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from indexer.errors import UsageError
from scripts.benchmarking.formats.texts import Text
from scripts.benchmarking.formats.writing.plain import as_article

__all__ = ["PANDOC", "SOFFICE", "with_office", "with_pandoc"]

PANDOC = "pandoc"
SOFFICE = "soffice"
SECONDS = 600
SHEETS = {".xlsx", ".ods"}
# Commas between the cells, quotation marks around them, and the number of the encoding.
CSV_IN_UTF_8 = "CSV:44,34,76"


def with_pandoc(suffix: str) -> Callable[[Sequence[Text], Path], None]:
    """Return what writes texts to a folder as files with this suffix."""

    def write(texts: Sequence[Text], folder: Path) -> None:
        for text in texts:
            source = _slides(text) if suffix == ".pptx" else as_article(text).decode()
            kind = "markdown" if suffix == ".pptx" else "html"
            target = folder / f"{text.name}{suffix}"
            _run([PANDOC, "--standalone", "--from", kind, "--output", str(target)], source)

    return write


def with_office(suffix: str) -> Callable[[Sequence[Text], Path], None]:
    """Return what writes texts to a folder with LibreOffice, all in one run."""

    def write(texts: Sequence[Text], folder: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="spanlight-office-") as place:
            sources = _sources(suffix, texts, Path(place))
            options = ["--headless", f"-env:UserInstallation=file://{place}/profile"]
            target = f"{suffix[1:]}:writer_pdf_Export" if suffix == ".pdf" else suffix[1:]
            paths = [str(path) for path in sources]
            if suffix in SHEETS:
                options.append(f"--infilter={CSV_IN_UTF_8}")
            _run([SOFFICE, *options, "--convert-to", target, "--outdir", str(folder), *paths])

    return write


def _sources(suffix: str, texts: Sequence[Text], folder: Path) -> list[Path]:
    """Write what LibreOffice converts; return the paths."""
    contents: Mapping[str, bytes]
    if suffix in SHEETS:
        contents = {f"{text.name}.csv": _table(text) for text in texts}
    else:
        contents = {f"{text.name}.html": as_article(text) for text in texts}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]


def _table(text: Text) -> bytes:
    """Return a table with a row for each paragraph."""
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["Part", text.title])
    rows.writerows(enumerate(text.paragraphs, start=1))
    return table.getvalue().encode()


def _slides(text: Text) -> str:
    """Return Markdown with a slide for each paragraph."""
    slides = [f"## Part {number}\n\n{each}" for number, each in enumerate(text.paragraphs, 1)]
    return "\n\n".join([f"# {text.title}", *slides])


def _run(command: list[str], standard_input: str = "") -> None:
    try:
        subprocess.run(
            command,
            input=standard_input,
            text=True,
            check=True,
            timeout=SECONDS,
            capture_output=True,
        )
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip()[-500:]
        raise UsageError(f"{command[0]} ended with {error.returncode}: {said}") from None
