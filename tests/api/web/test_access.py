"""API keys: added, stored as hashes and revoked; and access with and without them."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.settings import ServerSettings
from api.web.access import Access, is_loopback
from api.web.keys import ALL_SCOPES, KeyFile, Scope, matching_key
from indexer.errors import InvalidSetting, SpanlightError
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, serve, wait_until, write

SEARCH = frozenset({Scope.SEARCH})
ADMIN = frozenset({Scope.ADMIN})


@pytest.fixture
def keys(tmp_path: Path) -> KeyFile:
    (tmp_path / "place").mkdir()
    return KeyFile(tmp_path / "place" / "keys.json")


# The file


def test_a_key_is_shown_once_and_kept_as_its_hash(keys: KeyFile) -> None:
    secret = keys.add("anna", SEARCH)
    assert len(secret) > 40
    assert secret not in keys.path.read_text()
    (kept,) = keys.read()
    assert (kept.name, kept.scopes) == ("anna", SEARCH)
    assert matching_key([kept], secret) == kept
    assert matching_key([kept], secret + "x") is None
    assert matching_key([kept], kept.sha256) is None


def test_only_the_owner_can_read_the_file(keys: KeyFile) -> None:
    keys.add("anna", SEARCH)
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600


def test_two_keys_are_never_the_same(keys: KeyFile) -> None:
    assert len({keys.add(f"key-{number}", SEARCH) for number in range(20)}) == 20
    assert len(keys.read()) == 20


def test_a_name_belongs_to_one_key(keys: KeyFile) -> None:
    keys.add("anna", SEARCH)
    before = keys.path.read_bytes()
    with pytest.raises(InvalidSetting, match="already has a key 'anna'"):
        keys.add("anna", ADMIN)
    assert keys.path.read_bytes() == before


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "a\n", "../x", "ann\u202ea"])
def test_names_can_be_written_in_a_line_of_a_log(keys: KeyFile, name: str) -> None:
    with pytest.raises(InvalidSetting, match="is not a valid name for a key"):
        keys.add(name, SEARCH)


def test_a_revoked_key_is_gone(keys: KeyFile) -> None:
    keys.add("anna", SEARCH)
    keys.remove("anna")
    assert keys.read() == []
    with pytest.raises(InvalidSetting, match="has no key 'anna'"):
        keys.remove("anna")


@pytest.mark.parametrize(
    "content",
    [
        *["", "{", "[]", '{"keys": 3}', '{"keys": [{"name": "anna"}]}', b"\xff\xfe"],
        *[
            '{"keys": [{"name": "a", "scopes": ["root"], "sha256": "%s", "created": ""}]}'
            % ("0" * 64)
        ],
        *['{"keys": [{"name": "a", "scopes": [], "sha256": "12", "created": ""}]}'],
    ],
)
def test_a_file_with_other_content_is_named(keys: KeyFile, content: str | bytes) -> None:
    keys.path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InvalidSetting) as refused:
        keys.read()
    assert str(keys.path) in str(refused.value)


# Access


@pytest.mark.parametrize(
    ("host", "local"),
    [
        *[("127.0.0.1", True), ("localhost", True), ("::1", True), ("127.8.9.1", True)],
        *[("0.0.0.0", False), ("::", False), ("192.0.2.1", False), ("", False), ("no.such", False)],
    ],
)
def test_loopback_addresses_are_recognised(host: str, local: bool) -> None:
    assert is_loopback(host) is local


def access(keys: KeyFile, host: str = "127.0.0.1", *, insecure: bool = False) -> Access:
    return Access(ServerSettings(host=host, keys=keys.path, insecure=insecure))


def test_without_keys_local_clients_are_admitted(keys: KeyFile) -> None:
    caller = access(keys).caller(None)
    assert caller is not None
    assert (caller.key, caller.scopes) == (None, ALL_SCOPES)


def test_without_keys_remote_clients_need_an_explicit_setting(keys: KeyFile) -> None:
    with pytest.raises(InvalidSetting, match=r"0\.0\.0\.0.*keys\.py add.*--insecure"):
        access(keys, "0.0.0.0")
    assert access(keys, "0.0.0.0", insecure=True).caller(None) is not None
    keys.add("anna", SEARCH)
    assert access(keys, "0.0.0.0").caller(None) is None


@pytest.mark.parametrize("insecure", [True, False])
def test_if_there_are_keys_one_is_required(keys: KeyFile, insecure: bool) -> None:
    secret = keys.add("anna", SEARCH)
    checked = access(keys, insecure=insecure)
    assert checked.caller(None) is None
    assert checked.caller("") is None
    assert checked.caller("spanlight_wrong") is None
    caller = checked.caller(secret)
    assert caller is not None
    assert (caller.key, caller.scopes) == ("anna", SEARCH)


def test_changes_take_effect_at_once(keys: KeyFile) -> None:
    checked = access(keys)
    assert checked.caller(None) is not None
    secret = keys.add("anna", SEARCH)
    assert checked.caller(None) is None
    assert checked.caller(secret) is not None
    keys.remove("anna")
    assert checked.caller(secret) is None
    # Adding a key closed the server, and removing the last key must not open it.
    assert checked.caller(None) is None


def test_the_log_warns_when_no_key_is_left(keys: KeyFile, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "api")
    checked = access(keys)
    for change in (lambda: keys.add("anna", SEARCH), lambda: keys.remove("anna")):
        change()
        checked.caller(None)
    read = [(record.levelname, vars(record)["keys"]) for record in caplog.records]
    assert read == [("INFO", 1), ("WARNING", 0)]


def test_keys_that_could_not_be_read_for_a_moment_are_read_again(
    keys: KeyFile,
) -> None:
    """Even if the file is then the same as before."""
    secret = keys.add("anna", SEARCH)
    checked = access(keys)
    real, folder = keys.path.parent.with_name("real"), keys.path.parent
    folder.rename(real)
    folder.symlink_to(folder.name)
    assert checked.caller(secret) is None
    folder.unlink()
    real.rename(folder)
    assert checked.caller(secret) is not None


@pytest.mark.parametrize("content", [None, "", "{}"])
def test_a_server_that_cannot_read_its_keys_is_not_ready(
    folder: Path, index: IndexFolder, keys: KeyFile, content: str | None
) -> None:
    write(folder, "a.txt", "The ferry sails at noon.\n")
    publish(folder, index)
    secret = keys.add("anna", SEARCH)
    sound = keys.path.read_text()
    header = {"Authorization": f"Bearer {secret}"}
    with serve(index, keys=keys.path) as client:
        if content is None:
            keys.path.unlink()
        else:
            keys.path.write_text(content)
        answer = client.get("/v1/search", params={"q": "ferry"}, headers=header)
        assert (answer.status_code, answer.json()["code"]) == (503, "keys_unusable")
        readiness = client.get("/readyz")
        assert (readiness.status_code, readiness.json()["ready"]) == (503, False)
        (problem,) = readiness.json()["problems"]
        assert "lets nobody in" in problem
        assert str(keys.path) not in problem
        keys.path.write_text(sound)
        wait_until(lambda: client.get("/readyz").status_code == 200)
        assert client.get("/v1/search", params={"q": "ferry"}, headers=header).status_code == 200


def test_a_named_file_that_is_not_there_is_told_at_the_start(keys: KeyFile) -> None:
    told = Access(ServerSettings(keys=keys.path)).missing_file
    assert told is not None
    assert str(keys.path) in told
    keys.add("anna", SEARCH)
    assert Access(ServerSettings(keys=keys.path)).missing_file is None


def test_a_pipe_or_a_device_is_no_file_of_keys(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        with pytest.raises(InvalidSetting, match=r"not a small regular file.*name another file"):
            KeyFile(path).read()


def test_a_damaged_or_missing_file_admits_no_one(keys: KeyFile) -> None:
    secret = keys.add("anna", SEARCH)
    checked = access(keys)
    whole = keys.path.read_text()
    keys.path.write_text("{")
    assert checked.caller(secret) is None
    keys.path.write_text(whole)
    assert checked.caller(secret) is not None
    keys.path.unlink()
    assert checked.caller(secret) is None


# Over HTTP


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, str, str]]:
    place = tmp_path_factory.mktemp("access")
    index, keys = IndexFolder(place / "index"), KeyFile(place / "keys.json")
    write(place / "folder", "a.txt", "The ferry sails at noon.\n")
    publish(place / "folder", index)
    search, admin = keys.add("anna", SEARCH), keys.add("cron", ADMIN)
    with serve(index, keys=keys.path) as client:
        yield client, search, admin


@pytest.fixture
def served(server: tuple[TestClient, str, str]) -> tuple[TestClient, str, str]:
    """A server with a key to search and one to administer, and a browser that is signed out."""
    server[0].cookies.clear()
    return server


@pytest.mark.parametrize(
    "header",
    [
        *[("Authorization", "Bearer {}"), ("Authorization", "bearer  {} ")],
        *[("X-API-Key", "{}"), ("Cookie", "other=1; spanlight_key={}")],
    ],
)
def test_a_key_comes_in_a_header_or_a_cookie(
    served: tuple[TestClient, str, str], header: tuple[str, str]
) -> None:
    client, search, _ = served
    headers = {header[0]: header[1].format(search)}
    assert client.get("/v1/search", params={"q": "ferry"}, headers=headers).status_code == 200
    assert client.get("/metrics", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic YW5uYTp4"},
        {"X-API-Key": "spanlight_"},
        {"Cookie": "spanlight_key=wrong"},
        {"Cookie": '"; =;;; [:]'},
    ],
)
@pytest.mark.parametrize(
    "address", ["/v1/search?q=ferry", "/v1/status", "/metrics", "/openapi.json", "/nothing"]
)
def test_without_a_valid_key_nothing_is_revealed(
    served: tuple[TestClient, str, str], headers: Mapping[str, str], address: str
) -> None:
    client, _, _ = served
    response = client.get(address, headers=headers, follow_redirects=False)
    if address == "/nothing":
        assert response.status_code == 303
        return
    assert response.status_code == 401
    assert response.json()["code"] == "key_required"
    assert response.headers["www-authenticate"].startswith("Bearer ")


def test_a_wrong_key_in_a_header_overrides_a_right_one_in_a_cookie(
    served: tuple[TestClient, str, str],
) -> None:
    client, search, _ = served
    headers = {"Authorization": "Bearer wrong", "Cookie": f"spanlight_key={search}"}
    assert client.get("/v1/status", headers=headers).status_code == 401


def test_a_key_is_valid_only_for_its_scopes(served: tuple[TestClient, str, str]) -> None:
    client, _, admin = served
    response = client.get("/v1/status", headers={"Authorization": f"Bearer {admin}"})
    assert response.status_code == 403
    assert response.json()["code"] == "scope_missing"
    assert response.json()["detail"] == (
        "your key 'cron' may start builds, but not search; ask the administrator for a key "
        "with the scope search"
    )


@pytest.mark.parametrize("address", ["/livez", "/readyz", "/sign-in", "/static/page.css"])
def test_public_routes_need_no_key(served: tuple[TestClient, str, str], address: str) -> None:
    client, _, _ = served
    assert client.get(address).status_code == 200


def test_the_openapi_document_requires_a_key_where_the_server_does(
    served: tuple[TestClient, str, str], folder: Path, index: IndexFolder
) -> None:
    client, search, _ = served

    def security(client: TestClient, **headers: str) -> object:
        paths = client.get("/openapi.json", headers=headers).json()["paths"]
        return paths["/v1/search"]["get"].get("security")

    assert security(client, Authorization=f"Bearer {search}") == [{"bearer": []}, {"header": []}]
    publish(folder, index)
    with serve(index) as open_to_all:
        assert security(open_to_all) is None


# The page


def test_a_browser_signs_in_and_continues(served: tuple[TestClient, str, str]) -> None:
    client, search, _ = served
    asked = client.get("/?q=ferry", follow_redirects=False)
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=%2F%3Fq%3Dferry")
    form = client.get(asked.headers["location"])
    assert '<input type="hidden" name="next" value="/?q=ferry">' in form.text
    wrong = client.post("/sign-in", data={"key": "wrong", "next": "/?q=ferry"})
    assert wrong.status_code == 401
    assert "This key is not valid. Copy the whole key again" in wrong.text
    assert "ask the administrator for a new one" in wrong.text
    signed_in = client.post(
        "/sign-in", data={"key": f" {search} ", "next": "/?q=ferry"}, follow_redirects=False
    )
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/?q=ferry")
    cookie = signed_in.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    page = client.get("/?q=ferry").text
    assert "sails at noon" in page
    # A key without the scope `admin` sees no link to that page.
    assert 'href="/index"' not in page
    refused = client.get("/index")
    assert refused.status_code == 403
    assert "Your key &#39;anna&#39; may search, but not start builds; ask the" in refused.text
    assert "the API key <b>anna</b>" in client.get("/sign-in").text
    assert client.get("/sign-out").url.path == "/sign-in"
    assert "the API key <b>anna</b>" in client.get("/sign-in").text
    client.post("/sign-out")
    assert client.get("/?q=ferry", follow_redirects=False).status_code == 303


def test_without_keys_there_is_nothing_to_sign_in_with(index: IndexFolder) -> None:
    with serve(index, insecure=True, ready=False) as client:
        page = client.get("/sign-in").text
    assert "This server has no API keys, so there is nothing to sign in with." in page
    assert "requires an API key" not in page
    assert 'name="key"' not in page


@pytest.mark.parametrize(
    "address",
    [
        *[
            "https://evil.example/",
            "//evil.example",
            "///evil.example",
            "////evil.example",
            "",
            "x",
        ],
        *["/\\evil.example", "/\\/evil.example", "\\\\evil.example", "\\/evil.example", "/a\\b"],
        *["/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example", "/\x00/e"],
        *["javascript:alert(1)", "http:evil.example", "%2F%2Fevil.example", "/\u2028/evil.example"],
    ],
)
def test_signing_in_leads_to_no_other_site(
    served: tuple[TestClient, str, str], address: str
) -> None:
    client, search, _ = served
    form = client.get("/sign-in", params={"next": address})
    assert '<input type="hidden" name="next" value="/">' in form.text
    done = client.post("/sign-in", data={"key": search, "next": address}, follow_redirects=False)
    assert done.headers["location"] == "/"


def test_a_search_while_typing_says_that_the_session_is_signed_out(
    served: tuple[TestClient, str, str],
) -> None:
    client, _, _ = served
    response = client.get("/?q=ferry&fragment=typing")
    assert response.status_code == 401
    assert "You are not signed in" in response.text


# The command


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = Path(__file__).parents[3] / "scripts" / "keys.py"
    command = [sys.executable, str(script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_adds_lists_and_revokes_keys(keys: KeyFile) -> None:
    file = ["--keys", str(keys.path)]
    made = run(*file, "add", "anna", "--scope", "search", "--scope", "admin")
    assert made.returncode == 0
    assert matching_key(keys.read(), made.stdout.strip()) is not None
    listed = run(*file, "list").stdout.split("\t")
    assert listed[:2] == ["anna", "admin,search"]
    assert run(*file, "remove", "anna").returncode == 0
    assert json.loads(keys.path.read_text()) == {"keys": []}


@pytest.mark.parametrize(
    "arguments", [["add", "a b"], ["remove", "nobody"], ["add", "x", "--scope", "root"], []]
)
def test_a_wrong_command_line_is_reported(keys: KeyFile, arguments: list[str]) -> None:
    done = run("--keys", str(keys.path), *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("keys.py: ")
    assert "Traceback" not in done.stderr


def test_an_unwritable_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpanlightError, match="the keys are unchanged"):
        KeyFile(tmp_path / "file" / "keys.json").add("anna", SEARCH)
