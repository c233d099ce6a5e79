"""Suggestions while typing, for people and their screen readers, and "did you mean"."""

import re

import httpx2
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.accessibility import PHONE_WIDTH, WIDE_WIDTH, assert_accessible
from tests.browser.site import NewPage, SharedPage, Site

pytestmark = pytest.mark.browser

SUGGEST = re.compile("/v1/suggest")


def box(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Search")


def options(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def suggested(site: Site, q: str) -> list[str]:
    answer = httpx2.get(f"{site.origin}/v1/suggest", params={"q": q}).json()
    return [each["text"] for each in answer["suggestions"]]


def texts(page: Page) -> list[str]:
    """Return the texts of the visible suggestions, without their labels."""
    return [shown.text_content() or "" for shown in options(page).locator("span:first-child").all()]


def type_in(page: Page, site: Site, q: str, path: str = "/") -> list[str]:
    """Type a query with the keyboard; return the suggestions."""
    page.goto(site.origin + path)
    expected = suggested(site, q)
    assert expected
    box(page).fill("")
    with page.expect_response(lambda response: "/v1/suggest" in response.url):
        box(page).press_sequentially(q, delay=60)
    expect(options(page)).to_have_count(len(expected))
    expect(options(page).first).to_contain_text(expected[0])
    assert texts(page) == expected
    return expected


def test_suggestions_appear_while_typing(page: Page, site: Site) -> None:
    type_in(page, site, "turb")
    expect(box(page)).to_have_attribute("aria-expanded", "true")
    expect(box(page)).to_have_value("turb")
    assert box(page).get_attribute("aria-activedescendant") is None


def test_the_arrow_keys_select_suggestions_and_enter_searches(page: Page, site: Site) -> None:
    expected = type_in(page, site, "bridge cl")
    page.keyboard.press("ArrowDown")
    first = options(page).first
    expect(first).to_have_attribute("aria-selected", "true")
    expect(box(page)).to_have_attribute("aria-activedescendant", first.get_attribute("id") or "")
    expect(box(page)).to_be_focused()
    expect(box(page)).to_have_value("bridge cl")
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value(expected[0])
    expect(page).to_have_title(f"{expected[0]} · Spanlight")
    expect(options(page)).to_have_count(0)


def test_the_arrow_keys_wrap_around_through_the_box(page: Page, site: Site) -> None:
    expected = type_in(page, site, "turb")
    page.keyboard.press("ArrowUp")
    expect(options(page).last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[role=option][aria-selected=true]")).to_have_count(0)
    for _ in expected:
        page.keyboard.press("ArrowDown")
    expect(options(page).last).to_have_attribute("aria-selected", "true")
    expect(page.locator("[role=option][aria-selected=true]")).to_have_count(1)


def test_enter_without_a_selection_searches_the_typed_text(page: Page, site: Site) -> None:
    type_in(page, site, "turb")
    page.keyboard.press("Enter")
    expect(options(page)).to_have_count(0)
    expect(box(page)).to_have_value("turb")
    expect(page).to_have_title("turb · Spanlight")


def test_escape_closes_the_list_before_it_empties_the_box(page: Page, site: Site) -> None:
    type_in(page, site, "turb")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(options(page)).to_have_count(0)
    expect(box(page)).to_have_value("turb")
    expect(box(page)).to_have_attribute("aria-expanded", "false")
    assert box(page).get_attribute("aria-activedescendant") is None
    page.keyboard.press("Escape")
    expect(box(page)).to_have_value("")


def test_the_arrow_keys_move_to_the_hits_once_the_list_is_closed(page: Page, site: Site) -> None:
    type_in(page, site, "ferry")
    page.keyboard.press("Escape")
    expect(page).to_have_title("ferry · Spanlight")
    page.keyboard.press("ArrowDown")
    expect(page.locator("li.hit .title").first).to_be_focused()


def test_a_click_chooses_and_keeps_the_focus(page: Page, site: Site) -> None:
    expected = type_in(page, site, "turb")
    options(page).nth(1).click()
    expect(box(page)).to_have_value(expected[1])
    expect(box(page)).to_be_focused()
    expect(page).to_have_title(f"{expected[1]} · Spanlight")
    expect(options(page)).to_have_count(0)


def test_a_touch_chooses_a_suggestion(new_page: NewPage, site: Site) -> None:
    page = new_page(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    expected = type_in(page, site, "turb")
    options(page).first.tap()
    expect(box(page)).to_have_value(expected[0])
    expect(options(page)).to_have_count(0)


def test_leaving_or_emptying_the_box_closes_the_list(page: Page, site: Site) -> None:
    type_in(page, site, "turb")
    page.keyboard.press("Tab")
    expect(options(page)).to_have_count(0)
    type_in(page, site, "turb")
    box(page).fill("")
    expect(options(page)).to_have_count(0)


def test_nothing_is_suggested_before_anything_is_typed(new_page: NewPage, site: Site) -> None:
    page = new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site.origin}/?q=ferry")
    box(page).focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("li.hit .title").first).to_be_focused()
    assert not any("/v1/suggest" in url for url in asked)


def test_suggestions_obey_the_filters_of_the_form(page: Page, site: Site) -> None:
    assert suggested(site, "turb")
    page.goto(f"{site.origin}/?q=ferry&path=nowhere/")
    with page.expect_response(lambda response: "/v1/suggest" in response.url) as answer:
        box(page).fill("turb")
    assert answer.value.json() == {"suggestions": []}
    expect(options(page)).to_have_count(0)


def test_a_late_answer_does_not_replace_a_newer_one(new_page: NewPage, site: Site) -> None:
    page = new_page()
    held: list[Route] = []
    page.goto(site.origin)
    page.route(re.compile(r"/v1/suggest\?q=fer$"), lambda route: held.append(route))
    with page.expect_request(re.compile(r"/v1/suggest\?q=fer$")):
        box(page).fill("fer")
    box(page).fill("turb")
    expect(options(page).first).to_contain_text("turb", ignore_case=True)
    shown = texts(page)
    for route in held:
        route.fulfill(json={"suggestions": [{"text": "late", "kind": "term"}]})
    page.wait_for_timeout(200)
    assert held
    assert texts(page) == shown


def test_a_server_that_suggests_nothing_leaves_the_search_alone(
    new_page: NewPage, site: Site
) -> None:
    page = new_page()
    page.goto(site.origin)
    page.route(SUGGEST, lambda route: route.fulfill(status=503, json={}))
    box(page).fill("ferry")
    expect(page).to_have_title("ferry · Spanlight")
    expect(options(page)).to_have_count(0)


def test_suggestions_work_on_every_page(page: Page, site: Site) -> None:
    expected = type_in(page, site, "turb", "/help")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_title(f"{expected[0]} · Spanlight")
    expect(page.locator("li.hit").first).to_be_visible()


def test_without_javascript_it_is_a_plain_search_box(
    page_without_javascript: Page, site: Site
) -> None:
    page_without_javascript.goto(site.origin)
    expect(page_without_javascript.get_by_role("searchbox")).to_be_visible()
    expect(page_without_javascript.get_by_role("listbox")).to_have_count(0)


def test_suggestions_that_look_like_markup_are_text(new_page: NewPage, site: Site) -> None:
    page = new_page()
    text = "<img src=x onerror=alert(1)> & \u202eשלום</li><script>alert(2)</script>"
    answer = {"suggestions": [{"text": text, "kind": "title"}]}
    page.goto(site.origin)
    page.route(SUGGEST, lambda route: route.fulfill(json=answer))
    box(page).fill("<img")
    expect(options(page)).to_have_count(1)
    assert texts(page) == [text]
    assert options(page).locator("img, script").count() == 0
    options(page).click()
    expect(box(page)).to_have_value(text)


def test_axe_finds_nothing_in_an_open_list(page: Page, site: Site) -> None:
    type_in(page, site, "bridge")
    page.keyboard.press("ArrowDown")
    assert_accessible(page, PHONE_WIDTH, WIDE_WIDTH)
    expect(options(page)).not_to_have_count(0)


@pytest.mark.parametrize("javascript", [True, False])
def test_did_you_mean_leads_to_what_was_meant(
    shared_page: SharedPage, site: Site, javascript: bool
) -> None:
    page = shared_page(javascript)
    page.goto(f"{site.origin}/?q=bridgge&mode=lexical&path=news/*")
    page.get_by_text("Did you mean").get_by_role("link").click()
    expect(page).to_have_title("bridge · Spanlight")
    expect(page.locator("li.hit").first).to_be_visible()
    assert "mode=lexical" in page.url
    expect(page.get_by_text("Did you mean")).to_have_count(0)


def test_a_word_that_is_still_being_typed_is_not_corrected(page: Page, site: Site) -> None:
    assert site.search("skerro")["warnings"][0]["code"] == "did_you_mean"
    page.goto(site.origin)
    box(page).fill("skerro")
    expect(page).to_have_title("skerro · Spanlight")
    expect(page.get_by_text("Did you mean")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Did you mean")).to_be_visible()


def test_a_browser_can_complete_searches(page: Page, site: Site) -> None:
    description = httpx2.get(f"{site.origin}/opensearch.xml").text
    template = re.findall(r'x-suggestions\+json".*template="([^"]+)"', description)[0]
    answer = httpx2.get(template.replace("{searchTerms}", "turb"))
    assert answer.headers["content-type"].startswith("application/x-suggestions+json")
    assert answer.json() == ["turb", suggested(site, "turb")]
