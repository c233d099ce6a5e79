"""The files of a folder that are not in a generation, and why, in a file beside the store."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from indexer.documents import SkippedFile, SkipReason, SourceFile
from indexer.errors import IndexDamaged
from indexer.index.disk.failures import storage_errors

__all__ = ["read_skipped", "write_skipped"]


def write_skipped(path: Path, skipped: Iterable[SkippedFile]) -> None:
    """Write the file of a generation that is not published yet."""
    values = [_values(each) for each in skipped]
    path.write_text(json.dumps(values, separators=(",", ":")), "utf-8")


def read_skipped(path: Path) -> list[SkippedFile]:
    """Return the skipped files in the order in which they were written."""
    with storage_errors(path):
        content = path.read_text("utf-8")
    try:
        return [_skipped(**each) for each in json.loads(content)]
    except (ValueError, TypeError, KeyError) as error:
        raise IndexDamaged.with_remedy(f"{path} is damaged ({error})") from None


def _values(skipped: SkippedFile) -> dict[str, Any]:
    values: dict[str, Any] = {"path": skipped.path, "reason": skipped.reason.value}
    for name in ("detail", "format", "reader"):
        if value := getattr(skipped, name):
            values[name] = value
    if skipped.source is not None:
        source = skipped.source
        values["source"] = [source.size_bytes, source.mtime_ns, source.ctime_ns, source.inode]
        values["read_ns"] = skipped.read_ns
    return values


def _skipped(path: str, reason: str, source: list[int] | None = None, **others: Any) -> SkippedFile:
    found = SourceFile(path, *source) if source is not None else None
    return SkippedFile(path, SkipReason(reason), source=found, **others)
