"""Requests from proxies, and cookies of this server among those of other programs."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.settings import ServerSettings
from api.web.access import Access
from api.web.keys import KeyFile, Scope, key_id
from indexer.errors import InvalidSetting
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, serve, write

BOTH = frozenset(Scope)
FORWARDED = {
    "X-Forwarded-For": "192.0.2.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "search.example",
    "Forwarded": "for=192.0.2.7",
    "Via": "1.1 proxy",
    "X-Real-IP": "192.0.2.7",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> IndexFolder:
    place = tmp_path_factory.mktemp("authentication")
    write(place / "folder", "a.txt", "The ferry sails at noon.\n")
    publish(place / "folder", IndexFolder(place / "index"))
    return IndexFolder(place / "index")


# Without keys


@pytest.fixture(scope="module")
def keyless(index: IndexFolder) -> Iterator[TestClient]:
    with serve(index, keys=index.path / "no-keys.json") as client:
        yield client


@pytest.mark.parametrize("header", FORWARDED)
@pytest.mark.parametrize(
    "address", ["/v1/search?q=ferry", "/v1/status", "/metrics", "/openapi.json"]
)
def test_requests_of_a_proxy_are_refused(keyless: TestClient, header: str, address: str) -> None:
    assert keyless.get(address).status_code == 200
    refused = keyless.get(address, headers={header: FORWARDED[header]})
    assert (refused.status_code, refused.json()["code"]) == (403, "keys_missing")
    assert refused.headers["content-type"] == "application/problem+json"
    assert "keys.py add NAME" in refused.json()["detail"]
    assert "--insecure" in refused.json()["detail"]


def test_a_key_that_does_not_exist_changes_nothing(keyless: TestClient) -> None:
    headers = {"Via": "1.1 proxy", "Authorization": "Bearer spanlight_x"}
    assert keyless.get("/v1/status", headers=headers).json()["code"] == "keys_missing"


def test_a_proxy_cannot_start_a_build(keyless: TestClient) -> None:
    assert keyless.post("/v1/reindex", headers={"Via": "1.1 proxy"}).status_code == 403


def test_a_reader_behind_the_proxy_sees_a_page(keyless: TestClient) -> None:
    page = keyless.get("/?q=ferry", headers={"X-Forwarded-For": "192.0.2.7"})
    assert page.status_code == 403
    assert "This server lets nobody in yet" in page.text
    assert "This request came through a proxy, and the server has no API keys" in page.text
    assert "sails at noon" not in page.text


@pytest.mark.parametrize("address", ["/livez", "/readyz", "/static/page.css"])
def test_health_checks_come_through_a_proxy(keyless: TestClient, address: str) -> None:
    assert keyless.get(address, headers=FORWARDED).status_code == 200


def test_a_key_opens_the_way(index: IndexFolder, tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    with serve(index, keys=keys.path) as client:
        assert client.get("/v1/status", headers=FORWARDED).status_code == 403
        headers = FORWARDED | {"X-API-Key": keys.add("anna", BOTH)}
        assert client.get("/v1/status", headers=headers).status_code == 200


def test_a_server_open_to_everyone_says_so_for_as_long_as_it_runs(
    index: IndexFolder, keyless: TestClient, tmp_path: Path
) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    told = (
        "This server has no API keys: everyone who can reach it may search and reindex. To change "
        f"that, create a key: python scripts/keys.py add NAME --keys {keys.path}"
    )
    with serve(index, keys=keys.path, insecure=True, allowed_hosts=("search.example",)) as client:
        status = client.get("/v1/status", headers=FORWARDED)
        assert status.json()["warnings"][0].startswith(told)
        assert told in client.get("/?q=ferry").text
        secret = keys.add("anna", BOTH)
        headers = {"Authorization": f"Bearer {secret}"}
        assert client.get("/v1/status", headers=headers).json()["warnings"] == []
        assert told not in client.get("/?q=ferry", headers=headers).text
    assert keyless.get("/v1/status").json()["warnings"] == []
    assert told not in keyless.get("/").text


def test_allowed_hosts_without_keys_need_consent(tmp_path: Path) -> None:
    settings = ServerSettings(keys=tmp_path / "keys.json", allowed_hosts=("search.example",))
    with pytest.raises(InvalidSetting, match=r"search\.example.*SPANLIGHT_ALLOWED_HOSTS.*--insec"):
        Access(settings)
    assert Access(settings.model_copy(update={"insecure": True})).caller(None) is not None
    KeyFile(tmp_path / "keys.json").add("anna", BOTH)
    assert Access(settings).caller(None) is None


def test_a_server_whose_keys_were_all_removed_needs_consent(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    keys.add("anna", BOTH)
    keys.remove("anna")
    settings = ServerSettings(keys=keys.path)
    with pytest.raises(InvalidSetting, match=r"^all keys in .* --insecure, or delete /"):
        Access(settings)
    assert Access(settings.model_copy(update={"insecure": True})).caller(None) is not None


def test_trusted_proxies_without_keys_need_consent(tmp_path: Path) -> None:
    settings = ServerSettings(keys=tmp_path / "keys.json", trusted_proxies=("10.0.0.0/8",))
    with pytest.raises(InvalidSetting, match=r"through 10\.0\.0\.0/8 \(SPANLIGHT_TRUSTED_PROXIES"):
        Access(settings)
    assert Access(settings.model_copy(update={"insecure": True})).caller(None) is not None


# Cookies


@pytest.fixture(scope="module")
def guarded(index: IndexFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    keys = KeyFile(tmp_path_factory.mktemp("guarded") / "keys.json")
    secret = keys.add("anna", BOTH)
    with serve(index, keys=keys.path) as client:
        client.params = {}
        client.headers["X-Test-Key"] = secret
        yield client


ODD_COOKIES = [
    *["a[b]=1", 'json={"a":[1,"b"]}', "=", "novalue", 'q="open', "sp ace=1", "ü=1", "a=b=c", ";;;"],
    *["x=" + json.dumps({"k": "v; w"}), "é=\x01", "$Version=1", "path=/; domain=x", "(a)=<b>"],
]


@pytest.mark.parametrize("odd", ODD_COOKIES)
@pytest.mark.parametrize("first", [True, False])
def test_odd_cookies_of_other_programs_sign_nobody_out(
    guarded: TestClient, odd: str, first: bool
) -> None:
    own = f"spanlight_key={guarded.headers['X-Test-Key']}"
    cookies = f"{odd}; {own}" if first else f"{own}; {odd}"
    answer = guarded.get("/v1/status", headers=[(b"cookie", cookies.encode())])
    assert answer.status_code == 200


def test_cookies_may_come_in_several_headers(guarded: TestClient) -> None:
    own = f"spanlight_key={guarded.headers['X-Test-Key']}"
    headers = [("Cookie", "a=1"), ("Cookie", own), ("Cookie", "b=2")]
    assert guarded.get("/v1/status", headers=headers).status_code == 200


def test_two_servers_of_one_host_do_not_sign_people_out_of_each_other(
    index: IndexFolder, tmp_path: Path
) -> None:
    one, two = KeyFile(tmp_path / "one.json"), KeyFile(tmp_path / "two.json")
    first, second = one.add("anna", BOTH), two.add("anna", BOTH)
    with serve(index, keys=one.path) as here, serve(index, keys=two.path) as there:
        here.post("/sign-in", data={"key": first})
        there.post("/sign-in", data={"key": second})
        assert set(here.cookies) == {f"spanlight_key_{key_id(first)}"}
        # A browser sends cookies to every port of a host.
        both = "; ".join(
            f"{name}={value}" for each in (here, there) for name, value in each.cookies.items()
        )
        here.cookies.clear()
        there.cookies.clear()
        assert here.get("/v1/status").status_code == 401
        for client in (here, there):
            assert client.get("/v1/status", headers={"Cookie": both}).status_code == 200
        out = here.post("/sign-out", headers={"Cookie": both}, follow_redirects=False)
        (deleted,) = out.headers.get_list("set-cookie")
        assert deleted.startswith(f'spanlight_key_{key_id(first)}=""')
    with serve(index, keys=two.path) as restarted:
        assert restarted.get("/v1/status", headers={"Cookie": both}).status_code == 200


def test_signing_in_to_a_server_without_keys_stores_nothing(keyless: TestClient) -> None:
    keyless.cookies.set("spanlight_key_of_another", "spanlight_x")
    done = keyless.post("/sign-in", data={"key": "x"}, follow_redirects=False)
    assert (done.status_code, done.headers.get("set-cookie")) == (303, None)
    done = keyless.post("/sign-out", follow_redirects=False)
    assert done.headers.get("set-cookie") is None
    keyless.cookies.clear()
