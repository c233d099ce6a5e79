"""The results of a run, as text and as JSON."""

import shlex
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from indexer.building.report import BuildReport, DetectedFile
from indexer.command.console import printable
from indexer.config import IndexConfig
from indexer.documents import SkippedFile
from indexer.index.manifest import Manifest
from indexer.reading.encodings.decoding import ENCODINGS_FILE
from indexer.reading.extraction.formats.counts import formats_json, formats_line

__all__ = [
    "build_json",
    "build_lines",
    "check_json",
    "check_lines",
    "error_json",
    "pending_line",
    "plan_lines",
    "rebuild_line",
]

# If more files were skipped, they are counted by reason, and a few of each are named.
LISTED_SKIPPED = 20
NAMED_OF_EACH_REASON = 3
LISTED_PROBLEMS = 50


def build_json(report: BuildReport, max_skipped: int | None = None) -> dict[str, Any]:
    """Return the report as an object. Its lists have at most `max_skipped` files, or all."""
    return {
        "generation": report.generation,
        "published": report.published,
        "added": report.added,
        "changed": report.changed,
        "removed": report.removed,
        "unchanged": report.unchanged,
        "passages": report.passages,
        "embedded": report.embedded,
        "seconds": round(report.seconds, 3),
        "timings": {stage: round(spent, 3) for stage, spent in report.timings.items()},
        "skipped": [
            {
                "path": skipped.path,
                "reason": skipped.reason,
                "detail": skipped.detail,
                "format": skipped.format or None,
            }
            for skipped in report.skipped[:max_skipped]
        ],
        "skipped_count": len(report.skipped),
        "formats": formats_json(report.formats, report.skipped),
        "detected": [
            {"path": detected.path, "encoding": detected.encoding}
            for detected in report.detected[:max_skipped]
        ],
        "detected_count": len(report.detected),
    }


def check_json(generation: str, problems: Sequence[str]) -> dict[str, Any]:
    return {"generation": generation, "sound": not problems, "problems": list(problems)}


def error_json(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def build_lines(
    report: BuildReport, folder: Path, index: Path, config: IndexConfig
) -> Iterator[str]:
    """Yield the summary of a build."""
    yield f"Indexed {printable(str(folder))} into {printable(str(index))}"
    yield (
        f"  files       {report.added:,} added, {report.changed:,} changed, "
        f"{report.removed:,} removed, {report.unchanged:,} unchanged, "
        f"{len(report.skipped):,} skipped"
    )
    if formats := formats_line(report.formats, report.skipped):
        yield f"  formats     {formats}"
    embedded = f"{report.embedded:,} embedded now" if config.has_model else "without embeddings"
    yield f"  passages    {report.passages:,}, {embedded}"
    yield f"  seconds     {report.seconds:.1f}"
    if report.published:
        yield f"  generation  {report.generation} was published"
    else:
        yield f"  generation  {report.generation} is still current; nothing changed"
    if not report.passages:
        yield "The index is empty: no file of the folder can be searched."
    yield from _skipped_lines(report.skipped)
    yield from _detected_lines(report.detected)


def plan_lines(report: BuildReport, folder: Path, index: Path) -> Iterator[str]:
    """Yield the summary of what a build would do."""
    yield f"Would index {printable(str(folder))} into {printable(str(index))}"
    yield (
        f"  files       {report.added:,} to add, {report.changed:,} to change, "
        f"{report.removed:,} to remove, {report.unchanged:,} unchanged, "
        f"{len(report.skipped):,} to skip"
    )
    yield "Nothing was written."
    yield from _skipped_lines(report.skipped)
    yield from _detected_lines(report.detected)


def pending_line(manifest: Manifest) -> str:
    """Return a line on what can be searched before all passages have vectors."""
    published = f"Generation {manifest.generation} was published"
    if manifest.lacks_vectors:
        return f"{published}: searchable by words now; vectors follow"
    return (
        f"{published}: {manifest.with_vectors:,} of {manifest.passages:,} passages have vectors; "
        "the others are found by words"
    )


def rebuild_line(report: BuildReport) -> str:
    """Return the summary of one of many builds."""
    return (
        f"{report.added:,} added, {report.changed:,} changed, {report.removed:,} removed, "
        f"{report.unchanged:,} unchanged, {len(report.skipped):,} skipped; {report.passages:,} "
        f"passages; {report.seconds:.1f} s; generation {report.generation}"
    )


def check_lines(index: Path, manifest: Manifest, problems: Sequence[str]) -> Iterator[str]:
    """Yield the result of a check and, if there are problems, the command that repairs them."""
    where = f"{printable(str(index))}, generation {manifest.generation}"
    if not problems:
        yield f"Sound: {where}: {manifest.documents:,} documents, {manifest.passages:,} passages"
        return
    yield f"Not sound: {where}:"
    yield from (f"  {printable(problem)}" for problem in problems[:LISTED_PROBLEMS])
    if len(problems) > LISTED_PROBLEMS:
        yield f"  and {len(problems) - LISTED_PROBLEMS:,} more; --json lists all of them"
    command = ["python", "scripts/reindex.py", manifest.folder, "--index", str(index), "--full"]
    yield f"To repair it: {printable(shlex.join(command))}"


def _skipped_lines(skipped: Sequence[SkippedFile]) -> Iterator[str]:
    if not skipped:
        return
    yield "Skipped:"
    if len(skipped) <= LISTED_SKIPPED:
        for each in skipped:
            detail = f" ({printable(each.detail)})" if each.detail else ""
            yield f"  {printable(each.path)}: {each.reason}{detail}"
        return
    by_reason = defaultdict(list)
    for each in skipped:
        by_reason[each.reason].append(printable(each.path))
    for reason, paths in sorted(by_reason.items()):
        more = ", ..." if len(paths) > NAMED_OF_EACH_REASON else ""
        yield f"  {reason}: {len(paths):,} ({', '.join(paths[:NAMED_OF_EACH_REASON])}{more})"
    yield "  --json lists all of them"


def _detected_lines(detected: Sequence[DetectedFile]) -> Iterator[str]:
    if not detected:
        return
    yield f"Encodings that are guesses (to name one, see {ENCODINGS_FILE} in indexer/README.md):"
    by_encoding = defaultdict(list)
    for each in detected:
        by_encoding[each.encoding].append(printable(each.path))
    for encoding, paths in sorted(by_encoding.items()):
        more = ", ..." if len(paths) > NAMED_OF_EACH_REASON else ""
        yield f"  {encoding}: {len(paths):,} ({', '.join(paths[:NAMED_OF_EACH_REASON])}{more})"
