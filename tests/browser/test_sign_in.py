"""Signing in with an API key, in a browser, with scripts and without."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from api.web.keys import KeyFile, Scope
from tests.browser.accessibility import assert_accessible
from tests.browser.site import SharedPage, Site, build_index, serve

pytestmark = pytest.mark.browser

NARROWEST = 320


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("sign-in")
    (place / "folder").mkdir()
    (place / "folder" / "ferry.txt").write_text("The ferry sails at noon.\n")
    build_index(place / "folder", place / "index", model="none")
    return place


@pytest.fixture(scope="module")
def secret(place: Path) -> str:
    return KeyFile(place / "keys.json").add("anna", frozenset({Scope.SEARCH}))


@pytest.fixture(scope="module")
def closed(place: Path, secret: str) -> Iterator[Site]:
    with serve(place / "index", keys=place / "keys.json") as site:
        yield site


@pytest.mark.parametrize("scripts", [True, False])
def test_a_reader_signs_in_finds_and_signs_out(
    shared_page: SharedPage, closed: Site, secret: str, scripts: bool
) -> None:
    page = shared_page(scripts)
    page.goto(f"{closed.origin}/?q=ferry")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("API key").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("This key is not valid.")
    page.get_by_label("API key").fill(secret)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("The ferry sails at noon.", exact=True)).to_be_visible()
    assert page.url == f"{closed.origin}/?q=ferry"
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_text("with the API key anna")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{closed.origin}/?q=ferry")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize(
    "following", ["///evil.example", "/%5C/evil.example", "/%09/evil.example", "%2F%2Fevil.example"]
)
def test_signing_in_leads_to_no_other_site(
    page: Page, closed: Site, secret: str, following: str
) -> None:
    page.goto(f"{closed.origin}/sign-in?next={following}")
    page.get_by_label("API key").fill(secret)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Sign out")).to_be_visible()
    assert page.url == f"{closed.origin}/"


def test_cookies_of_other_programs_sign_nobody_out(page: Page, closed: Site, secret: str) -> None:
    page.goto(f"{closed.origin}/")
    odd = [("a[b]", "1"), ("json", '{"a":[1]}'), ("aa", "x y"), ("zz", '"open')]
    page.context.add_cookies(
        [{"name": name, "value": value, "url": closed.origin} for name, value in odd]
    )
    page.get_by_label("API key").fill(secret)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{closed.origin}/?q=ferry")
    expect(page.get_by_text("The ferry sails at noon.", exact=True)).to_be_visible()


def test_the_form_is_accessible(page: Page, closed: Site) -> None:
    page.goto(f"{closed.origin}/")
    page.get_by_label("API key").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page, NARROWEST)


def test_the_warning_of_an_open_server_is_accessible(page: Page, place: Path) -> None:
    with serve(place / "index", keys=place / "none.json", insecure=True) as site:
        page.goto(f"{site.origin}/?q=ferry")
        expect(page.get_by_role("note")).to_contain_text("This server has no API keys")
        assert_accessible(page)
