"""Takes the pictures of the page for the README: python -m tests.browser.take_screenshots."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, sync_playwright

from indexer.config import DEFAULT_MODEL, NO_MODEL
from tests.browser.mixed_folder import fill_mixed_folder
from tests.browser.site import Site, build_index, document_id, serve

__all__ = ["main"]

HERE = Path(__file__).parent
CORPUS = HERE.parent / "relevance" / "corpus"
QUERY = "why was the bridge closed"
QUOTATION = "“I looked at the photo … and picked  up the telephone,”"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its name, its page, and the kind of screen.

    `click` selects an element to open first; `typed` is text to type; `until`
    selects an element that has to be visible.
    """

    name: str
    address: str
    scheme: Literal["light", "dark"]
    width: int
    height: int
    click: str = ""
    typed: str = ""
    until: str = "body"


def opened(hit: dict[str, Any], q: str) -> str:
    """Return the address of the document of a hit, opened at the hit."""
    span, best = hit["span"], hit["best"]
    marked = f"start={span['start']}&end={span['end']}&best={best['start']}-{best['end']}"
    return f"/documents/{hit['document']['id']}?{marked}&q={q}"


def pictures(site: Site) -> list[Picture]:
    hit = site.search(QUERY)["hits"][0]
    document = opened(hit, QUERY)
    similar = f"/passages/{hit['passage_id']}/similar"
    guide = f"/documents/{document_id('docs/larkqueue/operations.rst')}?q=queue snapshot"
    return [
        Picture("search", f"/?q={QUERY}", "light", 960, 720, ".why summary"),
        Picture("search-dark", "/?q=how do workers retry failed jobs", "dark", 960, 720),
        Picture("search-phone", "/?q=tidal turbine", "light", 390, 780, ".duplicates summary"),
        Picture("suggestions", "/", "light", 960, 640, typed="brid"),
        Picture("did-you-mean", "/?q=bridgge closed", "light", 960, 520),
        Picture("similar", similar, "light", 960, 720),
        Picture("nothing-found", "/?q=xylophone&mode=lexical&path=docs/", "light", 960, 640),
        Picture("quotation", f"/verify?text={QUOTATION}", "light", 960, 820),
        Picture("document", document, "light", 960, 720),
        Picture("document-dark", guide, "dark", 960, 720),
        Picture("document-phone", document, "dark", 390, 780),
        # Last, because it starts a job.
        Picture(
            *("index", "/index", "light", 960, 760, ".reindex button"),
            until=".job[data-state^=succ]",
        ),
    ]


def pictures_of_formats(site: Site) -> list[Picture]:
    """Return the pictures of files that are more than text."""
    crack, ferry, engine = [
        opened(site.search(q)["hits"][0], q)
        for q in ("crack northbound lane", "ferry sails twenty minutes", "engine pilot boat")
    ]
    return [
        Picture("pdf", f"{crack}#span", "light", 1280, 560),
        Picture("pdf-phone", f"{crack}#text", "dark", 390, 780, "section.page:nth-of-type(2) h2"),
        Picture("web-page", ferry, "dark", 960, 720),
        Picture("mail", engine, "light", 960, 640),
        Picture("formats", "/index", "light", 960, 720, until="#drift:not([data-awaited])"),
        Picture("skipped", "/index/skipped", "light", 390, 780),
    ]


def take_formats(browser: Browser, folder: Path) -> None:
    """Serve a folder of files that are more than text, and take its pictures."""
    with tempfile.TemporaryDirectory(prefix="spanlight-") as place:
        fill_mixed_folder(Path(place) / "documents", browser)
        build_index(Path(place) / "documents", Path(place) / "index", model=NO_MODEL)
        with serve(Path(place) / "index") as site:
            for picture in pictures_of_formats(site):
                take(browser, site, picture, folder)


def take(browser: Browser, site: Site, picture: Picture, folder: Path) -> None:
    page = browser.new_page(
        viewport={"width": picture.width, "height": picture.height}, color_scheme=picture.scheme
    )
    page.goto(site.origin + picture.address)
    page.reload()  # a first answer takes longer than any later one
    if picture.click:
        page.locator(picture.click).first.click()
    if picture.typed:
        page.get_by_role("combobox").press_sequentially(picture.typed)
        page.get_by_role("option").first.wait_for()
        page.locator(".total").wait_for()
    page.locator(picture.until).wait_for()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=folder / f"{picture.name}.png")
    page.close()


def main() -> None:
    """Index the sample corpus, serve it, and rewrite every picture."""
    folder = HERE / "screenshots"
    folder.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as index,
        tempfile.TemporaryDirectory(prefix="spanlight-") as place,
        sync_playwright() as playwright,
    ):
        documents = Path(place) / "documents"
        shutil.copytree(CORPUS, documents)
        build_index(documents, Path(index), model=DEFAULT_MODEL)
        # For the job on the page about the index: a new file, and one that it skips.
        (documents / "harbour.txt").write_text("The harbour closes at dusk.\n")
        (documents / "photograph.jpg").write_bytes(b"\xff\xd8\0")
        executable = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        with serve(Path(index)) as site:
            for picture in pictures(site):
                take(browser, site, picture, folder)
        take_formats(browser, folder)
        browser.close()


if __name__ == "__main__":
    main()
