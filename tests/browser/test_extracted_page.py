"""The document view of files that are more than text: readable, exact, and with their pages."""

from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.accessibility import PHONE_WIDTH, WIDE_WIDTH, assert_accessible
from tests.browser.mixed_folder import REPORT, fill_mixed_folder
from tests.browser.site import NewPage, SharedPage, Site, build_index, document_id, serve

pytestmark = pytest.mark.browser

QUERY = "crack northbound lane"
FILES = [
    REPORT,
    "boats.xlsx",
    "ferry.docx",
    "ferry.pptx",
    "film.srt",
    "harbour.rtf",
    "mail/engine.eml",
    "mail/lunch.mbox",
    "rain.ipynb",
    "web/ferry.html",
]
# Whether the browser has the whole image.
LOADED = "(image) => image.complete && image.naturalWidth > 0"
COLOURS = """(image) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const found = new Set();
  for (let at = 0; at < data.length; at += 4)
    found.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
  return [...found].map((each) => [each >> 16, (each >> 8) & 255, each & 255]);
}"""


def view(site: Site, path: str, query: str = "") -> str:
    return f"{site.origin}/documents/{document_id(path)}?{query}"


def open_hit(page: Page, site: Site, q: str, path: str) -> dict[str, Any]:
    """Open a file at the best passage for a query; return that."""
    (hit,) = site.search(q, path=path, limit=1)["hits"]
    span, best = hit["span"], hit["best"]
    place = f"start={span['start']}&end={span['end']}&best={best['start']}-{best['end']}"
    page.goto(view(site, path, f"{place}&q={q}#span"))
    return dict(hit)


def image_of(page: Page, number: int) -> Locator:
    return page.get_by_role("img", name=f"Page {number} of bridge-inspection.pdf")


def colours(page: Page, image: Locator) -> list[list[int]]:
    """Return the colours that an image has, once the browser has drawn it."""
    image.scroll_into_view_if_needed()
    page.wait_for_function(LOADED, arg=image.element_handle())
    found: list[list[int]] = image.evaluate(COLOURS)
    return found


@pytest.mark.parametrize("path", FILES)
def test_the_browser_has_every_text_unchanged(page: Page, mixed_site: Site, path: str) -> None:
    page.goto(view(mixed_site, path, "q=the"))
    text = mixed_site.text(document_id(path))
    assert "".join(page.locator("#text .content").all_text_contents()) == text


@pytest.mark.parametrize("path", FILES)
def test_marks_are_exact(page: Page, mixed_site: Site, path: str) -> None:
    text = mixed_site.text(document_id(path))
    start, end = len(text) // 5, 4 * len(text) // 5
    page.goto(view(mixed_site, path, f"start={start}&end={end}"))
    assert "".join(page.locator("mark.span").all_text_contents()) == text[start:end]
    expect(page.locator("#span")).to_have_count(1)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_page_of_a_pdf_is_shown_beside_its_text(
    shared_page: SharedPage, mixed_site: Site, javascript: bool
) -> None:
    page = shared_page(javascript)
    page.set_viewport_size({"width": WIDE_WIDTH, "height": 900})
    hit = open_hit(page, mixed_site, QUERY, REPORT)
    expect(image_of(page, 2)).to_have_accessible_name(
        "Page 2 of bridge-inspection.pdf, with the quotation marked"
    )
    expect(image_of(page, 2)).to_be_in_viewport()
    expect(page.locator("#span")).to_be_in_viewport()
    text = page.locator("mark.best").first.bounding_box()
    image = image_of(page, 2).bounding_box()
    assert text is not None
    assert image is not None
    assert text["x"] + text["width"] <= image["x"]
    best = "".join(page.locator("mark.best").all_text_contents())
    whole = mixed_site.text(document_id(REPORT))
    assert best == whole[hit["best"]["start"] : hit["best"]["end"]]


def test_the_quotation_is_marked_on_the_image(page: Page, mixed_site: Site) -> None:
    open_hit(page, mixed_site, QUERY, REPORT)
    yellow = [
        (red, green, blue)
        for red, green, blue in colours(page, image_of(page, 2))
        if red > 230 and green > 200 and blue < 90
    ]
    assert yellow
    # The quotation is not on another page, which is drawn when somebody asks for it.
    page.locator("section.page").nth(2).locator("summary").click()
    assert all(abs(red - blue) < 9 for red, _, blue in colours(page, image_of(page, 3)))


def test_a_page_that_nobody_looks_at_is_not_drawn(new_page: NewPage, mixed_site: Site) -> None:
    page = new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_hit(page, mixed_site, QUERY, REPORT)
    colours(page, image_of(page, 2))
    page.wait_for_load_state("networkidle")
    (image,) = [url for url in asked if ".png" in url]
    assert "/pages/2.png" in image


def test_on_a_phone_the_page_is_above_its_text(page: Page, mixed_site: Site) -> None:
    page.set_viewport_size({"width": PHONE_WIDTH, "height": 800})
    open_hit(page, mixed_site, QUERY, REPORT)
    image = image_of(page, 2).bounding_box()
    text = page.locator("mark.best").first.bounding_box()
    assert image is not None
    assert text is not None
    assert image["y"] + image["height"] <= text["y"]
    assert image["width"] <= PHONE_WIDTH


def test_the_text_does_not_jump_when_the_image_arrives(page: Page, mixed_site: Site) -> None:
    open_hit(page, mixed_site, QUERY, REPORT)
    before = image_of(page, 2).bounding_box()
    colours(page, image_of(page, 2))
    after = image_of(page, 2).bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["height"] - after["height"]) <= 1


@pytest.mark.parametrize("javascript", [True, False])
def test_a_hit_names_its_page_and_who_wrote_it(
    shared_page: SharedPage, mixed_site: Site, javascript: bool
) -> None:
    page = shared_page(javascript)
    page.goto(f"{mixed_site.origin}/?q={QUERY}&path=reports/*.pdf&mode=lexical")
    hit = page.locator("li.hit").first
    expect(hit.locator(".where")).to_contain_text("page 2")
    expect(hit.locator(".where")).to_contain_text("Nell Arkwright, 2031-10-29")
    hit.locator("summary").filter(has_text="Cite").click()
    citation = hit.locator(".copyable pre").first
    expect(citation).to_contain_text(
        "Nell Arkwright, “Inspection of the Aldith Bridge”, County of Skerrow, 2031-10-29"
    )
    expect(citation).to_contain_text(f"{REPORT}, page 2, characters")


def test_a_hit_opens_its_page_in_the_file(page: Page, mixed_site: Site, mixed_folder: Path) -> None:
    page.goto(f"{mixed_site.origin}/?q={QUERY}&path=reports/*.pdf&mode=lexical")
    link = page.locator("li.hit").first.get_by_role("link", name="Open the page")
    address = link.get_attribute("href") or ""
    assert address.endswith("/file?inline=true#page=2")
    answer = httpx2.get(mixed_site.origin + address)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("inline")
    assert answer.content == (mixed_folder / REPORT).read_bytes()


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("path", [REPORT, "mail/engine.eml", "web/ferry.html"])
def test_the_original_is_downloaded(
    shared_page: SharedPage, mixed_site: Site, mixed_folder: Path, path: str, javascript: bool
) -> None:
    page = shared_page(javascript)
    page.goto(view(mixed_site, path))
    with page.expect_download() as started:
        page.get_by_role("link", name="Download the original").click()
    assert started.value.suggested_filename == path.rpartition("/")[2]
    assert started.value.path().read_bytes() == (mixed_folder / path).read_bytes()


def test_a_web_page_is_opened_at_the_quotation_and_runs_nothing(
    page: Page, mixed_site: Site
) -> None:
    open_hit(page, mixed_site, "ferry sails twenty minutes", "web/ferry.html")
    elsewhere = page.get_by_role("link", name="Where it is from").get_attribute("href") or ""
    assert elsewhere.startswith("https://tide.example/ferry#:~:text=")
    link = page.get_by_role("link", name="Open the original")
    address = link.get_attribute("href") or ""
    assert "#:~:text=" in address
    policy = httpx2.get(mixed_site.origin + address).headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    link.click()
    expect(page.get_by_role("heading", name="Ferry timetable changes")).to_be_visible()


def test_what_could_not_be_read_is_told(page: Page, mixed_site: Site) -> None:
    page.goto(view(mixed_site, "scans/half.pdf"))
    expect(page.locator("[data-code=reader]")).to_have_text(
        "Pages 2 and 3 have no text: a scan or a drawing."
    )


def test_a_file_that_has_changed_is_not_shown_as_it_was(
    page: Page, browser: Browser, tmp_path: Path
) -> None:
    """Its images and links would only give errors."""
    folder, index = tmp_path / "folder", tmp_path / "index"
    fill_mixed_folder(folder, browser)
    build_index(folder, index, model="none")
    (folder / REPORT).write_bytes((folder / REPORT).read_bytes() + b"\n")
    with serve(index) as site:
        page.goto(view(site, REPORT, f"q={QUERY}"))
        expect(page.locator(".state")).to_have_text("changed on disk since it was indexed")
        expect(page.locator("section.page")).to_have_count(3)
        expect(page.locator("#text img, .originals a")).to_have_count(0)


def test_a_server_that_keeps_its_files_shows_no_links_to_them(
    page: Page, mixed_folder: Path
) -> None:
    with serve(mixed_folder.with_name("index"), originals=False) as site:
        page.goto(view(site, REPORT, "start=0&end=9"))
        expect(page.locator("section.page")).to_have_count(3)
        expect(page.locator("a[href*='/file']")).to_have_count(0)


def test_headings_lists_and_tables_are_readable(page: Page, mixed_site: Site) -> None:
    page.goto(view(mixed_site, "web/ferry.html"))
    text = page.locator("#text")
    expect(text.get_by_role("heading", name="Fares")).to_be_visible()
    rows = text.locator("table tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(1).locator("td")).to_have_text(["Skerrow quay", "06:00", "23:40"])


@pytest.mark.parametrize(
    ("path", "titles"),
    [
        (REPORT, ["Page 1", "Page 2", "Page 3"]),
        ("ferry.pptx", ["Slide 1", "Slide 2", "Slide 3"]),
        ("boats.xlsx", ["Sheet “boats”"]),
        ("mail/lunch.mbox", ["Message 1", "Message 2", "Message 3"]),
        ("mail/engine.eml", []),
        ("rain.ipynb", ["Cell 1", "Cell 2", "Cell 3", "Cell 4"]),
        ("film.srt", ["00:00:01", "00:00:03", "00:01:04"]),
    ],
)
def test_sections_have_titles(page: Page, mixed_site: Site, path: str, titles: list[str]) -> None:
    page.goto(view(mixed_site, path))
    assert page.locator("#text .title").all_text_contents() == titles


@pytest.mark.parametrize("path", FILES)
def test_axe_finds_nothing(page: Page, mixed_site: Site, path: str) -> None:
    page.goto(view(mixed_site, path, "start=0&end=40&q=the"))
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    assert_accessible(page, PHONE_WIDTH, WIDE_WIDTH)


def test_types_are_words(page: Page, mixed_site: Site) -> None:
    page.goto(f"{mixed_site.origin}/?q=ferry OR bridge&mode=lexical")
    page.locator("#facets summary").click()
    page.locator("#facets").get_by_role("link", name="web page").click()
    expect(page.locator("li.hit .path")).to_have_text(["web/ferry.html"])
