"""Words are published first and vectors later: intermediate generations, and resumed builds."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.building import embedding_queue, publisher
from indexer.building.build import build_index
from indexer.building.check import check_index
from indexer.building.report import BuildReport
from indexer.building.task import BuildTask
from indexer.index.folder import IndexFolder
from indexer.index.manifest import Manifest
from tests.hashed_embedder import HashedEmbedder, StoppedError, StoppingEmbedder
from tests.indexer.building.folder_changes import FolderChange, histories
from tests.indexer.building.test_build import assert_same, temporary_folder
from tests.indexer.builds import NIGHT, RIVER, build, files_of, write_files
from tests.indexer.index_content import SMALL, content_of, open_index
from tests.property_examples import examples


@pytest.fixture(autouse=True)
def _small_rounds() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedding_queue, "ROUND_TEXTS", 2)
        patch.setattr(publisher, "MANY_TEXTS", 1)
        yield


def published_by(
    folder: Path, index: IndexFolder, embedder: HashedEmbedder
) -> tuple[BuildReport, list[Manifest]]:
    """Build; return the manifests of the published generations, each checked when published."""
    manifests: list[Manifest] = []

    def take(manifest: Manifest) -> None:
        assert index.current().manifest == manifest
        assert check_index(index) == []
        manifests.append(manifest)

    report = build_index(BuildTask(folder, index, SMALL, embedder), published=take)
    return report, manifests


def stop(folder: Path, index: IndexFolder, *, after: int) -> None:
    with pytest.raises(StoppedError):
        build(folder, index, StoppingEmbedder(after))


def howls(count: int) -> str:
    """Return a text that is cut into about half as many passages."""
    return "".join(
        f"Wolf {number} howled {'at the moon ' * 2}at night. " for number in range(count)
    )


# Intermediate generations


def test_words_are_searchable_before_anything_is_embedded(folder: Path, index: IndexFolder) -> None:
    write_files(folder, a=howls(20), b=RIVER)
    report, (words, whole) = published_by(folder, index, HashedEmbedder())
    assert words.pending == words.passages == whole.passages == report.passages > 10
    assert whole.pending == 0
    assert (report.generation, report.published) == (whole.generation, True)
    assert (words.number, whole.number) == (1, 2)
    assert {name for name in words.files if "lexical" in name} == {
        name for name in whole.files if "lexical" in name
    }


def test_before_any_embedding_no_passage_counts_as_having_vectors(
    folder: Path, index: IndexFolder
) -> None:
    headline = "This headline is here again and again."
    write_files(folder, a=howls(12), b="\n\n".join([headline] * 8))
    report, (words, whole) = published_by(folder, index, HashedEmbedder())
    assert report.embedded < report.passages  # some passages have nothing to embed
    assert (words.pending, whole.pending) == (report.passages, 0)


def test_publishing_in_two_steps_gives_the_same_index_as_in_one(
    folder: Path, index: IndexFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(folder, a=howls(20), b=RIVER)
    published_by(folder, index, HashedEmbedder())
    monkeypatch.setattr(publisher, "MANY_TEXTS", 1_000)
    at_once = IndexFolder(tmp_path / "at once")
    _, manifests = published_by(folder, at_once, HashedEmbedder())
    assert len(manifests) == 1
    assert content_of(index) == content_of(at_once)


def test_vectors_are_published_when_their_number_has_doubled(
    folder: Path, index: IndexFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "INTERVAL_S", 0.0)
    write_files(folder, a=howls(60))
    report, manifests = published_by(folder, index, HashedEmbedder())
    held = [manifest.passages - manifest.pending for manifest in manifests]
    assert held[:5] == [0, 2, 4, 8, 16]
    assert held[-1] == report.passages == report.embedded


def test_vectors_are_not_published_too_often(folder: Path, index: IndexFolder) -> None:
    write_files(folder, a=howls(60))
    assert len(published_by(folder, index, HashedEmbedder())[1]) == 2


def test_only_passages_with_vectors_are_searched_by_vector(
    folder: Path, index: IndexFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "INTERVAL_S", 0.0)
    write_files(folder, a=howls(20))
    stop(folder, index, after=6)
    with open_index(index) as opened:
        assert opened.vectors is not None
        held = opened.vectors.held
        assert 0 < len(held) < len(opened.rows)
        query = HashedEmbedder().embed_queries(["wolf"])[0]
        found = opened.vectors.search(query, 100)
        assert sorted(candidate.row for candidate in found) == held.tolist()
        assert np.isnan(opened.vectors.scores(query, opened.vectors.pending)).all()


def test_added_files_are_found_by_words_next_to_those_with_vectors(
    folder: Path, index: IndexFolder
) -> None:
    write_files(folder, a=NIGHT)
    build(folder, index, HashedEmbedder())
    write_files(folder, b=howls(12))
    report, (words, whole) = published_by(folder, index, HashedEmbedder())
    assert words.passages - words.pending == report.passages - report.embedded > 0
    assert whole.pending == 0


def test_stored_embeddings_are_published_with_the_words(folder: Path, index: IndexFolder) -> None:
    write_files(folder, a=NIGHT, b=howls(12))
    stop(folder, index, after=4)
    write_files(folder, c=RIVER * 3)
    _, (words, _) = published_by(folder, index, HashedEmbedder())
    assert words.passages - words.pending == 4


# Resumed builds


def test_embedding_continues_for_an_unchanged_folder(folder: Path, index: IndexFolder) -> None:
    write_files(folder, a=howls(20))
    stop(folder, index, after=6)
    assert index.current().manifest.pending > 0
    embedder = HashedEmbedder()
    report, manifests = published_by(folder, index, embedder)
    assert [manifest.pending for manifest in manifests] == [0]
    assert (report.unchanged, report.published) == (1, True)
    assert len(embedder.texts) == report.embedded == report.passages - 6
    before = files_of(index)
    assert not build(folder, index, embedder).published
    assert files_of(index) == before


def test_stored_vectors_that_were_never_published_are_published(
    folder: Path, index: IndexFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(folder, a=howls(20))

    def fail(*arguments: object) -> None:
        raise StoppedError

    # The first build ends when the words are published, the second when all is embedded.
    for place, name in [(publisher.Publisher, "_following"), (IndexFolder, "publish")]:
        with monkeypatch.context() as patch:
            patch.setattr(place, name, fail)
            with pytest.raises(StoppedError):
                build(folder, index, HashedEmbedder())
    assert index.current().manifest.pending > 0
    report, manifests = published_by(folder, index, HashedEmbedder())
    assert (report.embedded, [manifest.pending for manifest in manifests]) == (0, [0])


def test_removed_files_need_not_be_embedded(folder: Path, index: IndexFolder) -> None:
    write_files(folder, a=howls(20), b=NIGHT)
    stop(folder, index, after=0)
    (folder / "a.txt").unlink()
    embedder = HashedEmbedder()
    build(folder, index, embedder)
    assert not any("Wolf 3" in text for text in embedder.texts)
    assert index.current().manifest.pending == 0


@examples(10)
@given(history=histories, stops=st.lists(st.integers(0, 12), min_size=1))
def test_stopped_builds_end_with_the_index_of_a_fresh_one(
    history: list[list[FolderChange]], stops: list[int]
) -> None:
    with temporary_folder() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr(publisher, "INTERVAL_S", 0.0)
        folder, index = place / "folder", IndexFolder(place / "index")
        for number, changes in enumerate(history):
            for change in changes:
                change.apply(folder)
            try:
                build(folder, index, StoppingEmbedder(stops[number % len(stops)]))
            except StoppedError:
                assert index.current_id() is None or check_index(index) == []
        fresh = IndexFolder(place / "fresh")
        for each in (index, fresh):
            build(folder, each, HashedEmbedder())
        assert_same(content_of(index), content_of(fresh))
        assert not build(folder, index, HashedEmbedder()).published
