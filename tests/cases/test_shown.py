"""What is shown is what was asked: best spans, snippets, citations, repetitions, facets."""

import html
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.datastructures import QueryParams

from api.contract.documents import SpanOut
from api.contract.hits import Hit
from api.contract.search import Mode, SearchRequest
from api.search.searcher import Searcher
from api.web.pages.views.search import HitView, view_search
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
        read_text=searcher.documents.text,
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
    """Yield phrases, prefixes, typos and words of every third passage of the index."""
    for passage in searcher.snapshot.passages(searcher.snapshot.rows[::3].tolist()):
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
