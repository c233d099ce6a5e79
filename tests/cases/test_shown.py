"""What is shown is what was asked: best spans, snippets, citations, repetitions, facets."""

import html
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from fastapi.testclient import TestClient
from starlette.datastructures import QueryParams

from api.contract.documents import SpanOut
from api.contract.hits import Hit
from api.contract.search import Mode, SearchRequest
from api.search.searcher import Searcher
from api.web.pages.views.hits import HitView
from api.web.pages.views.search import view_search
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, search_index, serve, write
from tests.hashed_embedder import HashedEmbedder

MODES = list(Mode)
CORPUS = Path(__file__).parents[1] / "relevance" / "corpus"


@contextmanager
def searching(place: Path, files: Mapping[str, str], **modified: str) -> Iterator[Searcher]:
    """Index the words and the meaning of some files, and open the index."""
    index = index_of(place, files, **modified)
    with search_index(index, HashedEmbedder()) as searcher:
        yield searcher


@contextmanager
def serving(place: Path, files: Mapping[str, str], **modified: str) -> Iterator[TestClient]:
    with serve(index_of(place, files, **modified)) as client:
        yield client


def index_of(place: Path, files: Mapping[str, str], **modified: str) -> IndexFolder:
    """Return an index of the files; `modified` is when a file was, by its stem."""
    for path, text in files.items():
        write(place / "folder", path, text, modified=modified.get(Path(path).stem))
    index = IndexFolder(place / "index")
    publish(place / "folder", index, HashedEmbedder())
    return index


def hits(searcher: Searcher, q: str, mode: Mode = Mode.HYBRID, **asked: object) -> list[Hit]:
    request = SearchRequest.model_validate({"q": q, "mode": mode, "limit": 100} | asked)
    return searcher.search(request).hits


def views(searcher: Searcher, q: str, mode: Mode) -> list[HitView]:
    """Return the hits as the page shows them."""
    request = SearchRequest(q=q, mode=mode)
    view = view_search(
        request,
        searcher.search(request),
        QueryParams({"q": q}),
        origin="http://here",
        documents=searcher.documents,
    )
    return [each for section in view.sections for each in section.hits]


def quoted(hit: Hit, span: SpanOut) -> str:
    return hit.text[span.start - hit.span.start : span.end - hit.span.start]


def overlaps(one: SpanOut, other: SpanOut) -> bool:
    return one.start < other.end and other.start < one.end


# Best spans, snippets and citations

LEDGER = " ".join(
    [
        "The mill by the weir was sold in spring.",
        "Its wheel had not turned since the flood.",
        "The buyer came from the city and asked about the roof.",
        "He wanted to see every floor and every beam.",
        "The miller's daughter showed him the grain store.",
        "They spoke about the price for an hour.",
        "A lawyer wrote everything down on a single sheet.",
        "Nobody mentioned the water rights that day.",
        "The keys were handed over in the kitchen.",
        "The accounts are kept in a green ledger.",
    ]
)


class TestBestSpanShowsWhatMatched:
    """A phrase, a prefix or a typo matches the last of ten sentences, which is then shown."""

    @pytest.mark.parametrize("mode", MODES)
    @pytest.mark.parametrize("q", ['"green ledger"', "ledg*", "legder~", "ledger"])
    def test_in_best_snippet_and_citation(self, tmp_path: Path, q: str, mode: Mode) -> None:
        with searching(tmp_path, {"mill.txt": LEDGER}) as searcher:
            (view,) = views(searcher, q, mode)
        shown = html.unescape(re.sub("<[^>]+>", "", str(view.snippet)))
        for text in (quoted(view.hit, view.hit.best), shown, view.citation):
            assert "green ledger" in text

    @pytest.mark.parametrize("mode", MODES)
    def test_a_phrase_across_sentences_and_windows_is_whole(
        self, tmp_path: Path, mode: Mode
    ) -> None:
        phrase = "floor and every beam. The miller's daughter"
        with searching(tmp_path, {"mill.txt": LEDGER}) as searcher:
            (view,) = views(searcher, f'"{phrase}" accounts ledger green', mode)
        shown = html.unescape(re.sub("<[^>]+>", "", str(view.snippet)))
        for text in (quoted(view.hit, view.hit.best), shown, view.citation):
            assert phrase in text

    @pytest.mark.parametrize("mode", MODES)
    def test_a_repeated_line_is_shown_where_it_matched(self, tmp_path: Path, mode: Mode) -> None:
        line = "Ulrich was absent and sent his apologies."
        files = {"minutes.md": f"# One\n\n{line}\n\n{LEDGER}\n\n# Two\n\n{LEDGER[::-1]} {line}\n"}
        with searching(tmp_path, files) as searcher:
            for hit in hits(searcher, '"sent his apologies"', mode):
                if hit.highlights:
                    assert "sent his apologies" in quoted(hit, hit.best)

    @pytest.mark.parametrize("mode", MODES)
    @pytest.mark.parametrize("q", ["orchard", "pear*", "gardening", "Plan", "zebra"])
    def test_front_matter_does_not_open_a_snippet(self, tmp_path: Path, q: str, mode: Mode) -> None:
        note = (
            "---\ntitle: Plan of the orchard\ntags: [gardening, pears]\n---\n\n"
            "Plan the orchard in autumn. Pears want sun, and gardening wants patience.\n"
        )
        with searching(tmp_path, {"plan.md": note}) as searcher:
            for view in views(searcher, q, mode):
                assert not view.snippet.startswith("---")
                assert "title:" not in view.snippet

    def test_every_best_span_overlaps_a_highlight(self, tmp_path: Path) -> None:
        """Checked for each hit of 120 queries over the sample corpus, in every mode."""
        index = IndexFolder(tmp_path / "index")
        publish(CORPUS, index, HashedEmbedder())
        with search_index(index, HashedEmbedder()) as searcher:
            asked = list(_queries_of(searcher))
            assert len(asked) >= 120
            for q in asked:
                for mode in MODES:
                    for hit in hits(searcher, q, mode, limit=10):
                        self._check(hit, whole=q.startswith('"'))

    def _check(self, hit: Hit, *, whole: bool) -> None:
        if not hit.highlights:
            return
        best = hit.best
        assert any(overlaps(best, each) for each in hit.highlights)
        if whole:
            assert any(best.start <= each.start and each.end <= best.end for each in hit.highlights)


def _queries_of(searcher: Searcher) -> Iterator[str]:
    """Yield phrases, prefixes, typos and words of every second passage of the index."""
    for passage in searcher.snapshot.passages(searcher.snapshot.rows[::2].tolist()):
        words = [
            term.span.of(passage.text) for term in searcher.snapshot.analyzer.words(passage.text)
        ]
        run = words[len(words) // 2 :][:5]
        longest = max(words, key=len)
        if '"' in "".join(run) or len(run) < 5 or not longest.isalpha():
            continue
        yield f'"{" ".join(run)}"'
        yield f"{longest[:4]}*"
        yield f"{longest[1]}{longest[0]}{longest[2:30]}~"
        yield " ".join([longest, *run])


# Repetitions that differ

POLICY = (
    "Visitors' passes. A pass is valid for {days} days from the day of issue. Whoever needs one "
    "for longer asks the front desk, which writes the new date on the back and tells the host. "
    "Lost passes are reported to the night porter at once, and a new one costs nothing."
)
WRITTEN = {"policy-2020": "2020-03-01", "policy-2022": "2022-03-01", "policy-2025": "2025-03-01"}
POLICIES = {
    f"{stem}.md": POLICY.format(days=days)
    for stem, days in zip(WRITTEN, ("six", "eight", "ten"), strict=True)
}


def told(hit: Hit) -> dict[str, list[tuple[str, str]]]:
    """Return the differing words of each duplicate, by its path."""
    return {
        twin.path: [(each.in_hit.text, each.in_duplicate.text) for each in twin.differences]
        for twin in hit.duplicates
    }


class TestVersionsAreToldApart:
    """Versions of a text fold, the newest leads, and each says where it differs."""

    @pytest.mark.parametrize("mode", MODES)
    @pytest.mark.parametrize("q", ["how many days", "visitors pass valid"])
    def test_the_newest_of_three_policies_leads(self, tmp_path: Path, q: str, mode: Mode) -> None:
        with searching(tmp_path, POLICIES, **WRITTEN) as searcher:
            (hit,) = hits(searcher, q, mode)
            assert hit.document.path == "policy-2025.md"
            assert told(hit) == {
                "policy-2020.md": [("ten", "six")],
                "policy-2022.md": [("ten", "eight")],
            }
            assert all(twin.differs for twin in hit.duplicates)
            for twin in hit.duplicates:
                for each in twin.differences:
                    assert quoted(hit, each.in_hit) == each.in_hit.text
                    place = each.in_duplicate.start, each.in_duplicate.end
                    there = searcher.documents.text(twin.document_id, *place)
                    assert there.text == each.in_duplicate.text

    @pytest.mark.parametrize("mode", [Mode.LEXICAL, Mode.HYBRID])
    def test_a_version_that_has_more_of_the_query_leads(self, tmp_path: Path, mode: Mode) -> None:
        with searching(tmp_path, POLICIES, **WRITTEN) as searcher:
            (hit,) = hits(searcher, "pass valid for six days", mode)
        assert hit.document.path == "policy-2020.md"

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("is allowed in the yard", "is not allowed in the yard"),
            ("by 3 May 2031", "by 4 May 2031"),
            ("the porter Aldith Crane", "the porter Odile Brandt"),
            ("costs £70", "costs £700"),
            ("with a key", "without a key"),
            ("cars can park here", "cars can't park here"),
        ],
    )
    def test_numbers_dates_negations_and_names_are_told(
        self, tmp_path: Path, old: str, new: str
    ) -> None:
        text = POLICY.format(days="ten")
        files = {"old.md": f"{text} Note that it {old}.", "new.md": f"{text} Note that it {new}."}
        times = {"old": "2020-01-01", "new": "2024-01-01"}
        with searching(tmp_path, files, **times) as searcher:
            (hit,) = hits(searcher, "visitors pass")
        (twin,) = hit.duplicates
        assert (hit.document.path, twin.path) == ("new.md", "old.md")
        assert twin.differs

    @pytest.mark.parametrize(
        "other",
        [
            POLICY.upper(),
            POLICY.replace(". ", ".\n\n"),
            POLICY.replace("'", "’").replace(",", ";"),
            POLICY.replace("writes the new date", "notes a later date"),
        ],
        ids=["capitals", "layout", "punctuation", "common words"],
    )
    def test_other_differences_are_not_told(self, tmp_path: Path, other: str) -> None:
        files = {"a.md": POLICY.format(days="ten"), "b.md": other.replace("{DAYS}", "{days}")}
        files["b.md"] = files["b.md"].format(days="ten")
        with searching(tmp_path, files) as searcher:
            ((twin,),) = [hit.duplicates for hit in hits(searcher, "visitors pass")]
        assert (twin.differs, twin.differences) == (False, [])

    def test_the_page_tells_the_difference(self, tmp_path: Path) -> None:
        with serving(tmp_path, POLICIES, **WRITTEN) as client:
            page = html.unescape(re.sub("<[^>]+>", "", client.get("/?q=how+many+days").text))
        assert re.search("2 repetitions, 2 differ: ten → (six|eight), ten → (six|eight)", page)
        assert "differs: ten → six" in page

    def test_the_page_tells_a_difference_once(self, tmp_path: Path) -> None:
        files = POLICIES | {"policy-2022.md": POLICIES["policy-2020.md"]}
        with serving(tmp_path, files, **WRITTEN) as client:
            page = html.unescape(re.sub("<[^>]+>", "", client.get("/?q=how+many+days").text))
        assert re.search("2 repetitions, 2 differ: ten → six\\s*\n", page)


# Copies that were cut short

ARTICLE = """\
Aldith Bridge shut after crack is found

At a quarter past six the county closed the Aldith Bridge to every vehicle, with no warning given.
An inspector had found a crack as long as a hand in the girder under the northbound lane.
Buses now go round by Penholt, which adds forty minutes for the children of the upper school.
The county says that it cannot name a date for the return of traffic before the steel is tested.
Odile Brandt, who runs the bakery on the far side, said that she had sold eleven loaves by noon.
The ferry will carry people on foot without a fare, every half hour, until the lamps are lit.
Engineers from the city are expected on Thursday with a machine that listens to the metal.
The last inspection was nine years ago and found the paint thin and the bolts sound.
Councillors of both sides asked why nobody had looked at the girders in all that time.
A meeting is to be held in the school hall, where the plans of the bridge will be shown.
"""
TEASER = "".join(ARTICLE.splitlines(keepends=True)[:5]) + "Read more...\n"


class TestCutCopies:
    """An article and its first lines are one hit, the full one."""

    @pytest.mark.parametrize("mode", MODES)
    @pytest.mark.parametrize(
        "q", ["Aldith Bridge", "why was the bridge closed", "crack girder northbound"]
    )
    def test_the_full_article_leads(self, tmp_path: Path, q: str, mode: Mode) -> None:
        files = {"a-teaser.txt": TEASER, "full.txt": ARTICLE, "other.txt": LEDGER}
        times = {"a-teaser": "2030-01-01", "full": "2020-01-01"}
        with searching(tmp_path, files, **times) as searcher:
            found = [hit for hit in hits(searcher, q, mode) if hit.document.path != "other.txt"]
        assert [hit.document.path for hit in found] == ["full.txt"] * len(found)
        if len(found) == 1:
            assert [twin.path for twin in found[0].duplicates] == ["a-teaser.txt"]
            assert not found[0].duplicates[0].differs

    def test_a_long_article_leads_its_beginning(self, tmp_path: Path) -> None:
        rest = ". ".join(LEDGER.split(". ")[::-1])
        files = {"a-teaser.txt": TEASER, "full.txt": ARTICLE + "\n" + "\n".join([rest, LEDGER])}
        with searching(tmp_path, files) as searcher:
            found = hits(searcher, "Aldith Bridge closed")
        assert {hit.document.path for hit in found} == {"full.txt"}
        assert [twin.path for hit in found for twin in hit.duplicates] == ["a-teaser.txt"]

    @pytest.mark.parametrize("mode", MODES)
    def test_short_texts_that_share_boilerplate_stay(self, tmp_path: Path, mode: Mode) -> None:
        notice = (
            "This message is confidential and meant for the person named above. If you are "
            "somebody else, delete it and tell the sender, who is sorry for the trouble."
        )
        files = {
            "short.txt": f"Penholt slipway is let to a yard until further notice.\n\n{notice}\n",
            "other.txt": f"The slipway lamps are lit at dusk by the harbour boy.\n\n{notice}\n",
            "long.txt": f"{ARTICLE}\nThe slipway is closed too.\n\n{notice}\n",
        }
        with searching(tmp_path, files) as searcher:
            found = {hit.document.path for hit in hits(searcher, "slipway confidential", mode)}
        assert found == files.keys()


# Facets


class TestFacetsCountWhatTheirClickFinds:
    """A count beside a folder, a type or a year is the total of the search narrowed to it."""

    FILES: ClassVar = {
        **{f"{folder}/{stem}": text for folder in "ab" for stem, text in POLICIES.items()},
        "a/policy-2025.txt": POLICY.format(days="twelve"),
        "b/bridge.txt": ARTICLE,
        "c/teaser.txt": TEASER + "A pass is valid for ten days.",
    }
    NARROWED: ClassVar[dict[str, dict[str, Any]]] = {
        "folder": {"path": ["/{0}/"]},
        "type": {"type": ["{0}"]},
        "year": {"modified_after": "{0}-01-01", "modified_before": "{0}-12-31T23:59:59Z"},
    }

    @pytest.mark.parametrize("mode", [Mode.LEXICAL, Mode.HYBRID])
    @pytest.mark.parametrize("group_by", ["passage", "document"])
    @pytest.mark.parametrize("fold", [True, False])
    @pytest.mark.parametrize("facet", ["folder", "type", "year"])
    def test_count_and_click(
        self, tmp_path: Path, facet: str, fold: bool, group_by: str, mode: Mode
    ) -> None:
        times = WRITTEN | {"bridge": "2022-01-01", "teaser": "2020-05-05"}
        asked = {"q": "days", "mode": mode, "group_by": group_by, "fold_duplicates": fold}
        with searching(tmp_path, self.FILES, **times) as searcher:
            whole = searcher.search(SearchRequest.model_validate(asked | {"facets": [facet]}))
            ((_, counts),) = whole.facets.items()
            assert len(counts) > 1
            for each in counts:
                narrowed = asked | _filled(self.NARROWED[facet], each.value)
                clicked = searcher.search(SearchRequest.model_validate(narrowed))
                assert (each.value, each.count) == (each.value, clicked.total.value)

    def test_every_year_of_three_policies_is_counted(self, tmp_path: Path) -> None:
        with searching(tmp_path, POLICIES, **WRITTEN) as searcher:
            asked = {"q": "how many days", "facets": ["year"]}
            response = searcher.search(SearchRequest.model_validate(asked))
        ((_, counts),) = response.facets.items()
        assert {each.value: each.count for each in counts} == {"2020": 1, "2022": 1, "2025": 1}


def _filled(template: Mapping[str, Any], value: str) -> dict[str, Any]:
    return {
        name: each.format(value) if isinstance(each, str) else [one.format(value) for one in each]
        for name, each in template.items()
    }


# The way back


class TestDocumentLeadsBackToItsResults:
    """The page of a document has a link to the search that led to it, filters included."""

    def test_the_same_search(self, tmp_path: Path) -> None:
        with serving(tmp_path, {"notes/mill.txt": LEDGER}) as client:
            search = "/?q=ledger&path=notes/&mode=lexical"
            results = client.get(search)
            (address,) = re.findall(r'class="title" href="([^"#]+)', results.text)
            address = html.unescape(address)
            page = client.get(address, headers={"referer": f"http://localhost{search}"}).text
            assert f'href="{html.escape(search)}"' in page
            assert 'href="/?q=ledger"' in client.get(address).text

    @pytest.mark.parametrize(
        "page", ["http://elsewhere/?q=ledger", "http://localhost/help?q=x", "http://localhost/"]
    )
    def test_other_pages_are_not_results(self, tmp_path: Path, page: str) -> None:
        with serving(tmp_path, {"mill.txt": LEDGER}) as client:
            (hit,) = client.get("/v1/search?q=ledger").json()["hits"]
            address = f"/documents/{hit['document']['id']}"
            assert "Results</a>" not in client.get(address, headers={"referer": page}).text


OFFER = (
    "Subject: Second offer\nFrom: Ria Pump Works <ria@pump-works.example>\nTo: jonas@example.org\n"
    "Date: Mon, 05 Oct 2026 10:00:00 +0200\n\nDear Jonas,\n\nthank you for your visit. "
    "The pump costs 4,650 pounds, with two years of guarantee. Kind regards, Ria\n"
)


@pytest.mark.parametrize("mode", [Mode.HYBRID, Mode.LEXICAL])
def test_the_lines_of_a_mails_header_are_found_but_do_not_lead_its_letter(
    tmp_path: Path, mode: Mode
) -> None:
    with searching(tmp_path, {"offer.eml": OFFER}) as searcher:
        (hit,) = hits(searcher, "pump", mode)
        best = quoted(hit, hit.best)
        assert "4,650 pounds" in best
        assert "From:" not in best
        (hit,) = hits(searcher, "+ria +jonas", mode)
        assert hit.document.path == "offer.eml"
        (hit,) = hits(searcher, "works", mode)
        assert "From: Ria Pump Works" in quoted(hit, hit.best)
