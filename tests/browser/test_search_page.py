"""The search page: asking, reading, paging and citing, with and without JavaScript."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.site import NewPage, Site, build_index, serve

pytestmark = pytest.mark.browser

QUERY = "when was the bridge closed"


def titles(page: Page) -> Locator:
    return page.locator(".hit .title")


def passages(page: Page) -> list[str | None]:
    return [hit.get_attribute("data-passage") for hit in page.locator("li.hit").all()]


def parameters(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_the_start_page_leads_to_hits_without_javascript(
    page_without_javascript: Page, site: Site
) -> None:
    page = page_without_javascript
    page.goto(site.origin)
    page.get_by_role("searchbox").fill(QUERY)
    page.get_by_role("button", name="Search").click()
    expected = site.search(QUERY, mode="lexical")["hits"]
    assert passages(page) == [hit["passage_id"] for hit in expected]
    assert titles(page).all_text_contents() == [hit["document"]["title"] for hit in expected]
    assert parameters(page)["q"] == [QUERY]


def test_a_hit_shows_its_best_span_and_its_highlights(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/?q={QUERY}")
    hit = site.search(QUERY)["hits"][0]
    shown = page.locator("li.hit").first
    start = hit["span"]["start"]

    def text_of(span: dict[str, int]) -> str:
        text: str = hit["text"][span["start"] - start : span["end"] - start]
        return text

    assert "".join(shown.locator("mark.best").all_text_contents()) == text_of(hit["best"])
    highlighted = [text_of(highlight) for highlight in hit["highlights"]]
    marked = shown.locator("mark.highlight").all_text_contents()
    assert marked
    assert set(marked) <= set(highlighted)
    expect(shown.locator(".path")).to_have_text(hit["document"]["path"])
    expect(shown.locator(".where .lines")).to_have_text(
        re.compile(rf"lines? {hit['lines']['start']}\b")
    )


def test_results_appear_while_typing(page: Page, site: Site) -> None:
    page.goto(site.origin)
    page.get_by_role("combobox", name="Search").press_sequentially("bridge closed", delay=20)
    expected = site.search("bridge closed", mode="lexical")["hits"]
    expect(titles(page)).to_have_text([hit["document"]["title"] for hit in expected])
    assert parameters(page)["q"] == ["bridge closed"]
    expect(page).to_have_title("bridge closed · Spanlight")
    expect(page.get_by_role("status")).to_contain_text("passage")
    found = passages(page)
    page.reload()
    assert passages(page) == found


def test_typing_adds_one_entry_to_the_history(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/?q=ferry&mode=lexical")
    before = passages(page)
    page.get_by_role("combobox", name="Search").fill("owls")
    expect(page).to_have_title("owls · Spanlight")
    page.get_by_role("combobox", name="Search").fill("silent owls")
    expect(page).to_have_title("silent owls · Spanlight")
    page.go_back()
    expect(page).to_have_title("ferry · Spanlight")
    expect(page.get_by_role("combobox", name="Search")).to_have_value("ferry")
    assert passages(page) == before


def test_an_emptied_box_shows_the_start_page(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/?q=ferry")
    page.get_by_role("combobox", name="Search").fill("")
    expect(page.get_by_role("heading", name="Find the passage")).to_be_visible()
    assert "q" not in parameters(page)


def test_a_server_that_went_away_is_said(new_page: NewPage, site: Site) -> None:
    page = new_page()
    page.goto(site.origin)
    page.route("**/*fragment=*", lambda route: route.abort())
    page.get_by_role("combobox", name="Search").fill("ferry")
    expect(page.locator("#results")).to_have_text("The server does not answer.")


def test_a_late_answer_does_not_replace_a_newer_one(new_page: NewPage, site: Site) -> None:
    page = new_page()
    held: list[Route] = []
    page.goto(site.origin)
    page.route(re.compile("q=ferry&.*fragment="), lambda route: held.append(route))
    box = page.get_by_role("combobox", name="Search")
    with page.expect_request(re.compile("q=ferry&.*fragment=")):
        box.fill("ferry")
    box.fill("owls")
    expect(page).to_have_title("owls · Spanlight")
    shown = passages(page)
    for route in held:
        route.fulfill(body="<p class=total>late</p>", content_type="text/html")
    page.wait_for_timeout(200)
    assert held
    assert passages(page) == shown


def test_the_page_works_with_the_keyboard_alone(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/?q={QUERY}")
    box = page.get_by_role("combobox", name="Search")
    page.keyboard.press("/")
    expect(box).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(titles(page).nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(titles(page).nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(box).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(box).to_be_focused()
    page.keyboard.press("ArrowDown")
    first = titles(page).first.text_content() or ""
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(first)


def test_escape_empties_the_box_and_then_leaves_it(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/?q=ferry")
    box = page.get_by_role("combobox", name="Search")
    box.focus()
    page.keyboard.press("Escape")
    expect(box).to_have_value("")
    expect(box).to_be_focused()
    page.keyboard.press("Escape")
    expect(box).not_to_be_focused()


def test_a_slash_in_a_query_is_a_slash(page: Page, site: Site) -> None:
    page.goto(site.origin)
    page.get_by_role("combobox", name="Search").press_sequentially("a/b")
    expect(page.get_by_role("combobox", name="Search")).to_have_value("a/b")


def test_paging_reaches_every_hit_once(page_without_javascript: Page, site: Site) -> None:
    page = page_without_javascript
    query = {"q": "the", "mode": "lexical"}
    expected = [hit["passage_id"] for hit in site.search(**query, limit=100)["hits"]]
    page.goto(f"{site.origin}/?q=the&mode=lexical&limit=7")
    found = passages(page)
    while page.get_by_role("link", name="Next").count():
        page.get_by_role("link", name="Next").click()
        found += passages(page)
    assert found[:100] == expected
    assert len(set(found)) == len(found)
    last = passages(page)
    page.get_by_role("link", name="Previous").click()
    assert not set(passages(page)) & set(last)


def test_filters_work_without_javascript(page_without_javascript: Page, site: Site) -> None:
    page = page_without_javascript
    page.goto(f"{site.origin}/?q=bridge")
    page.get_by_text("Filters").click()
    page.get_by_label("Path").fill("news/skerrow-tide/*")
    page.get_by_role("button", name="Search").click()
    paths = page.locator("li.hit .path").all_text_contents()
    assert paths
    assert all(path.startswith("news/skerrow-tide/") for path in paths)
    expect(page.get_by_label("Path")).to_have_value("news/skerrow-tide/*")


def test_a_filter_that_leaves_no_hits_can_be_removed(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/?q=bridge&path=no/such/*")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("link", name="without the filters").click()
    expect(titles(page).first).to_be_visible()
    assert "path" not in parameters(page)


def test_hits_can_be_narrowed_down(page_without_javascript: Page, site: Site) -> None:
    page = page_without_javascript
    page.goto(f"{site.origin}/?q=bridge&mode=lexical")
    counts = site.search("bridge", mode="lexical", facets="folder")["facets"]["folder"]
    news = next(each["count"] for each in counts if each["value"] == "news")
    page.get_by_text("Narrow down").click()
    page.get_by_role("link", name="news", exact=True).click()
    expect(page.locator(".total")).to_contain_text(f"of {news} passages")
    paths = page.locator("li.hit .path").all_text_contents()
    assert all(path.startswith("news/") for path in paths)


def test_hits_can_be_grouped_by_document(page_without_javascript: Page, site: Site) -> None:
    page = page_without_javascript
    page.goto(f"{site.origin}/?q=bridge&mode=lexical")
    page.get_by_text("Filters").click()
    page.get_by_label("Group by document").check()
    page.get_by_role("button", name="Search").click()
    groups = site.search("bridge", mode="lexical", group_by="document")["groups"]
    paths = [group["document"]["path"] for group in groups]
    assert page.locator(".where .path").all_text_contents() == paths
    expected = [hit["passage_id"] for group in groups for hit in group["hits"]]
    assert passages(page) == expected


def test_choosing_a_mode_searches_at_once(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/?q=ferry&mode=hybrid")
    page.get_by_role("search").get_by_text("Words", exact=True).click()
    page.wait_for_url("**mode=lexical**")
    assert parameters(page)["q"] == ["ferry"]


def test_parameters_without_a_field_are_kept(page_without_javascript: Page, site: Site) -> None:
    page = page_without_javascript
    page.goto(f"{site.origin}/?q=bridge&limit=2&min_score=0")
    page.get_by_role("searchbox").fill("ferry")
    page.get_by_role("button", name="Search").click()
    assert parameters(page)["limit"] == ["2"]
    assert len(passages(page)) == 2


def test_an_empty_result_suggests_what_to_try(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/?q=xylquaz")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    expect(page.locator("#results")).to_contain_text("spelling")


def test_a_page_beyond_the_last_links_back(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/?q=ferry&mode=lexical&offset=900")
    page.get_by_role("link", name="Back to the first page").click()
    expect(titles(page).first).to_be_visible()


def test_the_page_says_how_the_query_was_understood(page: Page, site: Site) -> None:
    page.goto(f'{site.origin}/?q=bridge "closed')
    warning = site.search('bridge "closed')["warnings"][0]
    expect(page.locator(f".warnings [data-code={warning['code']}]")).to_have_text(
        warning["message"]
    )


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("q=x&limit=0", "limit"),
        ("q=x&mode=best", "mode"),
        ("q=x&colour=red", "colour"),
        ("q=x&modified_after=2024-02-31", "2024-02-31"),
        ("q=" + "x" * 5001, "5,000"),
    ],
)
def test_an_invalid_address_gets_an_error_page(
    page: Page, site: Site, query: str, said: str
) -> None:
    response = page.goto(f"{site.origin}/?{query}")
    assert response is not None
    assert response.status == 422
    expect(page.get_by_role("alert")).to_contain_text(said)
    expect(page.get_by_role("combobox", name="Search")).to_be_visible()


def test_a_hit_can_be_copied_as_citation_link_and_selectors(new_page: NewPage, site: Site) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{site.origin}/?q={QUERY}")
    hit = site.search(QUERY)["hits"][0]
    text = site.text(hit["document"]["id"])
    best = text[hit["best"]["start"] : hit["best"]["end"]]
    shown = page.locator("li.hit").first
    shown.get_by_text("Cite").click()

    def copied(name: str) -> str:
        shown.get_by_role("button", name=name).click()
        expect(shown.get_by_text("Copied").last).to_be_visible()
        clipboard: str = page.evaluate("navigator.clipboard.readText()")
        return clipboard

    citation = copied("Copy citation")
    assert f"“{best}”" in citation
    assert f"{hit['document']['path']}, line" in citation
    target = json.loads(copied("Copy web annotation selectors"))
    position, quotation = target["selector"]
    assert position["start"] == hit["best"]["start"]
    assert position["end"] == hit["best"]["end"]
    around = quotation["prefix"] + quotation["exact"] + quotation["suffix"]
    assert text[position["start"] - len(quotation["prefix"]) :].startswith(around)
    page.goto(copied("Copy link"))
    assert page.locator("#span").text_content() == hit["text"]


def test_citations_can_be_read_without_javascript(
    page_without_javascript: Page, site: Site
) -> None:
    page = page_without_javascript
    page.goto(f"{site.origin}/?q={QUERY}")
    shown = page.locator("li.hit").first
    shown.get_by_text("Cite").click()
    expect(shown.get_by_text("TextQuoteSelector")).to_be_visible()
    expect(shown.get_by_role("button")).to_have_count(0)


def test_repetitions_open_in_place(page: Page, site: Site) -> None:
    query = "tidal turbine"
    page.goto(f"{site.origin}/?q={query}")
    folded = [hit for hit in site.search(query)["hits"] if hit["duplicates"]]
    hit = page.locator(f"li.hit[data-passage='{folded[0]['passage_id']}']")
    hit.get_by_text("repetition").click()
    twin = folded[0]["duplicates"][0]
    hit.get_by_role("link", name=twin["path"]).click()
    marked = page.locator("#span").text_content() or ""
    assert len(marked) == twin["span"]["end"] - twin["span"]["start"]


@pytest.mark.model
def test_a_hit_explains_its_rank(page: Page, hybrid_site: Site) -> None:
    page.goto(f"{hybrid_site.origin}/?q={QUERY}")
    hit = hybrid_site.search(QUERY, explain="true")["hits"][0]
    shown = page.locator("li.hit").first
    expect(shown.locator(".bar")).to_have_count(2)
    # Together they are as long as the confidence: even the first hit has short ones if it is bad.
    for name in ("lexical", "semantic"):
        width = float(shown.locator(f".bar.{name} .fill").get_attribute("width") or "")
        share = hit["explanation"][name]["contribution"] / hit["score"]
        assert width == pytest.approx(100 * hit["confidence"] * share, abs=0.1)
    shown.locator(".why summary").click()
    expect(shown.locator(".confidence")).to_contain_text(f"{round(100 * hit['confidence'])} %")
    table = shown.get_by_role("table")
    expect(table).to_contain_text(f"Score {hit['score']:.2f}")
    for name, label in [("lexical", "Words"), ("semantic", "Meaning")]:
        row = table.get_by_role("row").filter(has_text=label)
        expect(row).to_contain_text(str(hit["explanation"][name]["rank"]))


@pytest.mark.model
@pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
def test_every_mode_shows_what_the_api_answers(page: Page, hybrid_site: Site, mode: str) -> None:
    page.goto(f"{hybrid_site.origin}/?q={QUERY}&mode={mode}")
    hits = hybrid_site.search(QUERY, mode=mode)["hits"]
    assert passages(page) == [hit["passage_id"] for hit in hits]


def test_an_index_without_vectors_says_so(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/?q=ferry&mode=semantic")
    expect(page.get_by_role("alert")).to_contain_text("cannot be searched by meaning")
    page.get_by_role("link", name="Search by words").click()
    expect(titles(page).first).to_be_visible()
    expect(page.get_by_role("radio", name="Meaning", exact=True)).to_be_disabled()


def test_without_an_index_the_page_says_how_to_build_one(page: Page, tmp_path: Path) -> None:
    with serve(tmp_path / "index", probe="/livez") as site:
        response = page.goto(site.origin)
        assert response is not None
        assert response.status == 503
        expect(page.get_by_role("heading", name="There is no index yet")).to_be_visible()
        expect(page.get_by_role("alert")).to_contain_text("scripts/reindex.py")


def test_an_empty_index_says_so(page: Page, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    build_index(folder, tmp_path / "index", model="none")
    with serve(tmp_path / "index") as site:
        for path in ("/", "/?q=ferry"):
            page.goto(site.origin + path)
            expect(page.get_by_role("heading", name="The index is empty")).to_be_visible()


def test_files_changed_or_removed_since_are_marked(page: Page, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("kept", "changed", "removed"):
        (folder / f"{name}.txt").write_text(f"{name} needle\n")
    build_index(folder, tmp_path / "index", model="none")
    (folder / "changed.txt").write_text("something else entirely\n")
    (folder / "removed.txt").unlink()
    with serve(tmp_path / "index") as site:
        page.goto(f"{site.origin}/?q=needle")

        def state(name: str) -> Locator:
            return page.locator("li.hit").filter(has_text=f"{name}.txt").locator(".state")

        expect(state("kept")).to_have_count(0)
        expect(state("changed")).to_have_text("changed on disk since it was indexed")
        expect(state("removed")).to_have_text("no longer on disk")
        page.get_by_role("link", name="removed").click()
        expect(page.locator(".state")).to_have_text("no longer on disk")
        expect(page.locator("#text")).to_contain_text("removed needle")
