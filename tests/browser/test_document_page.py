"""The document view: unchanged text, marked span and matches, and long files in parts."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import HOSTILE_NAME, NewPage, SharedPage, Site, document_id

pytestmark = pytest.mark.browser

NORTHWIRE = "news/northwire-bridge.txt"
BIG = document_id("big.txt")


def view(site: Site, path: str, query: str = "") -> str:
    return f"{site.origin}/documents/{document_id(path)}?{query}"


def lines_of(page: Page) -> list[str]:
    """Return the text that follows each line number, as the browser has it."""
    lines: list[str] = page.evaluate(
        """() => {
          const lines = [];
          const walker = document.createTreeWalker(
            document.getElementById("text"), NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const node = walker.currentNode;
            if (node.nodeType === Node.TEXT_NODE) lines[lines.length - 1] += node.data;
            else if (node.dataset.line) lines.push(node.dataset.line + ":");
          }
          return lines;
        }"""
    )
    return lines


def awkward_files() -> list[str]:
    folder = Path(__file__).parents[1] / "corpus"
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [f"awkward/{path.relative_to(folder).as_posix()}" for path in files]


@pytest.mark.parametrize("javascript", [True, False])
def test_a_hit_opens_at_its_span(shared_page: SharedPage, site: Site, javascript: bool) -> None:
    page = shared_page(javascript)
    page.goto(f"{site.origin}/?q=bridge closed&mode=lexical")
    hit = site.search("bridge closed", mode="lexical")["hits"][0]
    page.locator(".hit .title").first.click()
    span = page.locator("#span")
    assert span.text_content() == hit["text"]
    expect(span).to_be_in_viewport()
    best = "".join(page.locator("mark.best").all_text_contents())
    assert best == site.text(hit["document"]["id"])[slice(hit["best"]["start"], hit["best"]["end"])]


@pytest.mark.parametrize("javascript", [True, False])
def test_a_document_leads_back_to_its_results(
    shared_page: SharedPage, site: Site, javascript: bool
) -> None:
    page = shared_page(javascript)
    search = f"{site.origin}/?q=bridge+closed&mode=lexical&path=news/"
    page.goto(search)
    page.locator(".hit .title").first.click()
    back = page.get_by_role("link", name="Results")
    expect(back).to_be_in_viewport()
    back.click()
    expect(page).to_have_url(search)


def test_the_browser_has_every_text_unchanged(page: Page, site: Site) -> None:
    """Including every CR, in every file of the index."""
    read = 0
    for path in [*awkward_files(), HOSTILE_NAME, NORTHWIRE]:
        response = page.goto(view(site, path, "q=needle"))
        assert response is not None
        if response.status == 404:  # a file that the index had to skip
            continue
        text = site.text(document_id(path)).replace("\0", "\ufffd")
        assert page.locator("#text").text_content() == text, path
        numbered = enumerate(re.findall(r"[^\n]*\n|[^\n]+", text), start=1)
        assert lines_of(page) == [f"{number}:{line}" for number, line in numbered], path
        expect(page.locator("h1")).to_have_count(1)
        read += 1
    assert read > 40


def test_names_and_texts_are_shown_as_text(new_page: NewPage, site: Site) -> None:
    page = new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.goto(f"{site.origin}/?q=hostile needle&mode=lexical")
    hit = page.locator("li.hit").filter(has_text="onerror")
    assert hit.locator(".path").text_content() == HOSTILE_NAME
    assert "<script>alert('title')</script>" in (hit.locator(".title").text_content() or "")
    expect(hit.locator("img, b, script")).to_have_count(0)
    hit.locator(".title").click()
    assert page.locator(".where .path").text_content() == HOSTILE_NAME
    assert page.locator("#text").text_content() == site.text(document_id(HOSTILE_NAME))
    expect(page.locator("main img, main script")).to_have_count(0)
    page.goto(f"{site.origin}/?q=<script>alert(1)</script>\"'")
    expect(page.get_by_role("combobox", name="Search")).to_have_value(
        "<script>alert(1)</script>\"'"
    )
    assert dialogs == []


def test_a_name_with_direction_marks_reverses_no_text_next_to_it(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/?q=hostile needle&mode=lexical")
    where = page.locator("li.hit").filter(has_text="onerror").locator(".where")
    name, lines = where.locator(".path").bounding_box(), where.locator(".lines").bounding_box()
    assert name is not None
    assert lines is not None
    assert name["x"] + name["width"] <= lines["x"] + 1


def test_all_matches_are_marked(page: Page, site: Site) -> None:
    page.goto(view(site, NORTHWIRE, "q=bridge"))
    text = site.text(document_id(NORTHWIRE))
    marks = page.locator("mark.highlight").all_text_contents()
    assert len(marks) == len(re.findall(r"\bbridges?\b", text, re.IGNORECASE))
    assert {mark.lower() for mark in marks} <= {"bridge", "bridges"}
    expect(page.locator(".marks")).to_contain_text(f"{len(marks)} matches")


@pytest.mark.parametrize("javascript", [True, False])
def test_one_can_jump_from_match_to_match(
    shared_page: SharedPage, site: Site, javascript: bool
) -> None:
    page = shared_page(javascript)
    page.goto(view(site, NORTHWIRE, "q=bridge"))
    count = page.locator("mark.highlight").count()
    following = page.get_by_role("link", name="Next match")
    for number in range(1, count + 1):
        following.click()
        expect(page.locator(".marks")).to_contain_text(f"{number} of {count} matches")
        expect(page.locator("mark.highlight:target")).to_have_id(f"m{number}")
        expect(page.locator(f"#m{number}")).to_be_in_viewport()
    expect(following).to_be_disabled()
    page.get_by_role("link", name="Previous match").click()
    expect(page.locator("mark.highlight:target")).to_have_id(f"m{count - 1}")
    page.reload()
    expect(page.locator(".marks")).to_contain_text(f"{count - 1} of {count} matches")


def test_keys_jump_from_match_to_match(new_page: NewPage, site: Site) -> None:
    page = new_page()
    page.goto(view(site, NORTHWIRE, "q=bridge"))
    loads: list[str] = []
    page.on("load", lambda loaded: loads.append(loaded.url))
    for key in "nnnp":
        page.keyboard.press(key)
    expect(page.locator("mark.highlight:target")).to_have_id("m2")
    assert loads == []


def test_jumping_begins_at_the_span(page: Page, site: Site) -> None:
    text = site.text(document_id(NORTHWIRE))
    start = text.index("No one was hurt")
    page.goto(view(site, NORTHWIRE, f"q=bridge&start={start}&end={start + 15}#span"))
    before = len(re.findall(r"\bbridges?\b", text[:start], re.IGNORECASE))
    page.get_by_role("link", name="Next match").click()
    expect(page.locator("mark.highlight:target")).to_have_id(f"m{before + 1}")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_file_of_20_mb_opens_at_the_span(
    shared_page: SharedPage, site: Site, javascript: bool
) -> None:
    page = shared_page(javascript)
    text = site.text(BIG)
    line = 333_333
    start = text.index(f" {line}.")
    page.goto(view(site, "big.txt", f"start={start + 1}&end={start + 7}&q=querl#span"))
    assert page.locator("#span").text_content() == str(line)
    expect(page.locator("#span")).to_be_in_viewport()
    assert lines_of(page)[0].endswith(f"plicket {int(lines_of(page)[0].split(':')[0])}.\n")
    shown = page.locator("#text").text_content() or ""
    assert len(shown) <= 60_000
    assert f" {line}.\n" in shown
    page.get_by_role("link", name="Later part").click()
    later = page.locator("#text").text_content() or ""
    assert shown + later in text
    page.get_by_role("link", name="Earlier part").click()
    assert (page.locator("#text").text_content() or "") + later in text
    page.get_by_role("link", name="Passage").click()
    expect(page.locator("#span")).to_be_in_viewport()


@pytest.mark.parametrize("javascript", [True, False])
def test_one_jumps_from_part_to_part_of_a_file_of_20_mb(
    shared_page: SharedPage, site: Site, javascript: bool
) -> None:
    """Two words that stand once each, far apart, and nowhere else."""
    page = shared_page(javascript)
    page.goto(view(site, "big.txt", "q=7 333333"))
    for number in ("7", "333333"):
        page.get_by_role("link", name="Next match").click()
        expect(page.locator("mark.highlight:target")).to_have_text(number)
        expect(page.locator("mark.highlight:target")).to_be_in_viewport()
    expect(page.get_by_role("link", name="Next match")).to_be_disabled()
    page.get_by_role("link", name="Previous match").click()
    expect(page.locator("mark.highlight:target")).to_have_text("7")
    expect(page.get_by_role("link", name="Previous match")).to_be_disabled()


def test_keys_jump_from_part_to_part(page: Page, site: Site) -> None:
    page.goto(view(site, "big.txt", "q=7 333333"))
    for key, number in (("n", "7"), ("n", "333333"), ("p", "7")):
        page.keyboard.press(key)
        expect(page.locator("mark.highlight:target")).to_have_text(number)


def test_the_ends_of_a_long_file_have_no_further_links(page: Page, site: Site) -> None:
    page.goto(view(site, "big.txt"))
    assert lines_of(page)[0].startswith("1:")
    expect(page.get_by_role("link", name="Earlier part")).to_have_count(0)
    page.goto(view(site, "big.txt", "after=999999999"))
    expect(page.get_by_role("link", name="Later part")).to_have_count(0)
    expect(page.get_by_role("link", name="Earlier part")).to_have_count(1)


def test_a_long_line_wraps(new_page: NewPage, site: Site) -> None:
    page = new_page(viewport={"width": 390, "height": 800})
    for name in ("one-line-20kb.txt", "long-word.txt"):
        page.goto(view(site, f"awkward/{name}"))
        assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_link_to_another_version_says_so(page: Page, site: Site) -> None:
    page.goto(view(site, NORTHWIRE, "start=0&end=9&sha256=0123456789ab"))
    expect(page.locator("[data-code=outdated]")).to_be_visible()
    current = site.search("bridge", path=NORTHWIRE)["hits"][0]["document"]["sha256"]
    page.goto(view(site, NORTHWIRE, f"start=0&end=9&sha256={current[:12]}"))
    expect(page.locator("[data-code=outdated]")).to_have_count(0)


def test_a_link_beyond_the_end_says_so(page: Page, site: Site) -> None:
    page.goto(view(site, NORTHWIRE, "start=5000000&end=5000009"))
    expect(page.locator("[data-code=beyond_end]")).to_be_visible()
    expect(page.locator("#text")).to_contain_text("Aldith Bridge")


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/documents/0123456789abcdef", 404, "No such document"),
        ("/documents/..%2f..%2fetc%2fpasswd", 404, ""),
        (f"/documents/{BIG}?start=9&end=3", 422, "is before start"),
        (f"/documents/{BIG}?start=x", 422, "start"),
        (f"/documents/{BIG}?start=99999999999999999999", 422, "start"),
    ],
)
def test_an_unavailable_document_gets_an_error_page(
    page: Page, site: Site, path: str, status: int, said: str
) -> None:
    response = page.goto(site.origin + path)
    assert response is not None
    assert response.status == status
    expect(page.locator("body")).to_contain_text(said)
