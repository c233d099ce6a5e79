"""The page says that an index is being built, and answers when the build is done."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, expect

from indexer.index.folder import IndexFolder
from tests.browser.accessibility import PHONE_WIDTH, WIDE_WIDTH, assert_accessible
from tests.browser.site import ROOT, SharedPage, Site, build_index, serve

pytestmark = pytest.mark.browser

FIRST_TIME = "The folder is being indexed for the first time"
RELOADED_MS = 20_000
# A build that stops in the middle until its input ends.
SLOW_BUILD = """
import sys
from pathlib import Path
from indexer.building.build import build_index
from indexer.building.task import BuildTask
from indexer.config import IndexConfig
from indexer.index.folder import IndexFolder

waited = []

def wait(stage, done, total):
    if not waited:
        waited.append(stage)
        print("building", flush=True)
        sys.stdin.read()

folder, index = map(Path, sys.argv[1:])
build_index(BuildTask(folder, IndexFolder(index), IndexConfig(model="none")), progress=wait)
"""


def start_build(folder: Path, index: Path) -> "subprocess.Popen[str]":
    """Start a build that continues when its input ends."""
    command = [sys.executable, "-c", SLOW_BUILD, str(folder), str(index)]
    build = subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert build.stdout is not None
    assert build.stdout.readline() == "building\n"
    return build


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "bridge.txt").write_text("The bridge is closed.\n")
    return folder


@pytest.mark.parametrize("javascript", [True, False])
def test_the_first_build_is_waited_for(
    shared_page: SharedPage, folder: Path, tmp_path: Path, javascript: bool
) -> None:
    page = shared_page(javascript)
    index = tmp_path / "index"
    with serve(index, probe="/livez") as site, start_build(folder, index) as build:
        page.goto(f"{site.origin}/?q=bridge")
        expect(page.get_by_role("heading", name=FIRST_TIME)).to_be_visible()
        build.communicate("")
        expect(page.locator("li.hit")).to_have_count(1, timeout=RELOADED_MS)


def test_the_page_without_an_index_sees_the_build_begin_and_end(
    page: Page, folder: Path, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    with serve(index, probe="/livez") as site:
        page.goto(site.origin)
        expect(page.get_by_role("heading", name="There is no index yet")).to_be_visible()
        with start_build(folder, index) as build:
            expect(page.get_by_role("heading", name=FIRST_TIME)).to_be_visible(timeout=RELOADED_MS)
            build.communicate("")
        expect(page.get_by_role("heading", name="Find the passage")).to_be_visible(
            timeout=RELOADED_MS
        )


def test_the_page_does_not_wait_for_a_killed_build(
    page: Page, folder: Path, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    with serve(index, probe="/livez") as site, start_build(folder, index) as build:
        page.goto(site.origin)
        expect(page.get_by_role("heading", name=FIRST_TIME)).to_be_visible()
        build.kill()
        expect(page.get_by_role("heading", name="There is no index yet")).to_be_visible(
            timeout=RELOADED_MS
        )


def test_typed_text_is_kept_when_the_page_loads(page: Page, folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    with serve(index, probe="/livez") as site, start_build(folder, index) as build:
        page.goto(site.origin)
        page.get_by_role("combobox", name="Search").fill("bridge")
        page.wait_for_url("**/?q=bridge*")
        expect(page.get_by_role("heading", name=FIRST_TIME)).to_be_visible()
        build.communicate("")
        expect(page.locator("li.hit")).to_have_count(1, timeout=RELOADED_MS)
        expect(page.get_by_role("combobox", name="Search")).to_have_value("bridge")


def test_a_rebuild_is_shown_while_the_old_index_answers(
    page: Page, folder: Path, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    build_index(folder, index, model="none")
    (folder / "ferry.txt").write_text("A ferry sails below the bridge.\n")
    with serve(index) as site:
        page.goto(f"{site.origin}/?q=bridge")
        expect(page.locator(".notice")).to_have_count(0)
        with start_build(folder, index) as build:
            assert building(site)
            page.reload()
            expect(page.locator(".notice")).to_contain_text("results come from the version of")
            expect(page.locator("li.hit")).to_have_count(1)
            build.communicate("")
        wait_for(page, lambda: site.search("bridge")["total"]["value"] == 2)
        page.reload()
        expect(page.locator("li.hit")).to_have_count(2)
        expect(page.locator(".notice")).to_have_count(0)


def test_axe_finds_nothing_while_a_build_runs(page: Page, tmp_path: Path) -> None:
    index = tmp_path / "index"
    with serve(index, probe="/livez") as site, IndexFolder(index).writing():
        for path in ("/", "/documents/0123456789abcdef"):
            page.goto(site.origin + path)
            expect(page.get_by_role("heading", name=FIRST_TIME)).to_be_visible()
            assert_accessible(page, PHONE_WIDTH, WIDE_WIDTH)


def building(site: Site) -> bool:
    answer = httpx2.get(f"{site.origin}/v1/status").json()
    return bool(answer["building"])


def wait_for(page: Page, condition: Callable[[], bool]) -> None:
    for _ in range(100):
        if condition():
            return
        page.wait_for_timeout(100)
    raise AssertionError("the condition was not true within 10 s")
