"""Serving below a path: requests with it and without it, and every address in answers."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.settings import ServerSettings, load_settings
from api.web.app import create_app
from api.web.keys import ALL_SCOPES, KeyFile
from indexer.errors import InvalidSetting
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, serve, write

ADDRESS = re.compile(r'(?:href|src|action)="([^"]*)"|url=([^"]*)"')


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> IndexFolder:
    place = tmp_path_factory.mktemp("root-path")
    for name in ("a", "b"):
        write(place / "folder", f"{name}.txt", f"The ferry {name} sails at noon.\n" * 40)
    publish(place / "folder", IndexFolder(place / "index"))
    return IndexFolder(place / "index")


@pytest.fixture(scope="module")
def client(index: IndexFolder) -> Iterator[TestClient]:
    with serve(index, root_path="/search", insecure=True) as client:
        yield client


@pytest.fixture(scope="module")
def secret(index: IndexFolder) -> str:
    return KeyFile(index.path.with_name("guarded.json")).add("anna", ALL_SCOPES)


@pytest.fixture
def guarded(index: IndexFolder, secret: str) -> Iterator[TestClient]:
    keys = index.path.with_name("guarded.json")
    with serve(index, root_path="/search", keys=keys) as client:
        yield client


@pytest.mark.parametrize("prefix", ["", "/search"])
@pytest.mark.parametrize(
    "address",
    [
        *["/", "/?q=ferry", "/v1/search?q=ferry", "/v1/status", "/livez", "/readyz", "/metrics"],
        *["/help", "/index", "/sign-in", "/opensearch.xml", "/opensearch-suggestions?q=f"],
        *["/openapi.json", "/static/page.css"],
    ],
)
def test_a_proxy_may_remove_the_path_or_leave_it(
    client: TestClient, prefix: str, address: str
) -> None:
    assert client.get(prefix + address).status_code == 200


def test_the_path_alone_is_the_start_page(client: TestClient) -> None:
    assert "Spanlight" in client.get("/search").text


@pytest.mark.parametrize("address", ["/searching", "/search/search/help", "/other/help"])
def test_other_paths_are_not_found(client: TestClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_the_page_for_other_paths_links_below_the_path(client: TestClient) -> None:
    page = client.get("/search/Index", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert '<a href="/search/">search the documents</a>' in page.text
    assert client.get("/search/index/reindex").url.path == "/search/index"


def addresses(text: str) -> list[str]:
    return ["".join(found).replace("&amp;", "&") for found in ADDRESS.findall(text)]


def test_every_address_on_every_page_is_below_the_path(client: TestClient) -> None:
    waiting, seen = (
        ["/search/?q=ferry", "/search/?q=ferrry", "/search/?q=nothing", "/search/"],
        set(),
    )
    waiting += ["/search/documents/0", "/search/passages/0/similar", "/search/sign-in"]
    while waiting:
        page = waiting.pop()
        seen.add(page)
        for address in addresses(client.get(page).text):
            assert address.startswith(("/search/", "#", "https://")), (page, address)
            plain = address.partition("#")[0]
            is_page = address.startswith("/search/") and len(seen) < 60
            if is_page and plain not in seen and not plain.startswith("/search/index/"):
                waiting.append(plain)
    kinds = {page.split("?")[0].split("/")[2] for page in seen}
    assert kinds >= {"", "documents", "passages", "help", "static", "opensearch.xml"}


def test_addresses_for_other_programs_are_whole(client: TestClient) -> None:
    home = "http://localhost/search/"
    assert f'template="{home}?q=' in client.get("/search/opensearch.xml").text
    assert f"{home}documents/" in client.get("/search/?q=ferry").text  # the link of a citation
    app = create_app(ServerSettings(root_path="/search", insecure=True))
    assert app.openapi()["servers"] == [{"url": "/search"}]


def test_redirects_and_cookies_stay_below_the_path(guarded: TestClient, secret: str) -> None:
    asked = guarded.get("/search/?q=ferry", follow_redirects=False)
    assert asked.headers["location"] == "/search/sign-in?next=%2F%3Fq%3Dferry"
    assert 'name="next" value="/?q=ferry"' in guarded.get(asked.headers["location"]).text
    done = guarded.post(
        "/search/sign-in", data={"key": secret, "next": "/?q=ferry"}, follow_redirects=False
    )
    assert done.headers["location"] == "/search/?q=ferry"
    assert "; Path=/search;" in done.headers["set-cookie"]
    assert guarded.get("/search/?q=ferry").status_code == 200
    # Other programs of the host do not get the cookie.
    assert guarded.get("/v1/status").status_code == 401
    out = guarded.post("/search/sign-out", follow_redirects=False)
    assert out.headers["location"] == "/search/sign-in"
    assert guarded.get("/search/v1/status").status_code == 401


def test_a_job_is_below_the_path(guarded: TestClient, secret: str) -> None:
    headers = {"X-API-Key": secret}
    started = guarded.post("/search/v1/reindex", headers=headers)
    assert started.status_code == 202
    location = started.headers["location"]
    assert location.startswith("/search/v1/jobs/")
    assert guarded.get(location, headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/search/v1/status", "/search/metrics", "/search/openapi.json"])
def test_the_path_opens_nothing(guarded: TestClient, path: str) -> None:
    assert guarded.get(path).status_code == 401


@pytest.mark.parametrize("path", ["/v1", "/documents/x", "/static", "/index", "/livez"])
def test_a_path_like_one_of_the_server_is_refused(tmp_path: Path, path: str) -> None:
    settings = ServerSettings(index=tmp_path, root_path=path, insecure=True)
    with pytest.raises(InvalidSetting, match=f"SPANLIGHT_ROOT_PATH is '{path}'"):
        create_app(settings)


@pytest.mark.parametrize(
    "path",
    ["search", "//evil.example", "/a//b", "/a/../b", "/a b", "/a?b", "/ä", "http://a/b", "/."],
)
def test_only_plain_paths_are_allowed(path: str) -> None:
    with pytest.raises(InvalidSetting, match=r"SPANLIGHT_ROOT_PATH is .* such as /search"):
        load_settings(root_path=path)


@pytest.mark.parametrize(
    ("given", "kept"), [("/", ""), ("/a/", "/a"), ("/a/b.c-d_e", "/a/b.c-d_e")]
)
def test_slashes_at_the_end_do_not_matter(given: str, kept: str) -> None:
    assert load_settings(root_path=given).root_path == kept


def test_a_path_without_keys_needs_consent(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match=r"below /search \(SPANLIGHT_ROOT_PATH\)"):
        create_app(ServerSettings(index=tmp_path, root_path="/search"))
