"""An index to be damaged: two generations, and a copy whose newest writes are in SQLite's journal.

Child processes do all reading and writing, so that no engine starts threads in the process that
forks them.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from api.ranking.fusion import FusionMethod
from api.search.ranking_settings import RankingSettings, save_ranking_settings
from indexer.building.build import build_index
from indexer.building.task import BuildTask
from indexer.config import NO_MODEL, IndexConfig
from indexer.documents import SourceFile
from indexer.embedding.embedder import Embedder
from indexer.errors import UsageError
from indexer.index.folder import IndexFolder
from indexer.reading.sources import walk
from scripts.benchmarking.growth.hashed_words import HashedWords

__all__ = ["JOURNAL", "STORE", "IndexToDamage", "copy_files", "embedder_of", "live_rows", "prepare"]

STORE = "store.sqlite"
JOURNAL = "store.sqlite-wal"
# The column of a passage that contains the key of its embedding.
EMBEDDING = 12
# An index of the journal. SQLite rebuilds it from the journal if it is missing.
SHARED_MEMORY = "store.sqlite-shm"
OTHER_FILES = ("CURRENT", "settings.json")
LARGEST_FILE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class IndexToDamage:
    """A copy of the index; `files` are the relative paths of the files to damage."""

    path: Path
    files: tuple[str, ...]
    older: str
    newest: str

    @property
    def index(self) -> IndexFolder:
        return IndexFolder(self.path)

    def copied_to(self, path: Path) -> "IndexToDamage":
        shutil.copytree(self.path, path)
        return IndexToDamage(path, self.files, self.older, self.newest)

    def sizes(self) -> Iterator[tuple[str, int]]:
        for name in self.files:
            yield name, (self.path / name).stat().st_size

    def forget_shared_memory(self) -> None:
        """Make SQLite read the journal again."""
        (self.path / SHARED_MEMORY).unlink(missing_ok=True)


def copy_files(source: Path, target: Path, limit: int) -> None:
    """Copy up to `limit` files, evenly spaced among all, so that nothing else changes them."""
    found = walk(source, max_file_bytes=LARGEST_FILE_BYTES)
    names = [each.path for each in found if isinstance(each, SourceFile)]
    if not names:
        raise UsageError(f"{source} contains no file that can be indexed")
    for number in range(min(limit, len(names))):
        name = names[number * len(names) // min(limit, len(names))]
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / name, target / name)


def embedder_of(model: str) -> Embedder | None:
    return None if model == NO_MODEL else HashedWords()


def prepare(folder: Path, place: Path, model: str) -> list[IndexToDamage]:
    """Build the index of the folder in two generations; return it and the copy with a journal."""
    index = IndexFolder(place / "plain")
    changing = folder / "changes.txt"
    changing.write_text("This text is in the older generation. " * 40, "utf-8")
    _build(folder, index, model)
    save_ranking_settings(
        index, RankingSettings(fusion=FusionMethod.WEIGHTED, semantic_weight=0.65)
    )
    journal = IndexFolder(place / "being written")
    shutil.copytree(index.path, journal.path)
    changing.write_text("This text is in the newest generation. " * 40, "utf-8")
    _build(folder, index, model)
    copy = place / "with a journal"
    with closing(sqlite3.connect(journal.store, isolation_level=None)) as reader:
        # While a reader has an open transaction, new writes stay in the journal.
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM documents").fetchall()
        _build(folder, journal, model)
        shutil.copytree(journal.path, copy)
    (copy / SHARED_MEMORY).unlink()
    found = [_described(index.path, [STORE, *OTHER_FILES]), _described(copy, [JOURNAL])]
    # The files of the generation are damaged in only one of the copies.
    newest = index.current()
    names = [f"generations/{newest.folder.id}/{name}" for name in newest.manifest.files]
    names.append(f"generations/{newest.folder.id}/manifest.json")
    found[0] = IndexToDamage(
        index.path, (*found[0].files, *sorted(names)), found[0].older, found[0].newest
    )
    return found


def _build(folder: Path, index: IndexFolder, model: str) -> None:
    build_index(BuildTask(folder, index, IndexConfig(model=model), embedder_of(model)))


def _described(path: Path, files: list[str]) -> IndexToDamage:
    older, newest = IndexFolder(path).published()
    return IndexToDamage(path, tuple(files), older.id, newest.id)


def live_rows(damaged: IndexToDamage) -> str | None:
    """Return all rows of the newest generation, or None if SQLite itself finds damage.

    No checksum is involved, so this shows whether a damage has hit a row in use.
    """
    number = int(damaged.newest.partition("-")[0])
    live = f"first_generation <= {number} AND ifnull(last_generation, {number}) >= {number}"
    try:
        with closing(sqlite3.connect(f"file:{damaged.path / STORE}?mode=ro", uri=True)) as store:
            documents = store.execute(
                f"SELECT * FROM documents NOT INDEXED WHERE {live} ORDER BY document"
            ).fetchall()
            passages = store.execute(
                "SELECT passages.* FROM passages NOT INDEXED JOIN (SELECT first_row AS first,"
                f" passages AS count FROM documents NOT INDEXED WHERE {live})"
                " ON row >= first AND row < first + count ORDER BY row"
            ).fetchall()
            used = {passage[EMBEDDING] for passage in passages}
            embeddings = [
                each
                for each in store.execute("SELECT * FROM embeddings NOT INDEXED ORDER BY rowid")
                if each[0] in used
            ]
    except (sqlite3.Error, UnicodeDecodeError):
        return None
    return repr((documents, passages, embeddings))
