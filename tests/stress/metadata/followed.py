"""A folder that `--watch` keeps indexed, and how its index differs from what it should be."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import MAXYEAR, UTC, datetime, timedelta
from pathlib import Path

from api.contract.documents import State
from api.contract.limits import MAX_LIMIT
from api.contract.search import Facet, Mode, SearchRequest
from api.serving.drift import DriftWatch
from indexer.building.build import build_index
from indexer.building.check import check_index
from indexer.building.report import BuildReport
from indexer.building.task import BuildTask
from indexer.command.reindex_process import REINDEX, reindex_environment
from indexer.config import NO_MODEL, IndexConfig
from indexer.documents import calendar_us
from indexer.errors import SpanlightError
from indexer.index.folder import IndexFolder
from indexer.index.records import StoredDocument
from tests.api.served_index import search_index
from tests.indexer.index_content import IndexContent, content_of, open_index
from tests.indexer.reading.kernel_watches import entered_folders, watched_folders
from tests.stress.metadata.account import account_for

__all__ = ["FollowedFolder", "fresh_build", "search_problems"]

CONFIG = IndexConfig(model=NO_MODEL)
DRIFT_WAIT_S = 30.0
END_WAIT_S = 60.0
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FollowedFolder:
    """A folder, the index of it, and the process that watches it."""

    def __init__(
        self, folder: Path, index: IndexFolder, process: "subprocess.Popen[bytes]"
    ) -> None:
        self._folder = folder
        self.index = index
        self._process = process

    @classmethod
    @contextmanager
    def watching(cls, folder: Path, place: Path, errors: list[str]) -> "Iterator[FollowedFolder]":
        """Watch the folder. Whatever the process says at its end but should not is an error."""
        index = IndexFolder(place / "watched")
        command = [sys.executable, *REINDEX, str(folder), "--index", str(index.path)]
        with (place / "said").open("w+b") as said:
            process = subprocess.Popen(
                [*command, "--model", NO_MODEL, "--watch", "--json"],
                stdout=subprocess.DEVNULL,
                stderr=said,
                env=reindex_environment(),
            )
            try:
                yield cls(folder, index, process)
                process.send_signal(signal.SIGTERM)
                code = process.wait(END_WAIT_S)
                if code:
                    said.seek(0)
                    errors.append(f"the watch ended with {code}: {said.read()[-1_000:]!r}")
            finally:
                process.kill()
                process.wait()

    def differences(self, fresh: IndexContent) -> list[str]:
        """Return how index, drift and watched folders differ from what they should be by now."""
        if self._process.poll() is not None:
            return ["the watch has ended"]
        try:
            return list(self._differences(fresh))
        except SpanlightError as error:
            return [str(error)]

    def _differences(self, fresh: IndexContent) -> Iterator[str]:
        found = content_of(self.index, CONFIG)
        for part in ("documents", "passages", "signatures", "lexical"):
            ours, others = _places(getattr(found, part)), _places(getattr(fresh, part))
            if ours != others:
                yield f"{part} differ from those of a fresh build: {ours!r:.500}, {others!r:.500}"
        drift = DriftWatch(self.index, DRIFT_WAIT_S)
        counts = drift.drift_of(self.index.current().manifest, wait_s=DRIFT_WAIT_S)
        drift.stop()
        if counts is None or (counts.added, counts.changed, counts.removed) != (0, 0, 0):
            yield f"the drift is {counts}"
        watched, entered = watched_folders(self._process.pid), entered_folders(self._folder)
        if watched != entered:
            yield f"{len(watched)} folders are watched, {len(entered)} are walked"


def _places(part: object) -> object:
    """Return the content without the scores, which may differ by rounding."""
    if isinstance(part, dict):
        return {name: [place for place, _ in ranking] for name, ranking in part.items()}
    return part


def fresh_build(folder: Path, place: Path, errors: list[str]) -> tuple[IndexFolder, BuildReport]:
    """Return a new index of the folder. What is wrong with it is added to the errors."""
    index = IndexFolder(place)
    report = build_index(BuildTask(folder, index, CONFIG))
    errors.extend(check_index(index))
    with open_index(index, CONFIG) as opened:
        sources = [stored.source for stored in opened.documents()]
    errors.extend(account_for(folder, sources, report.skipped))
    return index, report


def search_problems(index: IndexFolder) -> Iterator[str]:
    """Yield what is wrong with answers about files of odd times: filters, facets and states."""
    with open_index(index, CONFIG) as opened:
        documents = {stored.path: stored for stored in opened.documents()}
        lines = {stored.document: stored.text for stored in opened.passages()}
    ferries = {
        path: _year(stored)
        for path, stored in documents.items()
        if "ferry" in lines.get(stored.document, "").casefold()
    }
    with search_index(index, depth=1_000) as searcher:
        for year in sorted(set(ferries.values())):
            asked = SearchRequest(
                q="ferry",
                mode=Mode.LEXICAL,
                limit=MAX_LIMIT,
                fold_duplicates=False,
                modified_after=f"{year:04}",
                modified_before=f"{year + 1:04}" if year < MAXYEAR else None,
                facets=[Facet.YEAR],
            )
            answer = searcher.search(asked)
            expected = {path for path, each in ferries.items() if each == year}
            found = {hit.document.path for hit in answer.hits}
            if found != expected and len(expected) < MAX_LIMIT:
                yield f"year {year}: found {found}, expected {expected}"
            if [count.value for count in answer.facets[Facet.YEAR]] != [f"{year:04}"]:
                yield f"year {year}: facets {answer.facets}"
            for hit in answer.hits:
                if hit.document.state is not State.CURRENT or hit.document.modified.year != year:
                    yield f"{hit.document} is not the file of {year}"


def _year(stored: StoredDocument) -> int:
    return (EPOCH + timedelta(microseconds=calendar_us(stored.mtime_ns))).year
