"""`benchmark.py formats` and `benchmark.py mixed`: files are written, then read or searched."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from indexer.config import NO_MODEL
from indexer.errors import UsageError
from indexer.index.folder import IndexFolder
from scripts.benchmarking.corpus.copied import Corpus
from scripts.benchmarking.figures.machine import describe_machine
from scripts.benchmarking.figures.memory import MEGABYTE
from scripts.benchmarking.figures.output import console_beside, write_json
from scripts.benchmarking.formats.finding import FolderFigures, measure_finding
from scripts.benchmarking.formats.options import FormatsOptions
from scripts.benchmarking.formats.reading import ReadingFigures, measure_reading
from scripts.benchmarking.formats.texts import Text, asked_of, texts_of
from scripts.benchmarking.formats.writing.formats import (
    TEXT,
    WRITTEN,
    WrittenFormat,
    missing_programs,
)
from scripts.benchmarking.speed.building import BuildRun, run_build

__all__ = ["run"]

# The first day of 2024.
WRITTEN_AT = 1_704_067_200


def run(options: FormatsOptions) -> None:
    """Measure, print the tables, and write the figures if a file was given."""
    if options.data is None and options.judged is None:
        raise UsageError("give the texts: --judged SET")
    if options.data is None and (missing := missing_programs()):
        raise UsageError(f"install what writes the files: {', '.join(missing)}")
    machine = describe_machine()
    console = console_beside(options.json)
    console.print(str(machine), highlight=False)
    with tempfile.TemporaryDirectory(prefix="spanlight-benchmark-") as work:
        measure = _measure_speed if options.what == "formats" else _measure_finding
        tables, figures = measure(options, Path(work))
    for table in tables:
        console.print(table)
    write_json(options.json, {"machine": machine.as_json(), **figures})


def _measure_speed(options: FormatsOptions, work: Path) -> tuple[list[Table], dict[str, Any]]:
    if options.data is not None:
        read = measure_reading(path for path in options.data.rglob("*") if path.is_file())
        return [_reading_table(read)], {"reading": [each.as_json() for each in read]}
    assert options.judged is not None
    texts = texts_of(options.judged, options.texts)
    read = []
    for each in WRITTEN:
        read += measure_reading(_written(work / "single", {each: texts}).glob(f"*{each.suffix}"))
    builds = {
        name: [run_build(_corpus(folder), work / f"{name}.index", NO_MODEL) for _ in range(2)]
        for name, folder in (
            ("text", _written(work / "text", {TEXT: texts})),
            ("mixed", _written(work / "mixed", _shared(texts))),
        )
    }
    figures = {
        "reading": [each.as_json() for each in read],
        "builds": {name: [each.as_json() for each in runs] for name, runs in builds.items()},
    }
    return [_reading_table(read), _building_table(builds)], figures


def _measure_finding(options: FormatsOptions, work: Path) -> tuple[list[Table], dict[str, Any]]:
    assert options.judged is not None
    texts = texts_of(options.judged, options.texts)
    asked = asked_of(options.judged, texts, options.queries)
    shared = _shared(texts)
    formats = {each.name: some for each, some in shared.items()}
    found = {
        name: measure_finding(
            folder, IndexFolder(work / f"{name}.index"), options.model, asked, formats
        )
        for name, folder in (
            ("text", _written(work / "text", {TEXT: texts})),
            ("mixed", _written(work / "mixed", shared)),
        )
    }
    figures = {name: each.as_json() for name, each in found.items()}
    return [_questions_table(found), _sentences_table(found)], figures


def _shared(texts: Sequence[Text]) -> dict[WrittenFormat, list[Text]]:
    """Give each format its share of the texts, in turn; with few texts, some formats get none."""
    formats = WRITTEN[: len(texts)]
    return {each: list(texts[number :: len(WRITTEN)]) for number, each in enumerate(formats)}


def _written(folder: Path, texts: Mapping[WrittenFormat, Sequence[Text]]) -> Path:
    folder.mkdir(exist_ok=True)
    for each, some in texts.items():
        each.write(some, folder)
        if lacking := [
            text.id for text in some if not (folder / f"{text.name}{each.suffix}").exists()
        ]:
            raise UsageError(f"{each.program} has not written {len(lacking)} {each.name} files")
    for path in folder.iterdir():
        # A build reads files again that were written just before it.
        os.utime(path, (WRITTEN_AT, WRITTEN_AT))
    return folder


def _corpus(folder: Path) -> Corpus:
    sizes = [path.stat().st_size for path in folder.iterdir()]
    return Corpus(folder, len(sizes), sum(sizes) / MEGABYTE, ())


def _reading_table(read: Sequence[ReadingFigures]) -> Table:
    table = Table(title="Reading, by processor time", title_justify="left")
    table.add_column("", no_wrap=True)
    for column in ("files", "MB", "files/s", "MB/s", "MB of text/s", "pages/s", "peak MB"):
        table.add_column(column, justify="right")
    for each in read:
        rates = (each.megabytes / each.seconds, each.text_megabytes / each.seconds)
        table.add_row(
            each.format,
            f"{each.files:,}",
            f"{each.megabytes:.1f}",
            f"{each.files / each.seconds:,.0f}",
            *[f"{rate:.1f}" for rate in rates],
            f"{each.pages / each.seconds:,.0f}" if each.pages else "",
            f"{each.peak_megabytes:.0f}",
        )
    return table


def _building_table(builds: Mapping[str, Sequence[BuildRun]]) -> Table:
    table = Table(title="Builds without a model", title_justify="left")
    for column in ("", *builds):
        table.add_column(column, justify="right" if column else "left")
    fresh, unchanged = zip(*builds.values(), strict=True)
    table.add_row("files", *[f"{each.files:,}" for each in fresh])
    table.add_row("passages", *[f"{each.passages:,}" for each in fresh])
    table.add_row("new, s", *[f"{each.seconds:.2f}" for each in fresh])
    table.add_row("nothing changed, s", *[f"{each.seconds:.2f}" for each in unchanged])
    table.add_row("peak MB", *[f"{each.peak.resident:.0f}" for each in fresh])
    return table


def _questions_table(found: Mapping[str, FolderFigures]) -> Table:
    table = Table(title="Questions in hybrid mode", title_justify="left")
    for column in ("", *found):
        table.add_column(column, justify="right" if column else "left")
    table.add_row("questions", *[f"{each.questions:,}" for each in found.values()])
    table.add_row("first hit right", *[f"{each.first:,}" for each in found.values()])
    table.add_row("MRR@10", *[f"{each.mrr:.3f}" for each in found.values()])
    table.add_row("files not read", *[f"{each.refused:,}" for each in found.values()])
    return table


def _sentences_table(found: Mapping[str, FolderFigures]) -> Table:
    title = "Sentences that find their file first: in hybrid mode / quoted, by words"
    table = Table(title=title, title_justify="left")
    for column in ("written as", "files", *found):
        table.add_column(column, justify="left" if column == "written as" else "right")
    for name, number in next(iter(found.values())).sentences.items():
        cells = [
            f"{each.sentences_first[name]} / {each.quotations_first[name]}"
            for each in found.values()
        ]
        table.add_row(name, f"{number}", *cells)
    return table
