import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from indexer.building import generation_writer, preparation, survey
from indexer.building.build import build_index
from indexer.building.planning.plan import plan_build
from indexer.building.task import BuildTask
from indexer.config import NO_MODEL
from indexer.documents import SkippedFile, SkipReason, document_id
from indexer.embedding.embeddings import EmbeddingInput, PassageEmbedding
from indexer.errors import ConfigMismatch, FolderNotFound, UsageError, WrongFolder
from indexer.index.folder import IndexFolder
from indexer.index.vectors import vector_index
from indexer.splitting import boilerplate
from tests.hashed_embedder import HashedEmbedder
from tests.indexer.building.folder_changes import AGED_NS, FolderChange, histories
from tests.indexer.builds import LEXICAL, NIGHT, RIVER, build, files_of, write_files
from tests.indexer.file_calls import opened_files
from tests.indexer.index_content import (
    SMALL,
    IndexContent,
    content_of,
    open_index,
    read_content,
)
from tests.property_examples import examples


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A new place with an empty `folder` for each example, because examples share a `tmp_path`."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "folder").mkdir()
        yield Path(name)


def assert_same(found: IndexContent, expected: IndexContent) -> None:
    assert found.documents == expected.documents
    assert found.passages == expected.passages
    assert found.signatures == expected.signatures
    assert found.semantic == expected.semantic
    for query, ranking in expected.lexical.items():
        places, scores = [place for place, _ in ranking], [score for _, score in ranking]
        assert [place for place, _ in found.lexical[query]] == places, query
        assert [score for _, score in found.lexical[query]] == pytest.approx(scores, abs=1e-6)


# Incremental equals fresh


@pytest.mark.parametrize("model", ["hashed", NO_MODEL])
@examples(12)
@given(history=histories)
def test_an_incremental_build_equals_a_fresh_one(
    model: str, history: list[list[FolderChange]]
) -> None:
    embedder = HashedEmbedder() if model == "hashed" else None
    with temporary_folder() as place, pytest.MonkeyPatch.context() as patch:
        # Two files of a sample of three repeat a line, so lines become repeated and stop being so.
        patch.setattr(survey, "SAMPLE_FILES", 3)
        for module in (boilerplate, survey):
            patch.setattr(module, "FEWEST_FILES", 2)
        folder, index = place / "folder", IndexFolder(place / "index")
        for number, changes in enumerate(history):
            for change in changes:
                change.apply(folder)
            fresh = IndexFolder(place / f"fresh-{number}")
            build(folder, index, embedder)
            build(folder, fresh, embedder)
            assert_same(content_of(index), content_of(fresh))
            found, expected = (each.current().folder.boilerplate for each in (index, fresh))
            assert found.read_text() == expected.read_text()


def test_many_small_additions_equal_a_fresh_build(
    folder: Path, index: IndexFolder, tmp_path: Path
) -> None:
    # tantivy merges segments when there are eight of them.
    for number in range(18):
        write_files(folder, **{f"{number:02}": f"Wolf {number} howled. " * (number + 1) + RIVER})
        build(folder, index)
    fresh = IndexFolder(tmp_path / "fresh")
    build(folder, fresh)
    assert_same(content_of(index), content_of(fresh))


@examples(8)
@given(history=histories)
def test_large_indexes_find_existing_files_and_no_removed_ones(
    history: list[list[FolderChange]],
) -> None:
    with pytest.MonkeyPatch.context() as patch, temporary_folder() as place:
        # In large indexes, removed passages stay in BM25's statistics and vectors are approximate.
        patch.setattr(generation_writer, "REWRITTEN_PASSAGES", 0)
        patch.setattr(generation_writer, "DEAD_SHARE", 0.5)
        patch.setattr(vector_index, "EXACT_PASSAGES", 16)
        folder, index = place / "folder", IndexFolder(place / "index")
        for number, changes in enumerate(history):
            for change in changes:
                change.apply(folder)
            fresh = IndexFolder(place / f"fresh-{number}")
            build(folder, index, HashedEmbedder())
            build(folder, fresh, HashedEmbedder())
            found, expected = content_of(index), content_of(fresh)
            assert found.passages == expected.passages
            for query, ranking in expected.lexical.items():
                if query.endswith("1000"):
                    assert {entry[0] for entry in found.lexical[query]} == {
                        entry[0] for entry in ranking
                    }, query
            assert {
                name: scores for name, scores in found.semantic.items() if "scores" in name
            } == {name: scores for name, scores in expected.semantic.items() if "scores" in name}
            manifest = index.current().manifest
            assert manifest.dead_passages <= 0.5 * manifest.passages
            assert_every_vector_is_found(index)


def assert_every_vector_is_found(index: IndexFolder) -> None:
    with open_index(index) as opened:
        assert opened.vectors is not None
        found_vectors = opened.vectors.passage_vectors(opened.rows)
        for row, vector in zip(opened.rows, found_vectors, strict=True):
            if not vector.any():
                continue  # nothing of the passage is searched
            found = opened.vectors.search(vector.astype(np.float32), 1)
            assert int(row) in [candidate.row for candidate in found]


def test_builds_are_deterministic(folder: Path, tmp_path: Path) -> None:
    write_files(folder, a=NIGHT, b=RIVER, c=NIGHT + RIVER, d="北约联盟将继续。" * 20)
    one, other = IndexFolder(tmp_path / "one"), IndexFolder(tmp_path / "other")
    for index in (one, other):
        build(folder, index, HashedEmbedder())
    assert content_of(one) == content_of(other)
    # tantivy names its segments at random; everything else is the same to the byte.
    files = [
        {
            name: entry
            for name, entry in index.current().manifest.files.items()
            if "lexical" not in name
        }
        for index in (one, other)
    ]
    assert files[0] == files[1]
    assert "vectors/passages.faiss" in files[0]


def test_files_prepared_in_other_processes_give_the_same_index(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(folder, a=NIGHT, b=RIVER, c="北约联盟将继续。" * 20, d="  ", e=NIGHT + RIVER)
    one, other = IndexFolder(tmp_path / "one"), IndexFolder(tmp_path / "other")
    report = build(folder, one, HashedEmbedder())
    monkeypatch.setattr(preparation, "BYTES_WORTH_A_PROCESS", 1)
    prepared_elsewhere = build(folder, other, HashedEmbedder())
    assert content_of(one) == content_of(other)
    assert (report.added, report.skipped) == (prepared_elsewhere.added, prepared_elsewhere.skipped)
    write_files(folder, a="Bears. " * 30)
    for index in (one, other):
        assert build(folder, index, HashedEmbedder()).changed == 1
    assert content_of(one) == content_of(other)


# An unchanged folder


def test_an_unchanged_folder_is_not_read_and_nothing_is_published(
    folder: Path, index: IndexFolder, embedder: HashedEmbedder
) -> None:
    write_files(folder, night=NIGHT, river=RIVER)
    with opened_files() as opened:
        first = build(folder, index, embedder)
    assert {"night.txt", "river.txt"} <= set(opened)
    before, embedded = files_of(index), len(embedder.texts)
    with opened_files() as opened:
        second = build(folder, index, embedder)
    assert {"night.txt", "river.txt"}.isdisjoint(opened)
    assert len(embedder.texts) == embedded > 0
    assert files_of(index) == before
    assert (second.published, second.generation) == (False, first.generation)
    assert (second.unchanged, second.added, second.changed, second.removed) == (2, 0, 0, 0)
    assert (second.passages, second.embedded) == (first.passages, 0)


def test_a_build_that_publishes_nothing_also_records_its_walk(
    folder: Path, index: IndexFolder
) -> None:
    write_files(folder, night=NIGHT)
    began = time.time_ns()
    build(folder, index)
    manifest = index.current().manifest
    first = index.walked_ns(manifest)
    assert began <= first <= time.time_ns()
    again = time.time_ns()
    assert not build(folder, index).published
    assert again <= index.walked_ns(manifest) <= time.time_ns()


def test_verify_reads_every_file_and_publishes_nothing(folder: Path, index: IndexFolder) -> None:
    write_files(folder, night=NIGHT, river=RIVER)
    build(folder, index)
    before = files_of(index)["CURRENT"]
    with opened_files() as opened:
        report = build(folder, index, verify=True)
    assert {"night.txt", "river.txt"} <= set(opened)
    assert (report.published, report.unchanged) == (False, 2)
    assert files_of(index)["CURRENT"] == before


@pytest.mark.parametrize(("age_s", "read_again"), [(1, True), (60, False)])
def test_a_file_is_trusted_two_seconds_after_it_was_written(
    folder: Path, index: IndexFolder, age_s: int, read_again: bool
) -> None:
    write_files(folder, night=NIGHT)
    written = time.time_ns() - age_s * 1_000_000_000
    os.utime(folder / "night.txt", ns=(written, written))
    build(folder, index)
    with opened_files() as opened:
        build(folder, index)
    assert ("night.txt" in opened) is read_again


def test_a_change_right_after_a_build_is_seen_even_with_equal_size_and_time(
    folder: Path, index: IndexFolder
) -> None:
    now = time.time_ns()
    for animal in ("wolf", "bear"):
        # In place, as an editor might, so that the inode stays the same.
        (folder / "a.txt").write_text(f"The {animal} sleeps.")
        os.utime(folder / "a.txt", ns=(now, now))
        report = build(folder, index)
    assert report.changed == 1


def test_an_old_time_does_not_hide_a_change(folder: Path, index: IndexFolder) -> None:
    write_files(folder, a="The wolf sleeps.")
    build(folder, index)
    write_files(folder, a="The bear sleeps.")  # same size, same modification time
    assert build(folder, index).changed == 1


def test_a_new_modification_time_is_published_without_recomputing(
    folder: Path, index: IndexFolder, embedder: HashedEmbedder
) -> None:
    write_files(folder, night=NIGHT)
    build(folder, index, embedder)
    os.utime(folder / "night.txt", ns=(AGED_NS + 5, AGED_NS + 5))
    report = build(folder, index, embedder)
    assert (report.published, report.unchanged, report.embedded) == (True, 1, 0)
    with open_index(index) as opened:
        assert [stored.mtime_ns for stored in opened.documents()] == [AGED_NS + 5]


def test_other_changes_of_a_directory_entry_are_recorded_without_publishing(
    folder: Path, index: IndexFolder
) -> None:
    write_files(folder, night=NIGHT)
    build(folder, index)
    (folder / "night.txt").chmod(0o600)
    assert not build(folder, index).published
    with opened_files() as opened:
        build(folder, index)
    assert "night.txt" not in opened


# Embeddings are computed once


def test_a_renamed_file_is_not_embedded_again(
    folder: Path, index: IndexFolder, embedder: HashedEmbedder
) -> None:
    write_files(folder, night=NIGHT)
    first = build(folder, index, embedder)
    (folder / "night.txt").rename(folder / "day.txt")
    second = build(folder, index, embedder)
    assert (second.added, second.removed, second.changed) == (1, 1, 0)
    assert (first.embedded > 0, second.embedded) == (True, 0)
    assert len(embedder.texts) == first.embedded


def test_shared_texts_are_embedded_once(
    folder: Path, index: IndexFolder, embedder: HashedEmbedder
) -> None:
    write_files(folder, a=NIGHT, b=NIGHT, c=NIGHT + RIVER)
    report = build(folder, index, embedder)
    assert len(embedder.texts) == len(set(embedder.texts)) == report.embedded < report.passages


def test_a_full_build_and_a_return_to_an_old_text_embed_nothing(
    folder: Path, index: IndexFolder, embedder: HashedEmbedder
) -> None:
    write_files(folder, a=NIGHT)
    build(folder, index, embedder)
    assert build(folder, index, embedder, full=True).embedded == 0
    write_files(folder, a=RIVER)
    build(folder, index, embedder)
    embedded = len(embedder.texts)
    write_files(folder, a=NIGHT)  # the previous generation still has it
    build(folder, index, embedder)
    assert len(embedder.texts) == embedded


# Reports


def test_the_report_counts_what_was_done(folder: Path, index: IndexFolder) -> None:
    write_files(folder, a=NIGHT, b=RIVER, c="Gone soon.", d="Same.", e="Soon empty.")
    (folder / "binary").write_bytes(b"\0\1\2")
    (folder / "blank").write_text("  \n")
    (folder / "empty").touch()
    first = build(folder, index)
    assert (first.added, first.changed, first.removed, first.unchanged) == (5, 0, 0, 0)
    assert [(each.path, each.reason) for each in first.skipped] == [
        ("binary", SkipReason.BINARY),
        ("blank", SkipReason.EMPTY),
        ("empty", SkipReason.EMPTY),
    ]
    write_files(folder, a="Changed.", f="New.", e="  ")
    (folder / "c.txt").unlink()
    second = build(folder, index)
    assert (second.added, second.changed, second.removed, second.unchanged) == (1, 1, 2, 2)
    assert [each.path for each in second.skipped] == ["binary", "blank", "e.txt", "empty"]
    manifest = index.current().manifest
    assert second.generation == manifest.generation
    assert (manifest.documents, manifest.passages) == (4, second.passages)


@examples(6)
@given(history=histories)
def test_a_plan_predicts_the_build_and_writes_nothing(history: list[list[FolderChange]]) -> None:
    with temporary_folder() as place:
        folder, index = place / "folder", IndexFolder(place / "index")
        for changes in history:
            for change in changes:
                change.apply(folder)
            before = files_of(index)
            plan = plan_build(BuildTask(folder, index, LEXICAL))
            assert files_of(index) == before
            done = build(folder, index)
            for name in ("added", "changed", "removed", "unchanged", "skipped"):
                assert getattr(plan, name) == getattr(done, name), name


def test_a_plan_for_a_new_index_does_not_create_it(folder: Path, index: IndexFolder) -> None:
    write_files(folder, a=NIGHT)
    assert plan_build(BuildTask(folder, index, LEXICAL)).added == 1
    assert not index.path.exists()


def test_progress_reports_read_files_and_embedded_texts(
    folder: Path, index: IndexFolder, embedder: HashedEmbedder
) -> None:
    write_files(folder, a=NIGHT, b=RIVER)
    told: list[tuple[str, int, int]] = []
    report = build_index(
        BuildTask(folder, index, SMALL, embedder), progress=lambda *step: told.append(step)
    )
    assert [step for step in told if step[0] == "reading"] == [("reading", 1, 2), ("reading", 2, 2)]
    assert told[-1] == ("embedding", report.embedded, report.embedded)


def test_a_document_id_is_the_hash_of_its_path() -> None:
    # printf 'notes/day.txt' | sha256sum
    assert document_id("notes/day.txt") == "67105f8ef70c1a44"


# Awkward folders


@pytest.mark.parametrize("model", ["hashed", NO_MODEL])
def test_an_empty_folder_makes_an_index_that_finds_nothing(
    model: str, folder: Path, index: IndexFolder
) -> None:
    embedder = HashedEmbedder() if model == "hashed" else None
    report = build(folder, index, embedder)
    assert (report.published, report.passages) == (True, 0)
    content = content_of(index)
    assert not any([content.documents, *content.lexical.values(), *content.semantic.values()])
    assert not build(folder, index, embedder).published


def test_a_folder_may_become_empty_and_fill_again(
    folder: Path, index: IndexFolder, embedder: HashedEmbedder
) -> None:
    write_files(folder, a=NIGHT)
    build(folder, index, embedder)
    filled = content_of(index)
    (folder / "a.txt").unlink()
    build(folder, index, embedder)
    assert content_of(index).documents == []
    write_files(folder, a=NIGHT)
    build(folder, index, embedder)
    assert content_of(index).passages == filled.passages


def test_a_missing_folder_leaves_the_index_unchanged(
    folder: Path, index: IndexFolder, tmp_path: Path
) -> None:
    with pytest.raises(FolderNotFound, match="nowhere"):
        build(tmp_path / "nowhere", index)
    assert not index.path.exists()
    write_files(folder, a=NIGHT)
    build(folder, index)
    before = files_of(index)
    shutil.rmtree(folder)
    with pytest.raises(FolderNotFound):
        build(folder, index)
    assert files_of(index) == before


def test_an_index_inside_its_folder_leaves_itself_out(folder: Path) -> None:
    write_files(folder, a=NIGHT)
    index = IndexFolder(folder / "index")
    assert build(folder, index).added == 1
    assert not build(folder, index).published


def test_an_index_must_not_be_its_own_folder_or_around_it(folder: Path, tmp_path: Path) -> None:
    write_files(folder, a=NIGHT)
    for place in (folder, tmp_path):
        with pytest.raises(UsageError, match=re.escape(str(folder))):
            build(folder, IndexFolder(place))
    assert [path.name for path in folder.iterdir()] == ["a.txt"]


def test_a_link_to_the_folder_counts_as_the_folder(
    folder: Path, index: IndexFolder, tmp_path: Path
) -> None:
    write_files(folder, a=NIGHT)
    build(folder, index)
    (tmp_path / "link").symlink_to(folder)
    assert not build(tmp_path / "link", index).published


def test_names_with_line_breaks_are_indexed_and_undecodable_names_reported(
    folder: Path, index: IndexFolder
) -> None:
    (folder / "line\nbreak.txt").write_text(NIGHT)
    (folder / os.fsdecode(b"caf\xe9.txt")).write_text(NIGHT)
    report = build(folder, index)
    assert [(each.path, each.reason) for each in report.skipped] == [
        (r"caf\xe9.txt", SkipReason.NAME)
    ]
    assert [entry[0] for entry in content_of(index).documents] == ["line\nbreak.txt"]


def test_a_file_that_vanishes_or_changes_while_the_folder_is_read_is_reported(
    folder: Path, index: IndexFolder
) -> None:
    write_files(folder, a=NIGHT, b=RIVER, c="Soon blank.", d=RIVER)

    def meddle(stage: str, done: int, total: int) -> None:
        if done == 1:
            (folder / "b.txt").unlink()
            (folder / "c.txt").write_text("  ")

    report = build_index(BuildTask(folder, index, LEXICAL), progress=meddle)
    assert (report.added, report.removed) == (2, 0)
    assert report.skipped == [
        SkippedFile("b.txt", SkipReason.UNREADABLE, "it vanished"),
        SkippedFile("c.txt", SkipReason.EMPTY, "nothing but blanks"),
    ]
    assert [entry[0] for entry in content_of(index).documents] == ["a.txt", "d.txt"]


def test_a_known_file_that_vanishes_while_the_folder_is_read_is_removed(
    folder: Path, index: IndexFolder
) -> None:
    write_files(folder, a=NIGHT, b=RIVER)
    build(folder, index)
    write_files(folder, a=RIVER, b=NIGHT)

    def meddle(stage: str, done: int, total: int) -> None:
        (folder / "b.txt").unlink(missing_ok=True)

    report = build_index(BuildTask(folder, index, LEXICAL), progress=meddle)
    assert (report.changed, report.removed) == (1, 1)
    assert [entry[0] for entry in content_of(index).documents] == ["a.txt"]


# Other folders, settings and models


def test_the_index_of_another_folder_is_refused(
    folder: Path, index: IndexFolder, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    write_files(folder, a=NIGHT)
    write_files(other, b=RIVER)
    build(folder, index)
    before = files_of(index)
    with pytest.raises(WrongFolder, match="leave out --index") as refused:
        build(other, index)
    assert "--full" not in str(refused.value)
    assert str(folder) in str(refused.value)
    assert str(other) in str(refused.value)
    with pytest.raises(WrongFolder):
        plan_build(BuildTask(other, index, LEXICAL))
    assert files_of(index) == before
    build(other, index, full=True)
    assert [entry[0] for entry in content_of(index).documents] == ["b.txt"]


def test_other_settings_are_refused_by_name(
    folder: Path, index: IndexFolder, embedder: HashedEmbedder
) -> None:
    write_files(folder, a=NIGHT)
    build(folder, index, embedder)
    before = files_of(index)
    config = replace(SMALL, language="german", window_chars=30)
    with pytest.raises(ConfigMismatch, match="--full") as refused:
        build_index(BuildTask(folder, index, config, embedder))
    assert "language 'english', now 'german'" in str(refused.value)
    assert "window_chars 40, now 30" in str(refused.value)
    assert files_of(index) == before
    build_index(BuildTask(folder, index, config, embedder), full=True)
    assert index.current().manifest.config == config


@pytest.mark.parametrize("new", [HashedEmbedder("another"), None])
def test_another_model_is_refused(
    folder: Path, index: IndexFolder, embedder: HashedEmbedder, new: HashedEmbedder | None
) -> None:
    write_files(folder, a=NIGHT)
    build(folder, index, embedder)
    before = files_of(index)
    with pytest.raises(ConfigMismatch, match=r"model.*--full"):
        build(folder, index, new)
    assert files_of(index) == before
    report = build(folder, index, new, full=True)
    # Vectors of different models never meet.
    assert report.embedded == (len(set(new.texts)) if new else 0)
    assert index.current().manifest.model_identity == (new.identity if new else None)


class FailingEmbedder(HashedEmbedder):
    """Runs out of memory at the second round of texts."""

    def embed_passages(self, inputs: Sequence[EmbeddingInput]) -> list[PassageEmbedding]:
        if self.texts:
            raise MemoryError("no memory left")
        return super().embed_passages(inputs)


def test_a_failing_embedder_loses_nothing_and_frees_the_lock(
    folder: Path, index: IndexFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(folder, a="Foxes sleep.")
    build(folder, index, HashedEmbedder())
    before = content_of(index)
    monkeypatch.setattr("indexer.building.embedding_queue.ROUND_TEXTS", 2)
    write_files(folder, a=NIGHT, b=RIVER)
    failing = FailingEmbedder()
    with pytest.raises(MemoryError):
        build(folder, index, failing)
    assert content_of(index) == before
    paid = set(failing.texts)
    after = HashedEmbedder()
    assert build(folder, index, after).published
    assert paid.isdisjoint(after.texts)


@pytest.mark.parametrize("full", [False, True])
def test_an_interrupted_build_leaves_the_current_generation_answering(
    full: bool, folder: Path, index: IndexFolder, embedder: HashedEmbedder
) -> None:
    write_files(folder, a=NIGHT, b=RIVER)
    build(folder, index, embedder)
    before = content_of(index)
    write_files(folder, a=RIVER, c=NIGHT)

    def interrupt(stage: str, done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_index(BuildTask(folder, index, SMALL, embedder), full=full, progress=interrupt)
    assert content_of(index) == before
    assert build(folder, index, embedder).published


# Readers while the index is written


def test_an_open_generation_answers_while_others_are_published(
    folder: Path, index: IndexFolder, embedder: HashedEmbedder
) -> None:
    write_files(folder, a=NIGHT, b=RIVER)
    build(folder, index, embedder)
    with open_index(index) as opened:
        before, rows = read_content(opened), opened.rows.tolist()
        passages = opened.store.passages(rows)
        for full in (False, False, True):
            write_files(folder, a=f"Bears sleep {full}. " * 9)
            write_files(folder, b=f"Foxes {os.urandom(4).hex()} do not. " * 9)
            assert build(folder, index, embedder, full=full).published
            assert read_content(opened) == before
            assert opened.store.passages(rows) == passages
            with open_index(index, generation=opened.generation) as opened_late:
                assert read_content(opened_late) == before


def test_a_pruned_generation_answers_as_long_as_it_is_open(
    folder: Path, index: IndexFolder, embedder: HashedEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.index.folder.PRUNE_AFTER_S", 0.0)
    write_files(folder, a=NIGHT, b=RIVER)
    build(folder, index, embedder)
    with open_index(index) as opened:
        before = read_content(opened)
        for text in ("Bears sleep.", "Foxes do not.", "Nor do owls."):
            write_files(folder, a=text)
            build(folder, index, embedder)
        assert not opened.generation.folder.path.exists()
        after = read_content(opened)
    assert (after.lexical, after.semantic) == (before.lexical, before.semantic)
