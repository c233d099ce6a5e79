"""Chromium, and the servers that it visits.

Every page of every test is watched: a request to another origin, a script error, or anything that
the content security policy had to block fails the test.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    ViewportSize,
    sync_playwright,
)

from indexer.config import DEFAULT_MODEL
from tests.browser.mixed_folder import fill_mixed_folder
from tests.browser.site import HOSTILE_NAME, NewPage, SharedPage, Site, build_index, serve

TESTS = Path(__file__).parents[1]
SIZE = ViewportSize(width=1280, height=720)
# Words of no other file, so that it stays out of the way of other searches.
BIG_LINE = "zanthor querl mibben dastrow plicket {}.\n"
BIG_LINES = 450_000
HOSTILE_TITLE = "</title><script>alert('title')</script>\u202e & \"title\""
HOSTILE_TEXT = (
    f"+++\r\ntitle = '''{HOSTILE_TITLE}'''\r\n+++\r\n\r\n"
    "<b>hostile</b> needle \"quoted\" 'single' &amp; \u05e9\u05dc\u05d5\u05dd \u202eoverride\r\n"
    "\ttab and trailing blanks   \r\n</mark></pre><script>alert('text')</script>\r\n"
)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, until the tests of this folder are over: none with asyncio can run beside it."""
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    assert executable is not None, "the browser tests need Chromium"
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=executable, args=arguments) as browser,
    ):
        yield browser


class Watch:
    """The forbidden things that pages did."""

    def __init__(self) -> None:
        self.complaints: list[str] = []

    def over(self, page: Page) -> None:
        page.on("request", lambda request: self._request(page, request))
        page.on("response", self._response)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._message)

    def _request(self, page: Page, request: Request) -> None:
        own = urlsplit(page.url).netloc
        if not request.is_navigation_request() and urlsplit(request.url).netloc != own:
            self.complaints.append(f"{page.url} asked for {request.url}")

    def _response(self, response: Response) -> None:
        part_of_page = response.request.resource_type not in ("document", "fetch")
        if part_of_page and response.status >= 400:
            self.complaints.append(f"{response.url} answered {response.status}")

    def _message(self, message: ConsoleMessage) -> None:
        # Chromium also reports failed addresses, and some are meant to fail here.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """A function that opens a page; it takes the options of Playwright's `new_context`.

    For tests that listen to a page or answer for its server, or whose options nobody else has.
    """
    contexts: list[BrowserContext] = []
    watch = Watch()

    def open_page(**options: Any) -> Page:
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        watch.over(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert watch.complaints == []


class Windows:
    """A page with scripts and one without, which take longer to open than most tests to run."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._pages: dict[bool, Page] = {}
        self._watch = Watch()

    def page(self, *, javascript: bool) -> Page:
        if javascript not in self._pages:
            context = self._browser.new_context(java_script_enabled=javascript)
            self._pages[javascript] = context.new_page()
            self._watch.over(self._pages[javascript])
        return self._pages[javascript]

    def clear(self) -> list[str]:
        """Make the pages as good as new; return what they did that they must not do."""
        for page in self._pages.values():
            page.goto("about:blank")
            page.context.clear_cookies()
            page.mouse.move(0, 0)
            page.emulate_media(color_scheme="light", reduced_motion="null")
            page.set_viewport_size(SIZE)
        complaints = self._watch.complaints[:]
        self._watch.complaints.clear()
        return complaints


@pytest.fixture(scope="package")
def windows(browser: Browser) -> Windows:
    return Windows(browser)


@pytest.fixture
def shared_page(windows: Windows) -> Iterator[SharedPage]:
    """A function that returns a blank page, with scripts or without."""
    yield lambda javascript: windows.page(javascript=javascript)
    assert windows.clear() == []


@pytest.fixture
def page(shared_page: SharedPage) -> Page:
    return shared_page(True)


@pytest.fixture
def page_without_javascript(shared_page: SharedPage) -> Page:
    return shared_page(False)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample corpus, the awkward files, a hostile one, and one of 20 MB."""
    folder = tmp_path_factory.mktemp("browser") / "corpus"
    shutil.copytree(TESTS / "relevance" / "corpus", folder)
    shutil.copytree(TESTS / "corpus", folder / "awkward")
    (folder / HOSTILE_NAME).write_bytes(HOSTILE_TEXT.encode())
    lines = (BIG_LINE.format(number) for number in range(1, BIG_LINES + 1))
    (folder / "big.txt").write_text("".join(lines), newline="")
    return folder


@pytest.fixture(scope="session")
def site(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server that searches the corpus by words only."""
    index = tmp_path_factory.mktemp("lexical") / "index"
    build_index(corpus, index, model="none")
    with serve(index) as site:
        yield site


@pytest.fixture(scope="package")
def mixed_folder(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """PDFs, web pages, mails, office files and more, and some that cannot be read."""
    folder = tmp_path_factory.mktemp("mixed") / "documents"
    fill_mixed_folder(folder, browser)
    return folder


@pytest.fixture(scope="package")
def mixed_site(mixed_folder: Path) -> Iterator[Site]:
    """A server that searches the mixed folder by words."""
    index = mixed_folder.with_name("index")
    build_index(mixed_folder, index, model="none")
    with serve(index) as site:
        yield site


@pytest.fixture(scope="session")
def hybrid_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server that searches the sample corpus by words and meaning."""
    index = tmp_path_factory.mktemp("hybrid") / "index"
    build_index(TESTS / "relevance" / "corpus", index, model=DEFAULT_MODEL)
    with serve(index) as site:
        yield site
