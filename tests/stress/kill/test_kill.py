"""A short run of `stress.py kill`, and tests that it finds the errors that it looks for."""

import threading
from pathlib import Path

from indexer.index.folder import IndexFolder
from scripts.benchmarking.serving.server import running_server
from tests.api.served_index import wait_until
from tests.indexer.builds import build
from tests.stress.kill.clients import MOST_ERRORS, Client, asking
from tests.stress.kill.command import kill_builds
from tests.stress.kill.known_folder import KnownFolder, edition_word, known_text, known_words
from tests.stress.kill.stages import Before, Stage

ASKED = ("searches, lexical", "texts", "suggestions")


def test_killed_builds_do_no_harm(tmp_path: Path) -> None:
    outcome = kill_builds(tmp_path, 6, seed=1, files=20, model="none", clients=2, pause_s=0.05)
    assert outcome.errors == []
    assert outcome.figures["moments at which a build was killed"] == 6
    assert float(outcome.figures["hits compared with the text of their edition"]) > 100
    assert list(tmp_path.iterdir()) == []


def errors_of_a_client(folder: KnownFolder, index: IndexFolder) -> list[str]:
    """Return the errors of a client that sends some requests of every kind."""
    with running_server(index.path) as server:
        client = Client(server.port, folder, "seed", ("lexical",), 0.0)
        with asking([client], threading.Event()):
            wait_until(
                lambda: (
                    len(client.errors) >= MOST_ERRORS
                    or all(client.counts[each] >= 5 for each in ASKED)
                ),
                timeout_s=60,
            )
    return client.errors


def test_answers_from_another_state_are_noticed(tmp_path: Path, index: IndexFolder) -> None:
    folder = KnownFolder(tmp_path / "known", 10, "seed")
    build(folder.path, index)
    assert errors_of_a_client(folder, index) == []
    # As if generation 1 had the current state of the folder.
    folder.rewrite_all(0)
    errors = errors_of_a_client(folder, index)
    assert any(error.startswith("a hit of 00000001-") for error in errors)
    assert any(error.startswith("the text of ") for error in errors)
    assert any(error.startswith("suggested ") for error in errors)


def test_each_generation_has_one_state(tmp_path: Path) -> None:
    folder = KnownFolder(tmp_path / "known", 10, "seed")
    assert [folder.state_of(number) for number in (1, 2)] == [0, 0]
    folder.rewrite_all(published=2)
    folder.change_some(published=5)
    assert [folder.state_of(number) for number in (1, 2, 3, 5, 6, 9)] == [0, 0, 1, 1, 2, 2]
    assert set(folder.state(1).values()) == {1}
    assert set(folder.state(2).values()) == {1, 2}
    found = {
        path.relative_to(folder.path).as_posix(): path.read_text("utf-8")
        for path in folder.path.rglob("*.txt")
    }
    assert found == {path: known_text(path, edition) for path, edition in folder.state(2).items()}


def test_every_passage_contains_the_word_of_its_edition() -> None:
    assert len({edition_word(edition) for edition in range(2_000)}) == 2_000
    paragraphs = known_text("0/0000.txt", 27).split("\n\n")
    assert all(f"{edition_word(27)}." in paragraph for paragraph in paragraphs)
    assert not any(word.startswith(edition_word(0)) for word in known_words())


def test_stages_are_inferred_from_the_files_on_disk(folder: Path, index: IndexFolder) -> None:
    (folder / "a.txt").write_text("The river froze.")
    before = Before.of(index)
    assert before.stage(index) is Stage.STARTING
    with index.writing():
        begun = index.begin(1)
        assert before.stage(index) is Stage.BUILDING
        index.abandon(begun)
    build(folder, index)
    assert before.stage(index) is Stage.ENDING
    current = (index.path / "CURRENT").read_bytes()
    before = Before.of(index)
    build(folder, index, full=True)
    assert before.stage(index) is Stage.ENDING
    (index.path / "CURRENT").write_bytes(current)
    assert before.stage(index) is Stage.PUBLISHING
    build(folder, index, full=True)
    before = Before.of(index)
    build(folder, index, full=True)
    assert before.stage(index) is Stage.PRUNING
