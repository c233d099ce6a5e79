"""A copy of the first files of a folder, and more of them for an incremental build."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from indexer.errors import UsageError
from scripts.benchmarking.figures.memory import MEGABYTE

__all__ = ["Corpus", "copy_corpus"]

# How many files an incremental run adds.
ADDED_FILES = 10


@dataclass(frozen=True, slots=True)
class Corpus:
    """A copy of some files of a folder, and the files that an incremental run adds to it."""

    folder: Path
    files: int
    megabytes: float
    added: tuple[tuple[Path, Path], ...]

    def add_files(self) -> None:
        for source, target in self.added:
            _copy(source, target)

    def remove_added_files(self) -> None:
        for _, target in self.added:
            target.unlink(missing_ok=True)


def copy_corpus(data: Path, files: int | None, target: Path) -> Corpus:
    """Return a copy of the first files of a folder, in sorted order.

    The files to add later are the next ones, or the last ones if the folder has no more. They are
    not copied yet.
    """
    if not data.is_dir():
        raise UsageError(f"{data} is not a folder")
    paths = sorted(path for path in data.rglob("*") if path.is_file())
    chosen = paths[: files + ADDED_FILES] if files else paths
    if len(chosen) <= ADDED_FILES:
        raise UsageError(
            f"{data} contains {len(paths)} files; a benchmark needs more than {ADDED_FILES}"
        )
    first, added = chosen[:-ADDED_FILES], chosen[-ADDED_FILES:]
    for path in first:
        _copy(path, target / path.relative_to(data))
    return Corpus(
        folder=target,
        files=len(first),
        megabytes=sum(path.stat().st_size for path in first) / MEGABYTE,
        added=tuple((path, target / path.relative_to(data)) for path in added),
    )


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # Keep the times, because a build reads recently written files again.
    shutil.copy2(source, target)
