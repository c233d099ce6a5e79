"""`spanlight search`: what it prints, how it ends, and who answers."""

import json
import os
import pty
import signal
import subprocess
from pathlib import Path

import pytest

from indexer.index.folder import IndexFolder
from tests.api.command.asking.shell import COMMAND, SENTENCE, environment, prepare, spanlight
from tests.api.served_index import serve
from tests.api.server_process import server_process
from tests.imported_modules import printed_and_imported


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    prepare(home)
    return home


@pytest.fixture(scope="module")
def index(home: Path) -> IndexFolder:
    return IndexFolder(home / ".spanlight" / "index-docs")


def test_a_hit_is_printed_with_its_place_and_the_verdict(home: Path) -> None:
    done = spanlight(home, "search", "--mode", "lexical", "girder", "cracked")
    assert (done.returncode, done.stderr) == (0, "")
    verdict, place, sentence = done.stdout.splitlines()
    assert verdict == "These passages seem to answer:"
    assert place.startswith("docs/bridge.txt:7  bridge ")
    assert SENTENCE in sentence


def test_it_ends_like_grep(home: Path) -> None:
    nothing = spanlight(home, "search", "--mode", "lexical", "zzzqqq")
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert nothing.stderr.startswith("Nothing was found.\n")
    for wrong in (["--limit", "0", "bridge"], ["bridge", "--path", "/"], ["--nothing"], []):
        done = spanlight(home, "search", *wrong)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("spanlight search: ")
        assert done.stderr.count("\n") == 1


def test_a_folder_without_an_index_says_what_to_do(home: Path, tmp_path: Path) -> None:
    done = spanlight(home, "search", "--in", str(tmp_path), "bridge")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"build one with: spanlight index {tmp_path}" in done.stderr


def test_the_index_is_found_from_inside_its_folder(home: Path) -> None:
    done = spanlight(home, "search", "--in", "docs/notes", "--path", "notes/", "ferry", "noon")
    assert done.returncode == 0
    assert "docs/notes/harbour.md:7 " in done.stdout
    assert "bridge" not in done.stdout


def test_json_is_the_answer_of_the_api(home: Path, index: IndexFolder) -> None:
    done = spanlight(home, "search", "--json", "--limit", "2", "bridge", "ferry")
    printed = json.loads(done.stdout)
    with serve(index) as client:
        request = {"q": "bridge ferry", "limit": 2}
        answer = client.post("/v1/search", json=request).json()
    for each in (printed, answer):
        del each["took_ms"]
    assert len(printed["hits"]) == 2
    assert printed == answer


def test_editors_find_every_sentence_where_vimgrep_says(home: Path) -> None:
    done = spanlight(home, "search", "--vimgrep", "bridge", "ferry", "lighthouse")
    lines = done.stdout.splitlines()
    assert len(lines) > 3
    for each in lines:
        path, line, column, text = each.split(":", 3)
        content = (home / path).read_bytes().split(b"\n")[int(line) - 1][int(column) - 1 :]
        first = text.partition("\\x1b")[0][:20]
        assert content.decode().startswith(first)


def test_no_document_controls_the_terminal(home: Path) -> None:
    for form in ([], ["--vimgrep"]):
        done = spanlight(home, "search", *form, "lighthouse")
        assert "\\x1b[31mblinks\\x1b[0m" in done.stdout
        assert "\x1b" not in done.stdout


@pytest.mark.parametrize(("more", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_are_for_terminals(home: Path, more: dict[str, str], coloured: bool) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "search", "--mode", "lexical", "girder"],
        cwd=home,
        env=environment(**more),
        stdout=theirs,
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4_096):
                shown += part
        except OSError:
            # So the kernel says that nobody else has the terminal open.
            pass
        os.close(ours)
    assert process.returncode == 0
    assert (b"\x1b[1;31mgirder\x1b[0m" in shown) == coloured
    assert (b"\x1b" in shown) == coloured


def test_a_reader_that_goes_away_is_no_error(home: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, "search", "--mode", "lexical", "bridge"],
        cwd=home,
        env=environment(),
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert done.stderr == b""
    assert done.returncode == 128 + signal.SIGPIPE


def test_a_running_server_answers(home: Path, index: IndexFolder) -> None:
    arguments = ("search", "--json", "--mode", "lexical", "bridge")
    with server_process("--index", str(index.path)) as server:
        assert spanlight(home, *arguments).returncode == 0
        (asked,) = [each for each in server.events("request") if "/search" in str(each)]
        assert asked["status"] == 200
        assert server.address in spanlight(home, "status", "docs").stdout
        server.process.kill()
        server.process.wait()
        # Its file is still there, but nobody holds it.
        assert index.path.with_name("index-docs.server").exists()
        assert spanlight(home, *arguments).returncode == 0
    assert "none is running" in spanlight(home, "status", "docs").stdout


def test_a_server_with_keys_is_asked_with_the_key(home: Path, index: IndexFolder) -> None:
    keys = str(home / "own-keys.json")
    made = spanlight(home, "keys", "add", "me", "--keys", keys)
    key = made.stdout.strip()
    arguments = ("search", "--mode", "lexical", "bridge")
    with server_process("--index", str(index.path), SPANLIGHT_KEYS=keys) as server:
        assert spanlight(home, *arguments, SPANLIGHT_API_KEY=key).returncode == 0
        searches = [each for each in server.events("request") if "/search" in str(each)]
        assert [each["status"] for each in searches] == [200]
        wrong = spanlight(home, *arguments, SPANLIGHT_API_KEY="wrong")
        assert wrong.returncode == 2
        assert wrong.stderr.startswith("spanlight search: the server at http://127.0.0.1:")
        # Without a key, whoever can read the index needs no server.
        assert spanlight(home, *arguments).returncode == 0


def test_only_what_is_needed_is_imported(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONPATH", "SPANLIGHT_INDEXES"):
        monkeypatch.setenv(name, environment()[name])
    shown, imported = printed_and_imported([*COMMAND[1:], "search", "--help"], folder=home)
    assert shown.startswith("usage: spanlight search ")
    assert imported.isdisjoint({"numpy", "pydantic", "fastapi", "tantivy", "faiss", "torch"})
    call = [*COMMAND[1:], "search", "--mode", "lexical", "bridge"]
    shown, imported = printed_and_imported(call, folder=home)
    assert SENTENCE in shown
    assert "tantivy" in imported
    assert imported.isdisjoint({"fastapi", "starlette", "uvicorn", "openvino", "torch", "jinja2"})
