"""Checking a quotation in a browser: pasted, compared, opened."""

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import PHONE_WIDTH, WIDE_WIDTH, assert_accessible
from tests.browser.site import SharedPage, Site

pytestmark = pytest.mark.browser

TABLET_WIDTH = 768
ALTERED = "“I looked at the photo … and picked  up the telephone,”"


@pytest.mark.parametrize("javascript", [True, False])
def test_a_pasted_text_is_compared_and_leads_to_its_place(
    shared_page: SharedPage, site: Site, javascript: bool
) -> None:
    page = shared_page(javascript)
    page.goto(site.origin)
    page.get_by_role("link", name="Check a quote").click()
    page.get_by_label("Text").fill(ALTERED)
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="Altered")).to_be_visible()
    assert page.locator("del").all_text_contents() == ["“", "photo", "…", "  ", "”"]
    expect(page.locator("ins").nth(1)).to_have_text("picture")
    expect(page.get_by_label("Text")).to_have_value(ALTERED)
    page.locator(".places a.title").first.click()
    expect(page.locator("#span")).to_contain_text("I looked at the picture once and picked up")


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("picked up the telephone", "Verbatim"),
        (ALTERED, "Altered"),
        ("A sentence that nobody wrote anywhere, xylquaz", "Absent"),
        ("…", None),
        (None, None),
    ],
)
def test_the_page_is_accessible_at_every_width(
    shared_page: SharedPage, site: Site, text: str | None, heading: str | None
) -> None:
    page = shared_page(True)
    page.goto(f"{site.origin}/verify")
    if text is not None:
        page.get_by_label("Text").fill(text)
        page.get_by_role("button", name="Check").click()
    if heading is not None:
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert_accessible(page, PHONE_WIDTH, TABLET_WIDTH, WIDE_WIDTH)
