"""The report of formats on the page about the index, and the list of files that are not in it."""

from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import PHONE_WIDTH, WIDE_WIDTH, assert_accessible
from tests.browser.site import HOSTILE_NAME, SharedPage, Site, build_index, serve

pytestmark = pytest.mark.browser

MORE_THAN_A_PAGE = 101


@pytest.mark.parametrize("javascript", [True, False])
def test_the_index_page_reports_formats_and_leads_to_skipped_files(
    shared_page: SharedPage, mixed_site: Site, javascript: bool
) -> None:
    page = shared_page(javascript)
    page.goto(f"{mixed_site.origin}/index")
    formats = page.locator("#formats")
    expect(formats).to_contain_text("4 PDF (")
    for said in ("1 without text", "1 encrypted", "1 Word", "2 mail", "1 mailbox"):
        expect(formats).to_contain_text(said)
    expect(formats).to_contain_text("not read: 3 JPEG, 1 .doc")
    page.get_by_role("link", name="6 files").click()
    expect(page.locator("main > .skipped li")).to_have_count(6)
    scan = page.locator("li").filter(has_text="scans/letter.pdf")
    expect(scan).to_contain_text("PDF, no text: 1 of its 1 pages have pictures only")
    expect(scan.locator(".help")).to_contain_text("recognise its text")


@pytest.mark.parametrize("javascript", [True, False])
def test_one_reason_at_a_time(shared_page: SharedPage, mixed_site: Site, javascript: bool) -> None:
    page = shared_page(javascript)
    page.goto(f"{mixed_site.origin}/index/skipped")
    page.get_by_role("link", name="Encrypted").click()
    expect(page.locator("main > .skipped .path")).to_have_text(["scans/accounts.pdf"])
    expect(page.locator("[aria-current]")).to_have_text("Encrypted")
    page.get_by_role("link", name="All").click()
    expect(page.locator("main > .skipped li")).to_have_count(6)


def test_a_long_list_has_pages(page: Page, tmp_path: Path) -> None:
    folder, index = tmp_path / "folder", tmp_path / "index"
    folder.mkdir()
    (folder / "a.txt").write_text("The ferry sails.\n")
    for number in range(MORE_THAN_A_PAGE):
        (folder / f"{number:03}.bin").write_bytes(b"\0")
    build_index(folder, index, model="none")
    with serve(index) as site:
        page.goto(f"{site.origin}/index/skipped")
        expect(page.locator(".total")).to_have_text("101 files")
        expect(page.locator("main > .skipped li")).to_have_count(100)
        page.get_by_role("link", name="Next").click()
        expect(page.locator("main > .skipped .path")).to_have_text(["100.bin"])
        expect(page.get_by_role("link", name="Next")).to_have_count(0)


def test_names_are_shown_as_text(page: Page, tmp_path: Path) -> None:
    folder, index = tmp_path / "folder", tmp_path / "index"
    folder.mkdir()
    (folder / "a.txt").write_text("The ferry sails.\n")
    (folder / HOSTILE_NAME).write_bytes(b"\0")
    build_index(folder, index, model="none")
    with serve(index) as site:
        page.goto(f"{site.origin}/index/skipped")
        assert page.locator(".skipped .path").all_text_contents() == [HOSTILE_NAME]
        expect(page.locator("main img")).to_have_count(0)


@pytest.mark.parametrize("address", ["/index", "/index/skipped", "/index/skipped?reason=no+text"])
def test_axe_finds_nothing(page: Page, mixed_site: Site, address: str) -> None:
    page.goto(mixed_site.origin + address)
    expect(page.locator("[data-awaited]")).to_have_count(0, timeout=30_000)
    assert_accessible(page, PHONE_WIDTH, WIDE_WIDTH)


@pytest.mark.parametrize("query", ["reason=nothing", "cursor=x", "unknown=1"])
def test_a_wrong_address_is_explained(mixed_site: Site, query: str) -> None:
    answer = httpx2.get(f"{mixed_site.origin}/index/skipped?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.text
