"""The pages over HTTP; tests/browser tests them in a browser."""

import html
import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from numpy.typing import NDArray

from api.settings import ServerSettings
from api.web.app import create_app
from api.web.pages.views.document_parts import PART_CHARS
from indexer.building.build import build_index
from indexer.building.task import BuildTask
from indexer.config import IndexConfig
from indexer.documents import document_id
from indexer.embedding.embedder import Embedder
from indexer.index.folder import IndexFolder
from tests.hashed_embedder import HashedEmbedder
from tests.wide_times import folder_for_times, nanoseconds, set_time

CRLF_TEXT = "A title\r\n\r\nThe bridge is closed.\r\nA ferry <crosses> instead.\r\n"
LONG_TEXT = "".join(f"line {number} of the ledger\n" for number in range(1, 10_001))
REPEATED = (
    "The county council has closed the old bridge over the river for repairs that take a year. "
)


# A host name that every server accepts.
HERE = "http://localhost"
# What every browser sends when it opens an address.
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@contextmanager
def opened(
    folder: Path,
    embedder: Embedder | None = None,
    load_model: Callable[[str], Embedder] = lambda name: HashedEmbedder(),
) -> Iterator[TestClient]:
    """Index the folder and open its pages."""
    index = IndexFolder(folder.with_name("index"))
    config = IndexConfig(model="hashed words" if embedder else "none")
    build_index(BuildTask(folder, index, config, embedder))
    with TestClient(create_app(ServerSettings(index=index.path), load_model), HERE) as client:
        yield client


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The pages over three documents, searched by words only."""
    folder = tmp_path_factory.mktemp("pages") / "folder"
    (folder / "news").mkdir(parents=True)
    (folder / "news" / "crlf.txt").write_bytes(CRLF_TEXT.encode())
    (folder / "news" / "other.md").write_text("# Bridges\n\n## Old\n\nA bridge of stone.\n")
    (folder / "ledger.txt").write_text(LONG_TEXT)
    with opened(folder) as client:
        yield client


def texts_of(page: str, tag: str) -> list[str]:
    """Return the text inside every element that begins with this tag, which is closed by </...>."""
    name = tag.split()[0]
    inside = re.findall(rf"<{tag}[^>]*>(.*?)</{name}>", page, re.DOTALL)
    return [html.unescape(re.sub("<[^>]+>", "", each)) for each in inside]


def wait_for_the_model(client: TestClient) -> None:
    while not client.get("/readyz").json()["ready"]:
        time.sleep(0.01)


def place(path: str, query: str = "") -> str:
    return f"/documents/{document_id(path)}?{query}"


def test_the_start_page_describes_the_index(site: TestClient) -> None:
    page = site.get("/").text
    assert "Find the passage" in page
    assert re.search(r"\d passages in 3 documents", page)


def test_results_show_title_place_and_marked_text(site: TestClient) -> None:
    page = site.get("/?q=bridge&mode=lexical").text
    assert set(texts_of(page, 'a class="title"')) == {"A title", "Bridges"}
    assert "news/crlf.txt" in texts_of(page, 'bdi class="path"')
    assert texts_of(page, 'mark class="highlight"').count("bridge") == 2
    assert "A ferry &lt;crosses&gt; instead." in page
    assert "<crosses>" not in page


def test_a_hit_links_to_its_span_in_its_version_of_the_file(site: TestClient) -> None:
    hit = site.get("/v1/search?q=stone").json()["hits"][0]
    page = html.unescape(site.get("/?q=stone").text)
    address = f"start={hit['span']['start']}&end={hit['span']['end']}&best={hit['best']['start']}"
    assert f"/documents/{hit['document']['id']}?{address}" in page
    assert f"sha256={hit['document']['sha256'][:12]}#span" in page


def test_a_fragment_contains_only_the_results(site: TestClient) -> None:
    fragment = site.get("/?q=bridge&fragment=1").text
    assert "<html" not in fragment
    assert 'class="title"' in fragment
    passages = re.compile('data-passage="([^"]+)"')
    assert passages.findall(fragment) == passages.findall(site.get("/?q=bridge").text)


def test_the_title_of_a_group_opens_its_document(site: TestClient) -> None:
    page = site.get("/?q=ledger&group_by=document").text
    opened = re.findall(r'<h2 class="group[^"]*"><a href="(/documents/[^"?]+)">', page)
    assert len(opened) == page.count('<h2 class="group') > 0
    assert site.get(opened[0]).status_code == 200


def test_numbers_are_beside_no_bar_because_the_bar_shows_another_scale(site: TestClient) -> None:
    page = site.get("/?q=ledger").text
    bars = re.findall(r'<span class="bar.*?</span>', page, re.DOTALL)
    assert bars
    assert not [bar for bar in bars if re.search(r"\d", re.sub("<[^>]+>", "", bar))]
    assert "the sum of what each retriever adds" in page


def test_the_help_shows_what_is_typed_as_code(site: TestClient) -> None:
    page = site.get("/help").text
    assert "`" not in page
    assert "<code>+climate +treaty</code>" in page


def test_groups_come_under_their_document(site: TestClient) -> None:
    page = site.get("/?q=ledger&group_by=document").text
    assert texts_of(page, 'h2 class="group"') == ["ledger"]
    assert "1–1 of 1 document" in " ".join(page.split())
    assert page.count("data-passage") == 3


def test_facets_link_to_narrower_searches(site: TestClient) -> None:
    page = html.unescape(site.get("/?q=bridge ledger&mode=lexical").text)
    assert "path=%2Fnews%2F" in page
    assert "type=text%2Fmarkdown" in page
    (others,) = re.findall(r'href="([^"]+)"><bdi>other files</bdi></a> ([\d,]+)', page)
    narrowed = site.get("/?q=bridge+ledger&mode=lexical&path=%2Fnews%2F").text
    assert "ledger.txt" not in texts_of(narrowed, 'bdi class="path"')
    outside = site.get(others[0]).text
    assert set(texts_of(outside, 'bdi class="path"')) == {"ledger.txt"}
    assert f"of {others[1]} passage" in outside


def test_years_link_to_the_files_modified_in_them(folder: Path) -> None:
    for name, moment in (("old", "2021-06-01"), ("new", "2024-12-31")):
        (folder / f"{name}.txt").write_text("A bridge of stone.\n")
        seconds = datetime.fromisoformat(f"{moment}T12:00:00+00:00").timestamp()
        os.utime(folder / f"{name}.txt", (seconds, seconds))
    with opened(folder) as client:
        page = html.unescape(client.get("/?q=bridge&mode=lexical&fold_duplicates=false").text)
        (address,) = re.findall(r'href="([^"]+)"><bdi>2024<', page)
        assert "modified_after=2024-01-01&modified_before=2025-01-01" in address
        assert texts_of(client.get(address).text, 'a class="title"') == ["new"]


@pytest.mark.parametrize("year", [1, 1066, 2300, 9999])
def test_files_of_any_year_are_shown_and_found_by_it(year: int) -> None:
    with folder_for_times(nanoseconds(year)) as above:
        if above is None:
            pytest.skip("no file system here holds this year")
        folder = above / "folder"
        folder.mkdir()
        for name in ("then", "now"):
            (folder / f"{name}.txt").write_text(f"The bridge of {name}.\n")
        set_time(folder / "then.txt", nanoseconds(year))
        with opened(folder) as client:
            assert f"{year:04}-01-01 00:00 UTC" in client.get(place("then.txt")).text
            page = client.get("/?q=bridge&mode=lexical&fold_duplicates=false").text
            (address,) = re.findall(rf'href="([^"]+)"><bdi>{year:04}<', page)
            address = html.unescape(address)
            assert texts_of(client.get(address).text, 'a class="title"') == ["then"]
            (hit,) = client.get(address.replace("/?", "/v1/search?")).json()["hits"]
        assert hit["document"]["modified"] == f"{year:04}-01-01T00:00:00Z"
        assert hit["document"]["state"] == "current"


@pytest.mark.parametrize("blank", [" ", ""])
def test_a_snippet_shows_the_text_around_the_best_span(folder: Path, blank: str) -> None:
    sentences = [f"第{number}句話說的是別的事情。{blank}" for number in range(60)]
    sentences[30] = f"這裡有一座舊橋。{blank}"
    (folder / "a.txt").write_text("".join(sentences))
    with opened(folder) as client:
        page = client.get("/?q=舊橋&mode=lexical").text
    (snippet,) = texts_of(page, 'p class="snippet"')
    text = snippet.removeprefix("… ").removesuffix(" …")
    assert text in "".join(sentences)
    assert "這裡有一座舊橋。" in text
    assert not text.startswith("這裡")
    assert not text.endswith("舊橋。")
    assert len(text) < 500


def test_pages_link_to_each_other_up_to_the_last_reachable_one(site: TestClient) -> None:
    page = html.unescape(site.get("/?q=ledger&limit=7&offset=14").text)
    assert 'rel="prev" href="/?q=ledger&limit=7&offset=7"' in page
    assert 'rel="next" href="/?q=ledger&limit=7&offset=21"' in page
    first = html.unescape(site.get("/?q=ledger&limit=7&offset=7").text)
    assert 'rel="prev" href="/?q=ledger&limit=7"' in first
    last = site.get("/?q=ledger&limit=100&offset=900").text
    assert 'rel="next"' not in last
    assert "There are no more hits" in last


def test_an_index_without_vectors_offers_only_lexical_search(site: TestClient) -> None:
    page = site.get("/").text
    assert 'value="lexical" checked' in page
    assert 'value="hybrid" disabled' in page
    refused = site.get("/?q=bridge&mode=semantic")
    assert refused.status_code == 422
    assert "cannot be searched by meaning" in refused.text


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/?q=x&limit=0", "limit"),
        ("/?q=x&limit=100&offset=950", "at most 1,000"),
        ("/?q=x&colour=red", "There is no parameter 'colour'"),
        ("/?q=after:2024-02-31", '<mark class="point">'),
        ("/?q=%ff", "not UTF-8"),
        ("/?q=x%00y", "U+0000"),
        (place("news/crlf.txt", "start=%ff"), "not UTF-8"),
        (place("news/crlf.txt", "best=9-4"), "the end is before the start"),
        (place("news/crlf.txt", "q=x%00y"), "U+0000"),
    ],
)
def test_an_invalid_request_gets_a_page(site: TestClient, address: str, said: str) -> None:
    refused = site.get(address)
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "text/html; charset=utf-8"
    assert said in html.unescape(refused.text)


def test_a_cursor_of_an_older_index_is_refused_with_a_page(site: TestClient) -> None:
    gone = site.get("/?q=x&cursor=MDAwMDAwMDAuMTA")
    assert gone.status_code == 410
    assert "search again from the start" in gone.text


def test_an_unknown_document_gets_a_page(site: TestClient) -> None:
    missing = site.get("/documents/0123456789abcdef")
    assert missing.status_code == 404
    assert "No such document" in missing.text


@pytest.mark.parametrize("address", ["/search", "/Index", "/documents", "/static/nothing.js", "/a"])
def test_a_mistyped_address_gets_a_page_in_a_browser(site: TestClient, address: str) -> None:
    missing = site.get(address, headers=BROWSER)
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>There is no such page</h1>" in missing.text
    assert 'or <a href="/">search the documents</a>' in missing.text


@pytest.mark.parametrize("address", ["/v1", "/v1/nothing", "/v1/documents/1/nothing"])
def test_a_mistyped_address_of_the_api_gets_a_problem_document(
    site: TestClient, address: str
) -> None:
    missing = site.get(address, headers=BROWSER)
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("address", "page"), [("/sign-out", "/sign-in"), ("/index/reindex", "/index")]
)
def test_the_address_of_a_form_leads_to_its_page(site: TestClient, address: str, page: str) -> None:
    for ask in (site.get, site.head):
        response = ask(address, headers=BROWSER, follow_redirects=False)
        assert (response.status_code, response.headers["location"]) == (303, page)


def test_without_an_index_the_page_says_how_to_build_one(tmp_path: Path) -> None:
    settings = ServerSettings(index=tmp_path / "nothing")
    with TestClient(create_app(settings), HERE) as client:
        for address in ("/", "/?q=x", place("a.txt")):
            page = client.get(address)
            assert page.status_code == 503
            assert "scripts/reindex.py" in page.text


def test_the_first_build_has_a_page_that_waits_for_it(folder: Path) -> None:
    (folder / "a.txt").write_text("A bridge of stone.\n")
    index = IndexFolder(folder.with_name("index"))
    with TestClient(create_app(ServerSettings(index=index.path)), HERE) as client:
        with index.writing():
            for address in ("/", "/?q=bridge", "/?q=bridge&fragment=1", place("a.txt")):
                page = client.get(address)
                assert page.status_code == 503
                assert "is being indexed for the first time" in page.text
                assert 'data-awaited="build"' in page.text
                assert ('http-equiv="refresh"' in page.text) == ("fragment" not in address)
        assert "There is no index yet" in client.get("/").text


def test_during_a_rebuild_the_old_generation_answers_and_the_page_says_so(
    folder: Path,
) -> None:
    (folder / "a.txt").write_text("A bridge of stone.\n")
    with opened(folder) as client:
        with IndexFolder(folder.with_name("index")).writing():
            pages = [client.get(address).text for address in ("/", "/?q=bridge", "/?q=xylquaz")]
        calm = client.get("/?q=bridge").text
    built = re.compile(
        r"being updated. Until that is done, results come from the version of \d{4}-\d\d-\d\d "
    )
    assert all(built.search(re.sub("<[^>]+>", "", page)) for page in pages)
    assert texts_of(pages[1], 'a class="title"') == ["a"]
    assert "refresh" not in pages[1]
    assert "being updated" not in calm


def test_a_damaged_index_that_is_being_rebuilt_says_so(folder: Path) -> None:
    index = IndexFolder(folder.with_name("index"))
    index.path.mkdir()
    (index.path / "CURRENT").write_text("nonsense\n")
    with TestClient(create_app(ServerSettings(index=index.path)), HERE) as client:
        with index.writing():
            page = client.get("/").text
        assert "The index is being rebuilt" in page
        assert "does not name a generation" in page
        assert "data-awaited" not in client.get("/").text


def test_an_empty_index_says_so(folder: Path) -> None:
    with opened(folder) as client:
        assert "The index is empty" in client.get("/").text
        assert "The index is empty" in client.get("/?q=bridge").text


def test_nothing_found_offers_another_way(folder: Path) -> None:
    (folder / "a.txt").write_text("A bridge of stone.\n")
    with opened(folder, HashedEmbedder()) as client:
        page = html.unescape(client.get("/?q=xylquaz&mode=lexical&path=a.txt").text)
    assert "Nothing found" in page
    assert 'href="/?q=xylquaz&mode=lexical">Search without the filters' in page
    assert 'href="/?q=xylquaz&path=a.txt&mode=hybrid">Search by meaning' in page


def test_a_hit_shows_the_contribution_of_each_retriever(folder: Path) -> None:
    (folder / "a.txt").write_text("A bridge of stone.\n")
    with opened(folder, HashedEmbedder()) as client:
        wait_for_the_model(client)
        page = client.get("/?q=bridge").text
        unexplained = client.get("/?q=bridge&explain=false").text
        (hit,) = client.get("/v1/search?q=bridge&explain=true").json()["hits"]
    widths = [float(width) for width in re.findall(r'class="fill" width="([\d.]+)"', page)]
    parts = [hit["explanation"][name]["contribution"] for name in ("lexical", "semantic")]
    share = 100 * hit["confidence"] / hit["score"]
    assert widths == pytest.approx([share * part for part in parts], abs=0.1)
    assert f"Score {hit['score']:.2f}" in page
    assert f"Likely answers: {min(max(round(100 * hit['confidence']), 1), 99)} %" in page
    assert 'class="why"' not in unexplained


def test_repetitions_are_listed_under_the_hit_that_they_repeat(folder: Path) -> None:
    (folder / "one.txt").write_text(REPEATED * 3)
    (folder / "two.txt").write_text(REPEATED * 3)
    with opened(folder) as client:
        page = html.unescape(client.get("/?q=council&mode=lexical").text)
    assert "1 repetition" in page
    (quoted,) = texts_of(page, "blockquote")
    assert (REPEATED * 3).startswith(quoted.removesuffix(" …"))
    assert len(quoted) > 200
    assert f"/documents/{document_id('two.txt')}?start=0&end=" in page


class WaitingEmbedder(HashedEmbedder):
    """A model that loads only when a test allows it."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded = threading.Event()

    def embed_queries(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        self.loaded.wait(timeout=60)
        return super().embed_queries(texts)


def test_while_the_model_loads_search_is_lexical_and_the_page_says_so(folder: Path) -> None:
    (folder / "a.txt").write_text("A bridge of stone.\n")
    waiting = WaitingEmbedder()
    with opened(folder, HashedEmbedder(), lambda name: waiting) as client:
        page = client.get("/?q=bridge")
        refused = client.get("/?q=bridge&mode=semantic")
        waiting.loaded.set()
    assert page.status_code == 200
    assert 'data-code="model_loading"' in page.text
    assert texts_of(page.text, 'a class="title"') == ["a"]
    assert refused.status_code == 503
    assert "The model is still loading" in refused.text


def test_a_document_is_shown_with_its_line_ends(site: TestClient) -> None:
    page = site.get(place("news/crlf.txt")).text
    (text,) = texts_of(page, "pre")
    assert text == CRLF_TEXT
    assert re.findall(r'data-line="(\d+)"', page) == ["1", "2", "3", "4"]
    assert 'id="span"' not in page
    assert "Cite" not in page


def test_span_best_span_and_matches_are_marked(site: TestClient) -> None:
    start = CRLF_TEXT.index("The bridge")
    page = site.get(place("news/crlf.txt", f"start={start}&end=60&best={start}-32&q=bridge")).text
    assert texts_of(page, 'mark class="highlight" id="m1"') == ["bridge"]
    assert 'id="span"><mark class="best">The <mark' in page
    (target,) = re.findall(r"<pre>(\{.*?\})</pre>", page, re.DOTALL)
    position, quotation = json.loads(html.unescape(target))["selector"]
    assert (position["start"], position["end"]) == (start, 32)
    assert quotation["exact"] == CRLF_TEXT[start:32]
    assert quotation["prefix"] == CRLF_TEXT[:start]
    assert quotation["suffix"] == CRLF_TEXT[32:64]


def test_a_match_links_to_its_neighbours(site: TestClient) -> None:
    page = html.unescape(site.get(place("ledger.txt", "q=ledger&mark=3")).text)
    assert "3 of" in page
    assert re.search(r'id="previous-mark"[^>]*mark=2#m2"', page)
    assert re.search(r'id="next-mark"[^>]*mark=4#m4"', page)
    unknown = site.get(place("ledger.txt", "q=ledger&mark=999999")).text
    assert "999999 of" not in unknown


def test_a_long_document_comes_in_parts_with_the_right_line_numbers(site: TestClient) -> None:
    start = LONG_TEXT.index("line 7000 ")
    page = site.get(place("ledger.txt", f"start={start}&end={start + 9}")).text
    numbers = [int(number) for number in re.findall(r'data-line="(\d+)"', page)]
    (text,) = texts_of(page, 'pre id="text"')
    assert len(text) <= PART_CHARS
    assert text == "".join(f"line {number} of the ledger\n" for number in numbers)
    assert 7000 in numbers
    (later,) = re.findall(r'rel="next" href="([^"]+)"', page)
    (following,) = texts_of(site.get(html.unescape(later)).text, 'pre id="text"')
    assert text + following in LONG_TEXT
    elsewhere = site.get(place("ledger.txt", f"start={start}&end={start + 9}&after=0")).text
    assert 'id="span"' not in elsewhere
    assert f"/documents/{document_id('ledger.txt')}?start={start}" in html.unescape(elsewhere)


def test_the_page_links_to_matches_in_other_parts(folder: Path) -> None:
    lines = [f"line {number} of the ledger\n" for number in range(1, 12_001)]
    found = [2, 6_000, 6_001, 11_999]
    for number in found:
        lines[number - 1] = f"line {number} of the bridge\n"
    text = "".join(lines)
    (folder / "harbour.txt").write_text(text)
    # All passages match by their title, which has no position in the text.
    first = place("harbour.txt", "q=harbour bridge")
    last = place("harbour.txt", f"q=harbour bridge&start={len(text) - 1}&end={len(text)}")
    with opened(folder) as client:
        assert walk(client, first, "next") == found
        assert walk(client, last, "previous") == found[::-1]


def walk(client: TestClient, address: str, link: str, steps: int = 9) -> list[int]:
    """Return the lines of the matches found by following the link to its end."""
    lines = []
    for _ in range(steps):
        page = client.get(address).text
        href = re.search(rf'id="{link}-mark" role="link" href="([^"]+)"', page)
        if href is None:
            break
        address = html.unescape(href[1])
        mark = address.partition("#")[2]
        (before,) = re.findall(
            rf'(.*)<mark class="highlight" id="{mark}">', client.get(address).text
        )
        lines.append(int(re.findall(r"line (\d+) ", before)[-1]))
    return lines


def test_the_page_says_if_a_span_is_not_in_the_text(site: TestClient) -> None:
    page = site.get(place("news/crlf.txt", "start=50&end=5000")).text
    assert 'data-code="beyond_end"' in page
    outdated = site.get(place("news/crlf.txt", "start=0&end=5&sha256=00000000")).text
    assert 'data-code="outdated"' in outdated


def test_changed_files_are_marked(folder: Path) -> None:
    (folder / "changed.txt").write_text("A bridge of stone.\n")
    (folder / "missing.txt").write_text("A bridge of wood.\n")
    with opened(folder) as client:
        (folder / "changed.txt").write_text("something else")
        (folder / "missing.txt").unlink()
        assert "changed on disk" in client.get(place("changed.txt")).text
        assert "no longer on disk" in client.get(place("missing.txt")).text


def test_code_and_tables_keep_their_columns(folder: Path) -> None:
    (folder / "a.csv").write_text("a,b\n1,2\n")
    (folder / "b.rst").write_text("Title\n=====\n\nText.\n")
    with opened(folder) as client:
        assert 'class="source columns"' in client.get(place("a.csv")).text
        assert 'class="source"' in client.get(place("b.rst")).text


def test_browsers_can_add_the_search(site: TestClient) -> None:
    description = site.get("/opensearch.xml")
    assert description.headers["content-type"].startswith("application/opensearchdescription+xml")
    assert 'template="http://localhost/?q={searchTerms}"' in description.text


def test_help_lists_the_query_language(site: TestClient) -> None:
    assert "<code>environ*</code>" in site.get("/help").text


@pytest.mark.parametrize("address", ["/", "/help", "/opensearch.xml", place("news/crlf.txt")])
def test_pages_answer_head_and_forbid_foreign_content(site: TestClient, address: str) -> None:
    answer = site.head(address)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
