"""Where the keys are kept, and who may read the file after a change."""

import os
import stat
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from api.command.keys import main
from api.settings import ServerSettings, load_settings
from api.web.access import Access
from api.web.keys import KeyFile, Scope, key_file
from indexer.errors import InvalidSetting, StorageError

SEARCH = frozenset({Scope.SEARCH})
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files to other users")
# Any user but root.
SERVICE = 12_345

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder without keys or index, and an environment that names none."""
    monkeypatch.delenv("SPANLIGHT_KEYS")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


# The place


def test_the_keys_are_beside_the_index_whatever_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = tmp_path / "project" / ".spanlight" / "index"
    index.mkdir(parents=True)
    expected = index.parent / "keys.json"
    assert key_file(ServerSettings(index=index)).path == expected
    monkeypatch.chdir(tmp_path / "project")
    assert key_file(ServerSettings()).path == expected
    monkeypatch.chdir("/")
    assert main(["--index", str(index), "add", "anna"]) == 0
    assert Access(ServerSettings(index=index)).caller(None) is None


def test_keys_beside_a_link_to_an_index_stay_when_the_link_is_switched(tmp_path: Path) -> None:
    (tmp_path / "versions" / "one").mkdir(parents=True)
    link = tmp_path / "index"
    link.symlink_to(tmp_path / "versions" / "one")
    assert key_file(ServerSettings(index=link)).path == tmp_path / "keys.json"


@pytest.mark.parametrize("arguments", [["add", "anna"], ["list"], ["remove", "anna"]])
def test_keys_that_would_guard_no_index_are_refused(
    tmp_path: Path, elsewhere: Path, capsys: Captured, arguments: list[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert f"there is no index in {tmp_path}/indexes/index" in said
    assert "--index" in said
    assert list(elsewhere.iterdir()) == []
    assert not (tmp_path / "indexes").exists()


def test_a_missing_folder_is_not_created(tmp_path: Path, capsys: Captured) -> None:
    missing = tmp_path / "no such" / "folder"
    assert main(["add", "anna", "--keys", f"{missing}/keys.json"]) == 2
    said = capsys.readouterr().err
    assert f"there is no folder {missing} for the keys" in said
    assert said.endswith(f"mkdir --parents '{missing}'\n")
    assert not missing.parent.exists()


@pytest.mark.parametrize("arguments", [["list"], ["remove", "anna"]])
def test_a_mistyped_place_is_told(tmp_path: Path, capsys: Captured, arguments: list[str]) -> None:
    assert main([*arguments, "--keys", f"{tmp_path}/typo.json"]) == 2
    assert f"there is no file {tmp_path}/typo.json; check its name" in capsys.readouterr().err
    assert main([*arguments, "--index", f"{tmp_path}/nowhere"]) == 2
    assert f"there is no index in {tmp_path}/nowhere, so" in capsys.readouterr().err


def test_a_key_may_be_created_before_the_index(tmp_path: Path, capsys: Captured) -> None:
    assert main(["add", "anna", "--index", f"{tmp_path}/index"]) == 0
    assert main(["list", "--index", f"{tmp_path}/index"]) == 0
    assert capsys.readouterr().out.endswith("\n")


def test_the_command_says_which_file_it_changed(
    elsewhere: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPANLIGHT_INDEXES", ".spanlight")
    (elsewhere / ".spanlight" / "index").mkdir(parents=True)
    assert main(["add", "anna"]) == 0
    assert f"The key anna of {elsewhere}/.spanlight/keys.json" in capsys.readouterr().err


@pytest.mark.parametrize("insecure", [False, True])
def test_keys_in_their_former_place_are_not_forgotten(
    elsewhere: Path, tmp_path: Path, insecure: bool
) -> None:
    (elsewhere / ".spanlight").mkdir()
    KeyFile(elsewhere / ".spanlight" / "keys.json").add("anna", SEARCH)
    settings = ServerSettings(index=tmp_path / "index", insecure=insecure)
    with pytest.raises(InvalidSetting, match=r"elsewhere/\.spanlight/keys\.json; copy that file"):
        Access(settings)
    KeyFile(tmp_path / "keys.json").add("anna", SEARCH)
    assert Access(settings).caller(None) is None


@pytest.mark.parametrize("after", [False, True])
def test_the_file_can_be_named_before_and_after_the_subcommand(tmp_path: Path, after: bool) -> None:
    place, what = ["--keys", str(tmp_path / "keys.json")], ["add", "anna"]
    assert main([*what, *place] if after else [*place, *what]) == 0
    assert [key.name for key in KeyFile(tmp_path / "keys.json").read()] == ["anna"]


def test_removing_the_last_key_says_what_follows(tmp_path: Path, capsys: Captured) -> None:
    place = ["--keys", str(tmp_path / "keys.json")]
    main(["add", "anna", *place])
    main(["add", "otto", *place])
    capsys.readouterr()
    main(["remove", "anna", *place])
    assert "last one" not in capsys.readouterr().err
    main(["remove", "otto", *place])
    assert "a running server now lets nobody in" in capsys.readouterr().err


# Owner, mode and links


@pytest.fixture
def guarded(tmp_path: Path) -> Path:
    """A folder that belongs to the service's user."""
    folder = tmp_path / "service"
    folder.mkdir()
    os.chown(folder, SERVICE, SERVICE)
    return folder


def owner(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)


@AS_ROOT
def test_a_new_file_of_root_belongs_to_the_owner_of_its_folder(guarded: Path) -> None:
    KeyFile(guarded / "keys.json").add("anna", SEARCH)
    for path in guarded.iterdir():
        assert owner(path) == (SERVICE, SERVICE, 0o600)


@AS_ROOT
def test_a_changed_file_keeps_its_owner_and_mode(guarded: Path) -> None:
    keys = KeyFile(guarded / "keys.json")
    keys.add("anna", SEARCH)
    os.chown(keys.path, SERVICE + 1, SERVICE + 2)
    keys.path.chmod(0o640)
    keys.add("otto", SEARCH)
    keys.remove("anna")
    assert owner(keys.path) == (SERVICE + 1, SERVICE + 2, 0o640)


@AS_ROOT
def test_a_user_who_would_lock_the_server_out_is_refused() -> None:
    # Other users cannot enter pytest's own folders.
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        keys = KeyFile(folder / "keys.json")
        keys.add("anna", SEARCH)
        keys.path.chmod(0o644)
        (folder / ".keys.json.lock").chmod(0o666)
        before = keys.path.read_bytes()
        os.seteuid(SERVICE)
        try:
            with pytest.raises(
                StorageError, match=r"belongs to another user .*\(user 0, group 0\)"
            ):
                keys.add("otto", SEARCH)
        finally:
            os.seteuid(0)
        assert keys.path.read_bytes() == before
        assert {path.name for path in folder.iterdir()} == {".keys.json.lock", "keys.json"}


def test_a_link_to_the_file_remains_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "secrets" / "keys.json", tmp_path / "keys.json"
    real.parent.mkdir()
    KeyFile(real).add("anna", SEARCH)
    link.symlink_to(Path("secrets") / "keys.json")
    KeyFile(link).add("otto", SEARCH)
    KeyFile(link).remove("anna")
    assert link.is_symlink()
    assert [key.name for key in KeyFile(real).read()] == ["otto"]


def test_a_link_to_nothing_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "keys.json"
    link.symlink_to("nothing.json")
    with pytest.raises(
        InvalidSetting, match=r"keys\.json is a link to .*nothing\.json, which does"
    ):
        KeyFile(link).add("anna", SEARCH)


def test_the_lock_does_not_follow_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / ".keys.json.lock").symlink_to(victim)
    with pytest.raises(StorageError, match="the keys are unchanged"):
        KeyFile(tmp_path / "keys.json").add("anna", SEARCH)
    assert victim.read_text() == "precious"


def test_the_environment_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANLIGHT_KEYS", str(tmp_path / "mine.json"))
    assert key_file(load_settings()).path == tmp_path / "mine.json"
