"""Small builds for tests, and the files of an index on disk."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

from indexer.building.build import build_index
from indexer.building.report import BuildReport
from indexer.building.task import BuildTask
from indexer.config import NO_MODEL
from indexer.embedding.embedder import Embedder
from indexer.index.folder import IndexFolder
from tests.indexer.building.folder_changes import AGED_NS
from tests.indexer.index_content import SMALL

__all__ = ["LEXICAL", "NIGHT", "RIVER", "build", "files_of", "write_files"]

LEXICAL = replace(SMALL, model=NO_MODEL)

NIGHT = "Wolves hunted at night under the moon. The moon was full. " * 3
RIVER = "The river froze. A wolf crossed the river on the ice. " * 3


def write_files(folder: Path, **contents: str) -> None:
    """Write text files, named without `.txt`, old enough for a later build to trust their times."""
    for name, content in contents.items():
        path = folder / f"{name}.txt"
        path.write_text(content, encoding="utf-8")
        os.utime(path, ns=(AGED_NS, AGED_NS))


def build(
    folder: Path,
    index: IndexFolder,
    embedder: Embedder | None = None,
    *,
    full: bool = False,
    verify: bool = False,
) -> BuildReport:
    """Build with small passages; without an embedder, a lexical-only index."""
    config = SMALL if embedder is not None else LEXICAL
    return build_index(BuildTask(folder, index, config, embedder), full=full, verify=verify)


def files_of(index: IndexFolder) -> dict[str, str]:
    """Return the sha256 of every file of the index.

    The lock, SQLite's scratch files and the record of the walk are left out.
    """
    return {
        path.relative_to(index.path).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(index.path.rglob("*"))
        if path.is_file() and not path.name.endswith((".lock", "-wal", "-shm", "walked.json"))
    }
