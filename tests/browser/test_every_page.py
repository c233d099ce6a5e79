"""Checks of every page: accessible in both colour schemes, narrow, small, and self-contained."""

from xml.etree import ElementTree

import httpx2
import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.accessibility import PHONE_WIDTH, assert_accessible, assert_as_wide_as
from tests.browser.site import HOSTILE_NAME, NewPage, SharedPage, Site, document_id

pytestmark = pytest.mark.browser

NORTHWIRE = document_id("news/northwire-bridge.txt")
PAGES = {
    "start": "/",
    "results": "/?q=bridge",
    "filters and warnings": '/?q=bridge "closed&path=news/*&limit=3&offset=3',
    "grouped": "/?q=bridge&group_by=document",
    "hostile": "/?q=hostile needle",
    "nothing found": "/?q=xylquaz",
    "refused": "/?q=x&limit=0",
    "no vectors": "/?q=x&mode=semantic",
    "help": "/help",
    "quotation": "/verify?text=I looked at the photo … and picked up the telephone,",
    "no quotation": "/verify?text=…",
    "index": "/index",
    "document": f"/documents/{NORTHWIRE}?start=313&end=900&best=313-420&q=bridge#span",
    "part of a document": f"/documents/{document_id('big.txt')}?before=5000&q=querl",
    "hostile document": f"/documents/{document_id(HOSTILE_NAME)}?q=needle",
    "right to left": f"/documents/{document_id('awkward/right-to-left.txt')}?start=30&end=200",
    "columns": f"/documents/{document_id('data/lock-keeper-parts.csv')}",
    "no document": "/documents/0",
}
STATUSES = {"refused": 422, "no quotation": 422, "no vectors": 422, "no document": 404}
MAX_PAGE_BYTES = 60_000


def visit(page: Page, site: Site, name: str) -> None:
    """Open a page, and expand everything on it."""
    response = page.goto(site.origin + PAGES[name])
    assert response is not None
    assert response.status == STATUSES.get(name, 200)
    # A page that waits for something would reload itself during the test.
    expect(page.locator("[data-awaited]")).to_have_count(0, timeout=30_000)
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_a_phone_needs_no_sideways_scrolling(
    page: Page, site: Site, name: str
) -> None:
    visit(page, site, name)
    assert_accessible(page)
    assert_as_wide_as(page, PHONE_WIDTH)


def test_the_pages_without_results_are_light(new_page: NewPage, site: Site) -> None:
    page = new_page()
    loaded: list[Response] = []
    page.on("response", lambda response: loaded.append(response))
    page.goto(site.origin)
    page.wait_for_load_state("networkidle")
    sizes = {response.url: len(response.body()) for response in loaded}
    assert len(sizes) > 3
    assert sum(sizes.values()) <= MAX_PAGE_BYTES, sizes


@pytest.mark.parametrize(
    "path", ["/", "/?q=bridge", "/help", f"/documents/{NORTHWIRE}", "/?q=x&y=z"]
)
def test_no_page_may_run_or_load_foreign_content(site: Site, path: str) -> None:
    headers = httpx2.get(site.origin + path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"


def test_a_browser_can_add_the_search(page: Page, site: Site) -> None:
    page.goto(site.origin)
    address = page.locator("link[rel=search]").get_attribute("href")
    response = httpx2.get(f"{site.origin}{address}")
    assert response.headers["content-type"].startswith("application/opensearchdescription+xml")
    name = "{http://a9.com/-/spec/opensearch/1.1/}"
    description = ElementTree.fromstring(response.text)
    template = description.find(f"{name}Url")
    assert template is not None
    page.goto(template.attrib["template"].replace("{searchTerms}", "bridge"))
    expect(page.get_by_role("combobox", name="Search")).to_have_value("bridge")


@pytest.mark.parametrize("name", PAGES)
def test_head_requests_are_answered(site: Site, name: str) -> None:
    assert httpx2.head(site.origin + PAGES[name]).status_code == STATUSES.get(name, 200)


def test_help_shows_the_query_language(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/help")
    expect(page.get_by_role("table").get_by_role("row")).not_to_have_count(1)
    expect(page.get_by_role("table")).to_contain_text("to be or not to be")


@pytest.mark.parametrize("javascript", [True, False])
def test_keys_reach_the_content_first(
    shared_page: SharedPage, site: Site, javascript: bool
) -> None:
    page = shared_page(javascript)
    page.goto(f"{site.origin}/help")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
