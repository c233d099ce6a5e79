import gc
import json
import logging
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from api.contract.errors import SemanticUnavailable
from api.contract.search import Mode, SearchRequest
from api.ranking.fusion import FusionMethod
from api.search.ranking_settings import RankingSettings, save_ranking_settings
from api.search.searcher import Searcher
from api.serving.reload import Searchers
from api.serving.status import index_status
from api.settings import ServerSettings
from indexer.embedding.embedder import Embedder
from indexer.errors import (
    IndexDamaged,
    IndexNotFound,
    ModelNotFound,
    ModelUnusable,
    StorageError,
)
from indexer.index import snapshot
from indexer.index.folder import IndexFolder
from tests.api.gated_embedder import GatedEmbedder
from tests.api.served_index import publish, serve, wait_until, write
from tests.hashed_embedder import HashedEmbedder
from tests.other_user import place_for_everyone, without_privileges
from tests.panics import panic


@contextmanager
def watching(
    index: IndexFolder,
    load_model: Callable[[str], Embedder] = lambda name: HashedEmbedder(),
    **settings: Any,
) -> Iterator[Searchers]:
    searchers = Searchers(index, ServerSettings(index=index.path, **settings), load_model)
    searchers.start()
    try:
        yield searchers
    finally:
        searchers.stop()


def generation_of(searchers: Searchers) -> str:
    return searchers.current().snapshot.manifest.generation


def found(searcher: Searcher, q: str = "ferry", **parameters: Any) -> list[str]:
    response = searcher.search(SearchRequest(q=q, **parameters))
    return sorted(hit.document.path for hit in response.hits)


def warned(searcher: Searcher) -> list[str]:
    return [warning.code for warning in searcher.search(SearchRequest(q="ferry")).warnings]


def generation_folder(index: IndexFolder) -> Path:
    """Return the folder of the published generation."""
    return index.current().folder.path


def truncate(index: IndexFolder, name: str) -> Path:
    """Cut a file of the published generation in half; `name` may be a glob."""
    path = next(generation_folder(index).glob(name))
    content = path.read_bytes()
    path.unlink()  # generations share files of the lexical index: the older one keeps its own
    path.write_bytes(content[: len(content) // 2])
    return path


@pytest.fixture
def ferry(folder: Path, index: IndexFolder) -> IndexFolder:
    """An index of one file, with vectors."""
    write(folder, "a.txt", "The ferry sails at noon.\n")
    publish(folder, index, HashedEmbedder())
    return index


# New generations


def test_without_an_index_searches_fail_until_there_is_one(
    folder: Path, index: IndexFolder
) -> None:
    write(folder, "a.txt", "The ferry sails at noon.\n")
    with watching(index, reload_interval_s=0.05) as searchers:
        with pytest.raises(IndexNotFound, match=r"reindex\.py FOLDER"):
            searchers.current()
        assert len(searchers.problems()) == 1
        publish(folder, index)
        wait_until(lambda: not searchers.problems())
        assert found(searchers.current()) == ["a.txt"]


def test_a_new_generation_answers_within_two_seconds(ferry: IndexFolder, folder: Path) -> None:
    with watching(ferry) as searchers:
        first = searchers.current()
        write(folder, "b.txt", "Another ferry.\n")
        generation = publish(folder, ferry, HashedEmbedder())
        wait_until(lambda: generation_of(searchers) == generation, timeout_s=2)
        assert found(searchers.current(), mode="lexical") == ["a.txt", "b.txt"]
        # A search that began earlier keeps its generation.
        assert found(first, mode="lexical") == ["a.txt"]


def test_no_request_is_dropped_while_generations_change(ferry: IndexFolder, folder: Path) -> None:
    answers: list[list[str]] = []
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            answers.append(found(searchers.current()))

    with watching(ferry, reload_interval_s=0.05) as searchers:
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(4):
            write(folder, f"b{number}.txt", f"Ferry number {number} of the company.\n")
            publish(folder, ferry, HashedEmbedder())
            wait_until(partial(last_has, answers, f"b{number}.txt"))
        ended.set()
        for thread in threads:
            thread.join()
    assert all("a.txt" in paths for paths in answers)


def last_has(answers: list[list[str]], path: str) -> bool:
    return bool(answers) and path in answers[-1]


def test_a_replaced_generation_gives_its_file_handles_back(
    ferry: IndexFolder, folder: Path
) -> None:
    with watching(ferry, reload_interval_s=60) as searchers:
        write(folder, "b.txt", "Another ferry.\n")
        publish(folder, ferry, HashedEmbedder())
        searchers.refresh()
        before = open_files()
        write(folder, "c.txt", "A third ferry.\n")
        publish(folder, ferry, HashedEmbedder())
        gc.disable()
        try:
            searchers.refresh()
            # The new vectors are in three files.
            assert open_files() <= before + 3
        finally:
            gc.enable()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_the_same_generation_is_opened_once(ferry: IndexFolder) -> None:
    with watching(ferry) as searchers:
        first = searchers.current()
        searchers.refresh()
        assert searchers.current() is first


def test_a_vanished_index_keeps_answering(ferry: IndexFolder) -> None:
    with watching(ferry) as searchers:
        (ferry.path / "CURRENT").unlink()
        searchers.refresh()
        assert found(searchers.current()) == ["a.txt"]


def test_an_index_that_is_emptied_or_moved_is_a_problem_while_it_answers(
    ferry: IndexFolder,
) -> None:
    with serve(ferry) as client:
        moved = ferry.path.rename(ferry.path.with_name("moved"))
        ferry.path.mkdir()
        wait_until(lambda: bool(client.get("/readyz").json()["problems"]))
        readiness = client.get("/readyz")
        (problem,) = readiness.json()["problems"]
        assert f"{ferry.path} is empty or gone" in problem
        answer = client.get("/v1/search", params={"q": "ferry"})
        assert (readiness.status_code, answer.status_code) == (200, 200)
        ferry.path.rmdir()
        moved.rename(ferry.path)
        wait_until(lambda: not client.get("/readyz").json()["problems"])


def test_a_server_is_ready_only_if_its_store_can_be_read(ferry: IndexFolder) -> None:
    with serve(ferry) as client:
        content = ferry.store.read_bytes()
        ferry.store.write_bytes(b"x" * len(content))
        answer = client.get("/v1/search", params={"q": "ferry"})
        readiness = client.get("/readyz")
        assert (answer.status_code, readiness.status_code) == (503, 503)
        assert str(ferry.store) in readiness.json()["problems"][0]


def test_a_missing_folder_is_a_problem(ferry: IndexFolder, folder: Path) -> None:
    with watching(ferry) as searchers:
        moved = folder.rename(folder.with_name("moved"))
        (problem,) = searchers.problems()
        assert str(folder) in problem
        assert found(searchers.current()) == ["a.txt"]
        moved.rename(folder)
        assert searchers.problems() == []


def test_stopping_before_starting_does_no_harm(index: IndexFolder) -> None:
    Searchers(index, ServerSettings(index=index.path), lambda name: HashedEmbedder()).stop()


# Saved settings


def used(searchers: Searchers) -> tuple[str, float]:
    """Return the fusion and the weight of hybrid search."""
    status = index_status(searchers.current())
    return status.fusion.value, status.semantic_weight


def test_saved_settings_take_effect_within_two_seconds(ferry: IndexFolder) -> None:
    with watching(ferry) as searchers:
        assert used(searchers) == ("weighted", 0.7)
        first = searchers.current()
        save_ranking_settings(ferry, RankingSettings(fusion=FusionMethod.RRF, semantic_weight=0.3))
        wait_until(lambda: used(searchers) == ("rrf", 0.3), timeout_s=2)
        # Nothing else changed, and a search that began earlier keeps its settings.
        assert generation_of(searchers) == first.snapshot.manifest.generation
        assert index_status(first).fusion is FusionMethod.WEIGHTED
        assert found(searchers.current()) == ["a.txt"]
        ferry.settings.unlink()
        wait_until(lambda: used(searchers) == ("weighted", 0.7), timeout_s=2)


def test_saved_settings_apply_to_the_next_generation(ferry: IndexFolder, folder: Path) -> None:
    save_ranking_settings(ferry, RankingSettings(fusion=FusionMethod.RRF, semantic_weight=0.3))
    with watching(ferry, reload_interval_s=60) as searchers:
        assert used(searchers) == ("rrf", 0.3)
        write(folder, "b.txt", "Another ferry.\n")
        generation = publish(folder, ferry, HashedEmbedder())
        searchers.refresh()
        assert generation_of(searchers) == generation
        assert used(searchers) == ("rrf", 0.3)


def test_the_environment_overrides_saved_settings(ferry: IndexFolder) -> None:
    save_ranking_settings(ferry, RankingSettings(fusion=FusionMethod.RRF, semantic_weight=0.3))
    with watching(ferry, fusion="minmax", semantic_weight=0.2) as searchers:
        assert used(searchers) == ("minmax", 0.2)


def failures(caplog: pytest.LogCaptureFixture) -> list[int]:
    """Return the levels of the lines that were logged about failures."""
    return [each.levelno for each in caplog.records if each.levelno > logging.INFO]


def test_unreadable_settings_are_reported_and_not_used(
    ferry: IndexFolder, caplog: pytest.LogCaptureFixture
) -> None:
    save_ranking_settings(ferry, RankingSettings(fusion=FusionMethod.RRF, semantic_weight=0.3))
    with watching(ferry, reload_interval_s=60) as searchers:
        ferry.settings.write_text('{"fusion": "rrf", "semantic_weight": 1.5}')
        for _ in range(3):
            searchers.refresh()
        assert used(searchers) == ("weighted", 0.7)
        assert found(searchers.current()) == ["a.txt"]
        (problem,) = searchers.problems()
        assert problem.startswith("the saved ranking settings cannot be used, so defaults apply: ")
        assert f"{ferry.settings}: semantic_weight is 1.5" in problem
        assert failures(caplog) == [logging.ERROR]
        ferry.settings.write_text('{"fusion": "rrf", "semantic_weight": 0.5}')
        searchers.refresh()
        assert used(searchers) == ("rrf", 0.5)
        assert searchers.problems() == []


def test_a_server_started_on_broken_settings_answers(ferry: IndexFolder) -> None:
    ferry.settings.write_bytes(b"\xff")
    with watching(ferry) as searchers:
        assert found(searchers.current()) == ["a.txt"]
        assert len(searchers.problems()) == 1


# Damage

DAMAGE: dict[str, Callable[[IndexFolder], object]] = {
    "lexical file": lambda index: truncate(index, "lexical/*.idx"),
    "vectors": lambda index: truncate(index, "vectors/passages.faiss"),
    "rows": lambda index: truncate(index, "rows.npy"),
    "manifest": lambda index: truncate(index, "manifest.json"),
    "missing file": lambda index: truncate(index, "signatures.npy").unlink(),
    "missing generation": lambda index: shutil.rmtree(generation_folder(index)),
    "odd language": lambda index: change_manifest(index, ("config", "language"), "klingon"),
    "odd limit": lambda index: change_manifest(index, ("config", "passage_chars"), -1),
    "odd number": lambda index: change_manifest(index, ("number",), 10**30),
    "odd count": lambda index: change_manifest(index, ("passages",), 17),
    "other format": lambda index: change_manifest(index, ("format_version",), 99),
    "CURRENT": lambda index: (index.path / "CURRENT").write_bytes(b"\xff\0/../etc"),
}


def change_manifest(index: IndexFolder, keys: tuple[str, ...], value: object) -> None:
    path = generation_folder(index) / "manifest.json"
    manifest = json.loads(path.read_text())
    place = manifest
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    path.write_text(json.dumps(manifest))


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_generation_is_not_opened(
    ferry: IndexFolder, folder: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    with watching(ferry, reload_interval_s=60) as searchers:
        write(folder, "b.txt", "Another ferry.\n")
        publish(folder, ferry, HashedEmbedder())
        DAMAGE[damage](ferry)
        for _ in range(3):
            searchers.refresh()
        assert found(searchers.current()) == ["a.txt"]
        (problem,) = searchers.problems()
        assert str(ferry.path) in problem
        assert "reindex.py" in problem
        assert warned(searchers.current()) == ["older_generation"]
        assert failures(caplog) == [logging.ERROR]
        # The next intact generation is opened.
        publish(folder, ferry, HashedEmbedder(), full=True)
        searchers.refresh()
        assert found(searchers.current()) == ["a.txt", "b.txt"]
        assert searchers.problems() == []
        assert warned(searchers.current()) == []


@pytest.mark.parametrize("damage", [name for name in DAMAGE if name != "CURRENT"])
def test_a_start_on_a_damaged_generation_falls_back_to_an_older_one(
    ferry: IndexFolder, folder: Path, damage: str
) -> None:
    write(folder, "b.txt", "Another ferry.\n")
    publish(folder, ferry, HashedEmbedder())
    DAMAGE[damage](ferry)
    with watching(ferry, reload_interval_s=60) as searchers:
        assert found(searchers.current()) == ["a.txt"]
        (problem,) = searchers.problems()
        assert str(ferry.path) in problem


def test_answers_from_an_older_generation_say_so(ferry: IndexFolder, folder: Path) -> None:
    write(folder, "b.txt", "Another ferry.\n")
    publish(folder, ferry, HashedEmbedder())
    damaged = truncate(ferry, "rows.npy")
    with watching(ferry, reload_interval_s=60) as searchers:
        searcher = searchers.current()
        answer = searcher.search(SearchRequest(q="ferry"))
        (warning,) = [each for each in answer.warnings if each.code == "older_generation"]
        built = ferry.generation(answer.generation).manifest.built
        assert f"built {built}: " in warning.message
        assert answer.generation in warning.message
        assert str(damaged) in warning.message
        assert "reindex.py --full" in warning.message
        alike = searcher.similar.find(answer.hits[0].passage_id, limit=1)
        assert warning in alike.warnings
        # Saving settings meanwhile does not hide the problem.
        save_ranking_settings(ferry, RankingSettings(fusion=FusionMethod.RRF, semantic_weight=0.3))
        searchers.refresh()
        assert used(searchers) == ("rrf", 0.3)
        assert "older_generation" in warned(searchers.current())


def test_the_problem_ends_when_current_can_be_read_again(ferry: IndexFolder) -> None:
    name = (ferry.path / "CURRENT").read_bytes()
    with watching(ferry, reload_interval_s=60) as searchers:
        DAMAGE["CURRENT"](ferry)
        searchers.refresh()
        assert warned(searchers.current())[0] == "older_generation"
        assert len(searchers.problems()) == 1
        (ferry.path / "CURRENT").write_bytes(name)
        searchers.refresh()
        assert "older_generation" not in warned(searchers.current())
        assert searchers.problems() == []


def test_a_panic_over_a_generation_is_a_problem_like_any_other(
    ferry: IndexFolder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watching(ferry, reload_interval_s=60) as searchers:
        write(folder, "b.txt", "Another ferry.\n")
        publish(folder, ferry, HashedEmbedder())
        monkeypatch.setattr(snapshot, "LexicalIndex", lambda *_: panic())
        searchers.refresh()
        assert found(searchers.current()) == ["a.txt"]
        (problem,) = searchers.problems()
        assert "cannot be opened" in problem
        assert "reindex.py --full" in problem


def test_damage_found_while_answering_is_reported(ferry: IndexFolder, folder: Path) -> None:
    with serve(ferry) as client:
        assert client.get("/v1/search", params={"q": "ferry"}).status_code == 200
        with closing(sqlite3.connect(ferry.store)) as store:
            store.execute("UPDATE passages SET text = 'The ferry sails at nine.' || char(10)")
            store.commit()
        answer = client.get("/v1/search", params={"q": "ferry"})
        assert (answer.status_code, answer.json()["code"]) == (503, "index_damaged")
        assert client.get("/", params={"q": "ferry"}).status_code == 503
        batch = client.post("/v1/search/batch", json={"searches": [{"q": "ferry"}]})
        assert (batch.status_code, batch.json()["code"]) == (503, "index_damaged")
        (problem,) = client.get("/readyz").json()["problems"]
        assert problem == answer.json()["detail"]
        write(folder, "a.txt", "The ferry sails at noon, mostly.\n")
        publish(folder, ferry, HashedEmbedder(), full=True)
        wait_until(lambda: not client.get("/readyz").json()["problems"])
        assert client.get("/v1/search", params={"q": "ferry"}).status_code == 200


def test_a_start_without_a_readable_current_uses_the_newest_generation(
    ferry: IndexFolder, folder: Path
) -> None:
    write(folder, "b.txt", "Another ferry.\n")
    publish(folder, ferry, HashedEmbedder())
    DAMAGE["CURRENT"](ferry)
    with watching(ferry, reload_interval_s=60) as searchers:
        assert found(searchers.current()) == ["a.txt", "b.txt"]
        assert "CURRENT" in searchers.problems()[0]


def test_a_link_that_leads_to_a_path_of_no_text_is_a_problem(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(os.fsdecode(b"ind\xffex"))
    with watching(IndexFolder(link)) as searchers, pytest.raises(StorageError, match="UTF-8"):
        searchers.current()


def test_if_every_generation_is_damaged_searches_fail(ferry: IndexFolder) -> None:
    damaged = truncate(ferry, "rows.npy")
    with watching(ferry, reload_interval_s=60) as searchers:
        with pytest.raises(IndexDamaged, match=damaged.name):
            searchers.current()
        assert str(damaged) in searchers.problems()[0]


def test_an_index_without_its_store_does_not_answer(ferry: IndexFolder) -> None:
    for path in ferry.path.glob("store.sqlite*"):
        path.unlink()
    with (
        watching(ferry, reload_interval_s=60) as searchers,
        pytest.raises(IndexDamaged, match=r"store\.sqlite is missing"),
    ):
        searchers.current()


def test_watching_survives_unexpected_errors(ferry: IndexFolder, folder: Path) -> None:
    with watching(ferry, reload_interval_s=0.05) as searchers:
        whole = generation_folder(ferry)
        odd = whole.with_name("00000002-0dd0dd00")
        shutil.copytree(whole, odd)
        odd_manifest = {
            "generation": odd.name,
            "number": 2,
            "files": {"rows.npy": {"size": 1, "sha256": 1}},
        }
        manifest = json.loads((odd / "manifest.json").read_text()) | odd_manifest
        (odd / "manifest.json").write_text(json.dumps(manifest))
        (ferry.path / "CURRENT").write_text(odd.name)
        wait_until(lambda: bool(searchers.problems()))
        assert odd.name in searchers.problems()[0]
        assert found(searchers.current()) == ["a.txt"]
        write(folder, "b.txt", "Another ferry.\n")
        publish(folder, ferry, HashedEmbedder(), full=True)
        wait_until(lambda: not searchers.problems())
        assert found(searchers.current()) == ["a.txt", "b.txt"]


# Models


def test_lexical_search_answers_while_the_model_loads(ferry: IndexFolder) -> None:
    embedder = GatedEmbedder()
    with watching(ferry, lambda name: embedder) as searchers:
        searcher = searchers.current()
        assert embedder.asked.wait(10)
        assert (searcher.modes.answering, searcher.modes.supported) == ([Mode.LEXICAL], list(Mode))
        assert warned(searcher) == ["model_loading"]
        embedder.gate.set()
        wait_until(lambda: searcher.modes.answering == list(Mode))
        assert warned(searcher) == []


def test_a_model_is_loaded_once_for_all_generations(ferry: IndexFolder, folder: Path) -> None:
    loaded: list[str] = []

    def load(name: str) -> Embedder:
        loaded.append(name)
        return HashedEmbedder()

    with watching(ferry, load, reload_interval_s=60) as searchers:
        wait_until(lambda: searchers.current().modes.answering == list(Mode))
        write(folder, "b.txt", "Another ferry.\n")
        publish(folder, ferry, HashedEmbedder())
        searchers.refresh()
        assert searchers.current().modes.answering == list(Mode)
    assert loaded == ["hashed words"]


def missing(name: str) -> Embedder:
    raise ModelNotFound(f"there is no model folder at {name!r}")


def broken(name: str) -> Embedder:
    embedder = GatedEmbedder(error=ModelNotFound("no model in these files"))
    embedder.gate.set()
    return embedder


def other(name: str) -> Embedder:
    return HashedEmbedder("other weights")


@pytest.mark.parametrize(
    ("load_model", "problem"),
    [
        (missing, "there is no model folder at 'hashed words'"),
        (broken, "no model in these files"),
        (other, "are not the ones that the index was built with"),
    ],
)
def test_lexical_search_works_without_a_usable_model(
    ferry: IndexFolder, load_model: Callable[[str], Embedder], problem: str
) -> None:
    with watching(ferry, load_model) as searchers:
        wait_until(lambda: bool(searchers.problems()))
        (told,) = searchers.problems()
        assert problem in told
        searcher = searchers.current()
        assert (searcher.modes.answering, searcher.modes.supported) == ([Mode.LEXICAL], list(Mode))
        assert warned(searcher) == ["model_unusable"]
        assert found(searcher) == ["a.txt"]
        with pytest.raises(ModelUnusable, match=problem):
            found(searcher, mode="semantic")


def test_a_model_whose_files_were_replaced_is_reloaded(ferry: IndexFolder, folder: Path) -> None:
    weights = HashedEmbedder().identity
    with watching(ferry, lambda name: HashedEmbedder(weights)) as searchers:
        wait_until(lambda: searchers.current().modes.answering == list(Mode))
        before = searchers.current()
        weights = "other weights"
        name = publish(folder, ferry, HashedEmbedder(weights), full=True)
        wait_until(lambda: generation_of(searchers) == name)
        wait_until(lambda: searchers.current().modes.answering == list(Mode))
        assert searchers.problems() == []
        assert found(searchers.current(), mode="semantic") == ["a.txt"]
        assert found(before, mode="semantic") == ["a.txt"]


def test_the_problem_of_a_model_disappears_with_the_model(ferry: IndexFolder, folder: Path) -> None:
    with watching(ferry, broken, reload_interval_s=60) as searchers:
        wait_until(lambda: bool(searchers.problems()))
        publish(folder, ferry, full=True)
        searchers.refresh()
        assert searchers.problems() == []
        assert searchers.current().modes.supported == [Mode.LEXICAL]
        assert warned(searchers.current()) == ["no_vectors"]
        with pytest.raises(SemanticUnavailable):
            found(searchers.current(), mode="semantic")


def test_an_index_that_cannot_be_listed_is_a_problem(folder: Path) -> None:
    with place_for_everyone() as place:
        index = IndexFolder(place / "index")
        write(folder, "a.txt", "A ferry sails.\n")
        publish(folder, index)
        (index.path / "CURRENT").write_text("nothing")
        (index.path / "generations").chmod(0o700)
        with without_privileges(), watching(index, reload_interval_s=60) as searchers:
            (problem,) = searchers.problems()
        assert str(index.path) in problem
