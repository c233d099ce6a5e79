"""A reader's way through a server below a path of another host, behind a real nginx.

nginx does there what api/README.md shows.
"""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import expect

from api.web.keys import ALL_SCOPES, KeyFile
from tests.api.served_index import wait_until
from tests.browser.site import SharedPage, build_index, serve

ROOT = Path(__file__).parents[2]
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(NGINX).exists(), reason="nginx is not installed"),
]

CONFIGURATION = """
{user}
daemon off;
pid {place}/nginx.pid;
error_log {place}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {place}/body;
    proxy_temp_path {place}/proxy;
    fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi;
    scgi_temp_path {place}/scgi;
    server {{
        listen 127.0.0.1:{port};
        {location}
    }}
}}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("root-path")
    (place / "folder").mkdir()
    for name in ("a", "b"):
        (place / "folder" / f"{name}.txt").write_text(f"The ferry {name} sails at noon.\n" * 60)
    build_index(place / "folder", place / "index", model="none")
    return place


@pytest.fixture(scope="module")
def secret(place: Path) -> str:
    return KeyFile(place / "keys.json").add("anna", ALL_SCOPES)


@contextmanager
def proxy(place: Path, upstream: str) -> Iterator[str]:
    """Run nginx; yield the address of the server below its path."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place.mkdir()
    # Its workers must read below a folder that is only ours.
    user = "user root;" if os.geteuid() == 0 else ""
    location = shown_location().replace("http://127.0.0.1:8000", upstream)
    text = CONFIGURATION.format(place=place, port=port, location=location, user=user)
    (place / "nginx.conf").write_text(text)
    with subprocess.Popen([NGINX, "-p", str(place), "-c", str(place / "nginx.conf")]) as process:
        try:
            wait_until(lambda: answers(f"http://127.0.0.1:{port}/search/livez"), 30)
            yield f"http://127.0.0.1:{port}/search"
        finally:
            process.terminate()


def shown_location() -> str:
    page = (ROOT / "api" / "README.md").read_text("utf-8")
    (location,) = re.findall(r"^```nginx\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    return str(location)


def answers(address: str) -> bool:
    try:
        return httpx2.get(address).status_code == 200
    except httpx2.TransportError:
        return False


@pytest.fixture(scope="module", params=["removes", "leaves"])
def home(request: pytest.FixtureRequest, place: Path, secret: str) -> Iterator[str]:
    """The address of a server behind a proxy that removes the path, or leaves it."""
    with serve(place / "index", keys=place / "keys.json", root_path="/search") as site:
        upstream = site.origin + ("/" if request.param == "removes" else "")
        with proxy(place / str(request.param), upstream) as home:
            yield home


@pytest.mark.parametrize("scripts", [True, False])
def test_a_reader_finds_reads_and_reindexes(
    shared_page: SharedPage, home: str, secret: str, scripts: bool
) -> None:
    page = shared_page(scripts)
    page.goto(f"{home}/?q=ferry")
    page.get_by_label("API key").fill(secret)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{home}/?q=ferry")
    expect(page.locator(".hit").first).to_be_visible()
    box = page.get_by_role("combobox" if scripts else "searchbox", name="Search")
    box.fill("sails noon")
    box.press("Enter")
    expect(page.locator(".hit").first).to_be_visible()
    assert page.url.startswith(f"{home}/?q=sails+noon")
    page.locator(".hit a.title").first.click()
    expect(page.locator("mark").first).to_be_visible()
    assert page.url.startswith(f"{home}/documents/")
    page.get_by_label("Next match").click()
    page.go_back()
    page.goto(f"{home}/?q=ferry")
    page.get_by_role("link", name="Similar passages").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.url.startswith(f"{home}/passages/")
    page.get_by_role("link", name="Index", exact=True).click()
    page.get_by_role("button", name="Reindex").first.click()
    expect(page.locator("#job[data-state=succeeded]")).to_be_visible(timeout=60_000)
    assert page.url == f"{home}/index"
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{home}/sign-in")
    page.goto(f"{home}/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_suggestions_come_from_below_the_path(
    shared_page: SharedPage, home: str, secret: str
) -> None:
    page = shared_page(True)
    page.goto(f"{home}/")
    page.get_by_label("API key").fill(secret)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("combobox").press_sequentially("fer")
    expect(page.get_by_role("option").first).to_be_visible()
    assert page.url.startswith(f"{home}/")
