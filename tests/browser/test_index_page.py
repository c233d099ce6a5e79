"""The page about the index: its content, and how it shows a job, with and without JavaScript."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, expect

from indexer.index.folder import IndexFolder
from tests.api.served_index import wait_until
from tests.api.serving.frozen_reindexing import frozen_reindexing
from tests.browser.accessibility import PHONE_WIDTH, WIDE_WIDTH, assert_accessible
from tests.browser.site import HOSTILE_NAME, SharedPage, Site, build_index, serve

pytestmark = pytest.mark.browser

BUILT_MS = 60_000
UP_TO_DATE = "No changes since it was indexed"
MANY = 6_000
CONTROLS = "line\nbreak\tand \u202eturned.bin"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "bridge.txt").write_text("The bridge is closed.\n")
    return folder


@pytest.fixture
def index(folder: Path, tmp_path: Path) -> Path:
    """An index of the current state of the folder."""
    index = tmp_path / "index"
    build_index(folder, index, model="none")
    return index


def fill(folder: Path) -> None:
    for number in range(MANY):
        (folder / f"{number}.txt").write_text(f"On day {number} the ferry sails.\n")


@contextmanager
def halfway(site: Site) -> Iterator[None]:
    """Pause the running job, once it has reported progress."""

    def is_reading() -> bool:
        (job,) = httpx2.get(f"{site.origin}/v1/jobs").json()["jobs"]
        assert job["state"] == "running"
        return bool(job["stage"] == "reading")

    wait_until(is_reading, 30)
    with frozen_reindexing():
        yield


def start(page: Page, site: Site) -> None:
    page.goto(f"{site.origin}/index")
    page.get_by_role("button", name="Reindex").click()
    expect(page.get_by_role("heading", name="The folder is being indexed")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_job_is_started_and_followed_to_its_report(
    shared_page: SharedPage, folder: Path, index: Path, javascript: bool
) -> None:
    page = shared_page(javascript)
    fill(folder)
    with serve(index) as site:
        start(page, site)
        assert page.url == f"{site.origin}/index"
        expect(page.get_by_role("button", name="Reindex")).to_be_disabled()
        with halfway(site):
            bar = page.get_by_role("progressbar")
            expect(bar).to_have_attribute("max", f"{MANY + 1}", timeout=10_000)
            expect(page.locator("#stage")).to_have_text(
                f"Reading files: {int(bar.get_attribute('value') or 0):,} of {MANY + 1:,}"
            )
        expect(page.locator("#job-state")).to_have_text("Reindexed", timeout=BUILT_MS)
        added = f"{MANY:,} added, 0 changed, 0 removed, 1 unch"
        expect(page.locator("#job")).to_contain_text(added)
        expect(page.locator("#answers + dl")).to_contain_text(f"{MANY + 1:,}", timeout=BUILT_MS)
        expect(page.get_by_role("button", name="Reindex")).to_be_enabled()
        expect(page.locator("#drift")).to_contain_text(UP_TO_DATE, timeout=BUILT_MS)


def test_a_page_that_is_opened_while_a_job_runs_joins_it(
    page: Page, folder: Path, index: Path
) -> None:
    fill(folder)
    with serve(index) as site:
        httpx2.post(f"{site.origin}/v1/reindex")
        with halfway(site):
            page.goto(f"{site.origin}/index")
            expect(page.get_by_role("progressbar")).to_be_visible()
        expect(page.locator("#job-state")).to_have_text("Reindexed", timeout=BUILT_MS)
        # Screen readers announce it.
        expect(page.get_by_role("status")).to_have_text("Reindexed")


def test_changes_are_shown_and_indexed_with_the_keyboard_alone(
    page: Page, folder: Path, index: Path
) -> None:
    (folder / "ferry.txt").write_text("The ferry sails.\n")
    (folder / "ferry2.txt").write_text("The ferry sails again.\n")
    (folder / "bridge.txt").unlink()
    with serve(index) as site:
        page.goto(site.origin)
        page.get_by_role("link", name="Index").click()
        expect(page.locator("#drift strong")).to_have_text(
            "2 files added, 1 removed", timeout=BUILT_MS
        )
        page.get_by_role("button", name="Reindex").focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        expect(page.get_by_role("checkbox")).to_be_checked()
        page.keyboard.press("Enter")
        expect(page.locator("#job-state")).to_have_text("Reindexed", timeout=BUILT_MS)
        expect(page.locator("#job")).to_contain_text("2 added, 0 changed, 0 removed, 0 unchanged")
        expect(page.locator("#drift")).to_contain_text(UP_TO_DATE, timeout=BUILT_MS)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_second_start_is_refused_in_words(
    shared_page: SharedPage, folder: Path, index: Path, javascript: bool
) -> None:
    page = shared_page(javascript)
    fill(folder)
    with serve(index) as site:
        page.goto(f"{site.origin}/index")
        # Until the folder is compared, the page reloads itself, and it would show the job.
        expect(page.locator("#drift")).to_contain_text(f"{MANY:,} files added", timeout=BUILT_MS)
        httpx2.post(f"{site.origin}/v1/reindex")
        with halfway(site):
            page.get_by_role("button", name="Reindex").click()
            expect(page.get_by_role("alert")).to_contain_text("The index is already being built")
            expect(page.get_by_role("progressbar")).to_be_visible()
        expect(page.locator("#job-state")).to_have_text("Reindexed", timeout=BUILT_MS)
        page.goto(f"{site.origin}/index")
        expect(page.get_by_role("alert")).to_have_count(0)


def test_the_lock_of_another_process_is_reported(page: Page, index: Path) -> None:
    with serve(index) as site, IndexFolder(index).writing():
        page.goto(f"{site.origin}/index")
        expect(page.locator("#index")).to_contain_text("Another process is building the index")
        page.get_by_role("button", name="Reindex").click()
        refused = page.get_by_role("alert")
        expect(refused).to_contain_text(re.compile("Process .* is already building the index"))
        expect(refused).to_contain_text("wait until it is done.")


def test_a_failure_says_what_to_do(page: Page, folder: Path, index: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    with serve(index, folder=other) as site:
        page.goto(f"{site.origin}/index")
        expect(page.locator("#folder + p")).to_have_text(str(other))
        page.get_by_role("button", name="Reindex").click()
        expect(page.locator("#job-state")).to_have_text("Reindexing failed", timeout=BUILT_MS)
        expect(page.locator("#job")).to_contain_text("an index of its own")
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="Reindex").click()
        expect(page.locator("#job-state")).to_have_text("Reindexed", timeout=BUILT_MS)


def test_hostile_names_of_skipped_files_are_shown_as_text(
    page: Page, folder: Path, index: Path
) -> None:
    for name in (HOSTILE_NAME, CONTROLS, "</li><script>alert(1)</script>".replace("/", "∕")):
        (folder / name).write_bytes(b"\0")
    (folder / "more.txt").write_text("More.\n")
    with serve(index) as site:
        page.goto(f"{site.origin}/index")
        page.get_by_role("button", name="Reindex").click()
        expect(page.locator("#job-state")).to_have_text("Reindexed", timeout=BUILT_MS)
        names = page.locator(".skipped bdi.path").all_text_contents()
        assert sorted(names) == sorted([HOSTILE_NAME, CONTROLS, "<∕li><script>alert(1)<∕script>"])
        assert page.locator("#index script, #index img").count() == 0


def test_the_first_index_is_built_from_the_page(page: Page, folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    with serve(index, probe="/livez", folder=folder, model="none") as site:
        page.goto(site.origin)
        page.get_by_role("link", name="Index the folder from here").click()
        page.get_by_role("button", name="Index it now").click()
        expect(page.locator("#job-state")).to_have_text("Reindexed", timeout=BUILT_MS)
        expect(page.locator("#answers + dl")).to_contain_text("00000001-", timeout=BUILT_MS)
        page.goto(f"{site.origin}/?q=bridge")
        expect(page.locator("li.hit")).to_have_count(1)


def test_without_a_folder_the_page_says_what_to_set(page: Page, tmp_path: Path) -> None:
    with serve(tmp_path / "index", probe="/livez") as site:
        page.goto(site.origin)
        expect(page.get_by_role("heading", name="There is no index yet")).to_be_visible()
        expect(page.get_by_role("link", name="Index the folder from here")).to_have_count(0)
        page.get_by_role("link", name="Index", exact=True).click()
        expect(page.locator("#index")).to_contain_text("set SPANLIGHT_FOLDER")
        expect(page.get_by_role("button", name="Index it now")).to_have_count(0)
        refused = httpx2.post(f"{site.origin}/index/reindex")
        assert refused.status_code == 422
        assert "SPANLIGHT_FOLDER" in refused.text


def test_axe_finds_nothing_while_a_job_runs_and_after_it(
    page: Page, folder: Path, index: Path
) -> None:
    fill(folder)
    (folder / ("long" * 50 + ".bin")).write_bytes(b"\0")
    with serve(index) as site:
        start(page, site)
        with halfway(site):
            page.get_by_role("button", name="Reindex").evaluate("each => each.form.submit()")
            expect(page.get_by_role("alert")).to_be_visible()
            check(page)
        expect(page.locator("#job-state")).to_have_text("Reindexed", timeout=BUILT_MS)
        check(page)
        with IndexFolder(index).writing():
            page.get_by_role("button", name="Reindex").click()
            expect(page.get_by_role("alert")).to_be_visible()
            check(page)


def check(page: Page) -> None:
    expect(page.locator("[data-awaited]")).to_have_count(0, timeout=BUILT_MS)
    assert_accessible(page, PHONE_WIDTH, WIDE_WIDTH)
