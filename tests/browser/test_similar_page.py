"""From a hit to similar passages, and on from there."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import PHONE_WIDTH, WIDE_WIDTH, assert_accessible
from tests.browser.site import SharedPage, Site

pytestmark = pytest.mark.browser

QUERY = "why was the bridge closed"


def open_similar(page: Page, site: Site) -> str:
    """Follow the link of the first hit; return the id of its passage."""
    page.goto(f"{site.origin}/?q={QUERY}")
    hit = page.locator("li.hit").first
    identity = hit.get_attribute("data-passage")
    assert identity is not None
    hit.get_by_role("link", name="Similar passages").click()
    expect(page.get_by_role("heading", name="Similar passages")).to_be_visible()
    # Keys act once the script has run.
    page.wait_for_load_state()
    assert page.url == f"{site.origin}/passages/{identity}/similar"
    return identity


@pytest.mark.parametrize("javascript", [True, False])
def test_a_hit_leads_to_what_is_like_it_and_back(
    shared_page: SharedPage, site: Site, javascript: bool
) -> None:
    page = shared_page(javascript)
    identity = open_similar(page, site)
    shown = page.locator("li.hit")
    expect(shown).not_to_have_count(0)
    assert identity not in [each.get_attribute("data-passage") for each in shown.all()]
    shown.first.locator("a.title").click()
    expect(page.locator("#span")).to_be_visible()
    page.go_back()
    page.locator(".likened a.title").click()
    text = page.locator("#span").text_content()
    hits = site.search(QUERY)["hits"]
    assert text == next(hit["text"] for hit in hits if hit["passage_id"] == identity)


def test_the_arrow_keys_move_through_similar_passages(page: Page, site: Site) -> None:
    open_similar(page, site)
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    expect(page.locator("li.hit a.title").first).to_be_focused()


def test_the_page_is_accessible_and_narrow_enough(page: Page, site: Site) -> None:
    open_similar(page, site)
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    assert_accessible(page, PHONE_WIDTH, WIDE_WIDTH)


@pytest.mark.model
def test_similar_passages_are_found_by_meaning(page: Page, hybrid_site: Site) -> None:
    open_similar(page, hybrid_site)
    expect(page.locator(".warnings")).to_have_count(0)
    expect(page.locator("li.hit .bar.semantic")).not_to_have_count(0)
    expect(page.locator("li.hit .bar.lexical")).to_have_count(0)
