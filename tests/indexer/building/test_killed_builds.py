"""After `kill -9` at any moment of a build, the current generation still answers, the next build
succeeds, and committed embeddings are not computed again.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from indexer.building.embedding_queue import WAITING_ROUNDS
from indexer.errors import IndexNotFound
from indexer.index.folder import IndexFolder
from tests.hashed_embedder import HashedEmbedder
from tests.indexer.building.forked_builds import (
    ROUND_TEXTS,
    ForkedBuilds,
    Outcome,
    Request,
    forked_builds,
)
from tests.indexer.builds import NIGHT, RIVER, build, write_files
from tests.indexer.index_content import IndexContent, content_of

# The line becomes repeated in enough files while documents that contain it are unchanged.
NOTICE = "A notice that stands on every page.\n"
# The number of moments tried for each kind of build, spread evenly over it.
MOMENTS = 8


@pytest.fixture(scope="module")
def builds() -> Iterator[ForkedBuilds]:
    with forked_builds() as builds:
        yield builds


@dataclass(frozen=True, slots=True)
class Scene:
    """An index of the folder's former state, and the changed folder."""

    folder: Path
    index: Path
    before: IndexContent | None
    after: IndexContent


@pytest.fixture(scope="module", params=["first", "words first", "incremental", "full"])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    place = tmp_path_factory.mktemp(str(request.param))
    folder, index = place / "folder", IndexFolder(place / "index")
    folder.mkdir()
    before = None
    if request.param in {"incremental", "full"}:
        write_files(folder, a=NOTICE + NIGHT, b=RIVER, c="Gone soon. " * 20, d=NOTICE + RIVER)
        build(folder, index, HashedEmbedder())
        before = content_of(index)
        (folder / "c.txt").unlink()
        write_files(folder, b=RIVER + "Changed. ")
    else:
        index.path.mkdir()
    for number in range(8):
        howls = [f"Wolf {number} howled {times} times. " for times in range(12)]
        write_files(folder, **{f"new-{number}": NOTICE + "".join(howls)})
    fresh = IndexFolder(place / "fresh")
    build(folder, fresh, HashedEmbedder())
    return Scene(folder, index.path, before, content_of(fresh))


def is_full(scene: Scene) -> bool:
    return scene.folder.parent.name.startswith("full")


class Trial:
    """One killed build on a copy of the scene's index, and the build after it."""

    def __init__(self, builds: ForkedBuilds, scene: Scene, place: Path) -> None:
        self.scene = scene
        self.index = IndexFolder(place / "index")
        self.log = place / "log"
        shutil.copytree(scene.index, self.index.path)
        self.log.touch()
        self._builds = builds
        self._request = Request(
            str(scene.folder),
            str(self.index.path),
            str(self.log),
            full=is_full(scene),
            words_first=scene.folder.parent.name.startswith("words first"),
        )

    def kill(self, *, at_event: int | None = None, after_s: float | None = None) -> Outcome:
        return self._builds.run(replace(self._request, at_event=at_event, after_s=after_s))

    def check(self) -> int:
        """Check what the kill left and the next build; return the number of embeddings saved."""
        try:
            found = content_of(self.index)
            if self.index.current().manifest.pending:
                # Semantic search finds the passages that have vectors.
                found = replace(found, semantic=self.scene.after.semantic)
            assert found in (self.scene.before, self.scene.after)
        except IndexNotFound:
            assert self.scene.before is None
        committed = self.committed()
        embedder = HashedEmbedder()
        report = build(self.scene.folder, self.index, embedder)
        assert content_of(self.index) == self.scene.after
        assert len(embedder.texts) == report.embedded <= self.texts() - committed
        assert not build(self.scene.folder, self.index, embedder).published
        return committed

    def committed(self) -> int:
        """Return the number of the folder's texts whose vectors are in the store."""
        with closing(sqlite3.connect(self.index.store)) as connection:
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if not tables:
                return 0
            keys = {key for (key,) in connection.execute("SELECT key FROM embeddings")}
        return len(keys & self._keys())

    def texts(self) -> int:
        return len(self._keys())

    def _keys(self) -> set[bytes | None]:
        return {passage[-2] for passage in self.scene.after.passages}


def test_a_build_that_is_killed_at_any_event(
    builds: ForkedBuilds, scene: Scene, tmp_path: Path
) -> None:
    events = Trial(builds, scene, tmp_path / "whole").kill().events
    assert events > 100
    saved: dict[int, int] = {}

    def kill(moment: int) -> bool:
        """Return whether the build was killed between two rounds of embeddings."""
        trial = Trial(builds, scene, tmp_path / str(moment))
        assert trial.kill(at_event=moment).killed
        saved[moment] = trial.check()
        return 0 < saved[moment] < trial.texts()

    moments = range(1, events, max(1, events // MOMENTS))
    between_rounds = [kill(moment) for moment in moments]
    if not any(between_rounds):
        # The rounds are few events, which fell between two of these moments.
        before = max(moment for moment in moments if saved[moment] == saved[1])
        assert any(kill(moment) for moment in range(before + 1, before + moments.step))


def test_a_build_that_is_killed_at_any_time(
    builds: ForkedBuilds, scene: Scene, tmp_path: Path
) -> None:
    seconds = Trial(builds, scene, tmp_path / "whole").kill().seconds
    killed = 0
    for moment in range(1, MOMENTS):
        trial = Trial(builds, scene, tmp_path / str(moment))
        killed += trial.kill(after_s=seconds * moment / MOMENTS).killed
        trial.check()
    assert killed > 0


def test_builds_that_are_killed_one_after_the_other(
    builds: ForkedBuilds, scene: Scene, tmp_path: Path
) -> None:
    events = Trial(builds, scene, tmp_path / "whole").kill().events
    trial = Trial(builds, scene, tmp_path / "trial")
    moments = range(events // 8, events, events // 8)
    for moment in moments:
        trial.kill(at_event=moment)
    trial.check()
    # Each lost the texts that it was embedding, and the embeddings not yet committed.
    lost = len(moments) * ROUND_TEXTS * (WAITING_ROUNDS + 1)
    assert len(trial.log.read_text().split()) <= trial.texts() + lost
    leftovers = {path.name for path in (trial.index.path / "generations").iterdir()}
    assert leftovers == {folder.id for folder in trial.index.published()}
    assert not list(trial.index.path.rglob("*.new"))
