"""`spanlight cite`, `verify`, `open` and `status`."""

import json
import stat
from pathlib import Path

import pytest

from tests.api.command.asking.shell import FILES, SENTENCE, prepare, spanlight

QUESTION = ("--mode", "lexical", "girder", "cracked")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    prepare(home)
    return home


@pytest.mark.parametrize(
    ("form", "lines"),
    [
        ("plain", [f"“{SENTENCE}”", "bridge, bridge.txt, line 7, 20"]),
        ("markdown", [f"> {SENTENCE}\n>\n> — [bridge](<bridge.txt>), line 7, 20"]),
        ("wikilink", [f"> {SENTENCE}\n>\n> — [[bridge.txt|bridge]], line 7, 20"]),
        ("bibtex", ["@misc{spanlight-", "  title = {bridge},", "  howpublished = {bridge.txt},"]),
    ],
)
def test_a_citation_has_title_place_and_date(home: Path, form: str, lines: list[str]) -> None:
    done = spanlight(home, "cite", "--format", form, *QUESTION)
    assert (done.returncode, done.stderr) == (0, "")
    for line in lines:
        assert line in done.stdout


def test_a_citation_can_be_verified(tmp_path: Path) -> None:
    prepare(tmp_path)
    cited = spanlight(tmp_path, "cite", "--format", "audit", *QUESTION).stdout
    quotation = json.loads(cited)
    text = FILES[quotation["path"]]
    assert text[quotation["span"]["start"] : quotation["span"]["end"]] == quotation["text"]
    checked = spanlight(tmp_path, "verify", "--audit", "-", given=cited)
    assert (checked.returncode, checked.stdout) == (0, "Verbatim\ndocs/bridge.txt:7\n")
    file = tmp_path / "docs" / "bridge.txt"
    file.write_text("New.\n" + text)
    moved = spanlight(tmp_path, "verify", "--audit", "-", given=cited)
    assert moved.returncode == 0
    assert moved.stdout.startswith("Verbatim, but elsewhere in the file\ndocs/bridge.txt:8\n")
    assert "The file is not the one that was quoted" in moved.stdout
    file.write_text(text.replace("cracked", "rusted"))
    altered = spanlight(tmp_path, "verify", "--audit", "-", given=cited)
    assert altered.returncode == 1
    assert altered.stdout.startswith("Altered\n")
    assert "had rusted, which" in altered.stdout


def test_a_quotation_is_verified_in_all_files(home: Path) -> None:
    done = spanlight(home, "verify", SENTENCE)
    assert (done.returncode, done.stdout) == (0, "Verbatim\ndocs/bridge.txt:7\n")
    given = spanlight(home, "verify", "--json", "-", given=f"{SENTENCE}\n")
    assert json.loads(given.stdout)["verdict"] == "exact"
    absent = spanlight(home, "verify", "The bridge is for sale to the highest bidder of the moon.")
    assert absent.returncode == 1
    assert absent.stdout.startswith("Not found\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "give either a quotation or --audit FILE"),
        (["--audit", "-"], "- is not one line of JSON"),
        (["--path", "nowhere.txt", "bridge"], "nowhere.txt"),
    ],
)
def test_what_cannot_be_verified_is_an_error(home: Path, arguments: list[str], told: str) -> None:
    done = spanlight(home, "verify", *arguments, given="")
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr


@pytest.mark.parametrize(
    ("editor", "command"),
    [
        ({"EDITOR": "vim -R"}, "vim -R +7 {file}"),
        ({"EDITOR": "vi", "VISUAL": "/usr/bin/code -w"}, "/usr/bin/code -w --goto {file}:7:1"),
        ({"EDITOR": "hx"}, "hx {file}:7:1"),
        (
            {"SPANLIGHT_EDITOR": "vscode://file{path}:{line}:{column}#{page}"},
            "xdg-open 'vscode://file{file}:7:1#1'",
        ),
    ],
)
def test_a_hit_is_opened_at_its_line(home: Path, editor: dict[str, str], command: str) -> None:
    done = spanlight(home, "open", "--print", *QUESTION, **editor)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == command.format(file=home / "docs" / "bridge.txt") + "\n"


def test_the_editor_is_started(home: Path, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/opened\n')
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    assert spanlight(home, "open", "--mode", "lexical", "ferry", EDITOR=str(editor)).returncode == 0
    opened = (tmp_path / "opened").read_text()
    assert opened == f"+7\n{home}/docs/notes/harbour.md\n"


def test_what_cannot_be_opened_is_an_error(home: Path) -> None:
    missing = spanlight(home, "open", *QUESTION, EDITOR="no-such-editor")
    assert missing.returncode == 2
    assert "no-such-editor cannot be started" in missing.stderr
    wrong = spanlight(home, "open", *QUESTION, SPANLIGHT_EDITOR="x://{nothing}")
    assert wrong.returncode == 2
    assert "may have only {path}, {line}, {column} and {page}" in wrong.stderr
    nothing = spanlight(home, "open", "--mode", "lexical", "zzzqqq")
    assert (nothing.returncode, nothing.stdout) == (1, "")


def test_the_status_of_a_folder(home: Path, tmp_path: Path) -> None:
    done = spanlight(home, "status", "docs/notes")
    assert done.returncode == 0
    first, *rest = done.stdout.splitlines()
    assert first == str(home / "docs")
    assert any("3 documents" in line for line in rest)
    (state,) = json.loads(spanlight(home, "status", "--json", "docs").stdout)
    assert (state["documents"], state["server"], state["problem"]) == (3, None, None)
    assert str(home / "docs") in spanlight(home, "status").stdout
    assert spanlight(home, "status", str(tmp_path)).returncode == 1
