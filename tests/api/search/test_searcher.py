"""The read path over real indexes: a small library with known words, and a large heap of notes."""

import random
import re
from collections.abc import Callable, Iterator
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest

from api.contract.errors import (
    DocumentNotFound,
    GenerationGone,
    InvalidQuery,
    PassageNotFound,
    SemanticUnavailable,
)
from api.contract.hits import Hit
from api.contract.limits import MAX_REACH
from api.contract.search import Facet, Mode, SearchRequest, SearchResponse
from api.search.searcher import Searcher
from indexer.embedding.embedder import Embedder
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, search_index, write
from tests.hashed_embedder import HashedEmbedder

MODES = list(Mode)

BRIDGE = (
    "The council has closed the old bridge over the river for repairs that will take a year. "
    "Lorries must go round by the mill, and a small ferry takes walkers across from the stairs "
    "below the market. Nobody knows who will pay for the ferry once the winter comes."
)
FERRY = (
    "A ferry sails at noon from the stone pier. It carries eighteen cars, the mail and a piano "
    "that has never left the deck, though every spring somebody promises to fetch it."
)
GUIDE = (
    "# Ferries\n\nHow to cross the water.\n\n## Timetable\n\nThe first ferry leaves at six, the "
    "last one at ten. On Sundays there is none.\n\n## Fares\n\nWalkers pay two crowns. A bicycle "
    "rides free of charge; a café on the upper deck takes cards.\n"
)
LIBRARY = {
    "news/bridge.txt": ("2024-06-28", BRIDGE),
    "news/reprint.txt": ("2024-07-02", BRIDGE.replace("old", "stone").replace("year", "month")),
    "news/ferry.txt": ("2024-05-01", FERRY),
    "guide/ferries.md": ("2023-03-01", GUIDE),
    "guide/tides.md": ("2023-03-02", "# Tides\n\nThe tide turns twice a day at the old pier.\n"),
    "boats.csv": ("1999-01-01", "name,kind\nPenelope,ferry\nAjax,tug\n"),
    "to-be.txt": ("2024-01-01", "To be or not to be, that is the question of the ferry.\n"),
}

WORDS = [
    "ferry",
    "bridge",
    "river",
    "tide",
    "pier",
    "harbour",
    "winter",
    "mail",
    "piano",
    "deck",
    "island",
    "storm",
]
NOTES = 120
DEPTH = 20


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    place = tmp_path_factory.mktemp("library")
    for path, (modified, text) in LIBRARY.items():
        write(place / "folder", path, text, modified=modified)
    publish(place / "folder", IndexFolder(place / "index"), HashedEmbedder())
    with search_index(IndexFolder(place / "index"), HashedEmbedder()) as searcher:
        yield searcher


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of more notes than candidates; a few notes repeat."""
    place = tmp_path_factory.mktemp("notes")
    chance = random.Random(5)
    for number in range(NOTES):
        text = " ".join(chance.choices(WORDS, k=chance.randint(2, 12)))
        write(place / "folder", f"{number % 7}/note-{number:03}.txt", f"{text}.\n")
        if number % 10 == 0:
            write(place / "folder", f"copies/copy-{number:03}.txt", f"{text.upper()}!\n")
    write(place / "folder", "rare/far.txt", "Nothing here is about water.\n")
    write(place / "folder", "rare/near.txt", "The ferry.\n")
    publish(place / "folder", IndexFolder(place / "index"), HashedEmbedder())
    return place


@pytest.fixture(scope="module")
def heap(notes: Path) -> Iterator[Searcher]:
    """A searcher that takes few of the notes as candidates."""
    with search_index(IndexFolder(notes / "index"), HashedEmbedder(), depth=DEPTH) as searcher:
        yield searcher


@pytest.fixture(scope="module")
def whole_heap(notes: Path) -> Iterator[Searcher]:
    """A searcher that takes all notes as candidates."""
    with search_index(IndexFolder(notes / "index"), HashedEmbedder(), depth=1_000) as searcher:
        yield searcher


def search(searcher: Searcher, q: str, **parameters: Any) -> SearchResponse:
    return searcher.search(SearchRequest(q=q, **parameters))


def hits(searcher: Searcher, q: str, **parameters: Any) -> list[Hit]:
    return search(searcher, q, **{"limit": 100} | parameters).hits


def all_hits(searcher: Searcher, q: str, **parameters: Any) -> list[Hit]:
    """Return the hits of all pages."""
    pages = [search(searcher, q, limit=100, offset=offset, **parameters) for offset in (0, 100)]
    assert pages[0].total.value <= 200
    return [hit for page in pages for hit in page.hits]


def paths(searcher: Searcher, q: str, **parameters: Any) -> list[str]:
    return [hit.document.path for hit in hits(searcher, q, **parameters)]


def ranked(found: list[Hit]) -> list[tuple[str, float]]:
    return [(hit.passage_id, round(hit.score, 9)) for hit in found]


def codes(response: SearchResponse) -> list[str]:
    return [warning.code for warning in response.warnings]


def everything(searcher: Searcher) -> list[Hit]:
    """Return all passages, by a query of one exclusion that excludes nothing."""
    return all_hits(searcher, "-zzzzzz", fold_duplicates=False)


# Modes, scores, explanations


def test_lexical_finds_the_words_and_nothing_else(library: Searcher) -> None:
    assert set(paths(library, "piano", mode="lexical")) == {"news/ferry.txt"}
    assert paths(library, "zeppelin", mode="lexical") == []


@pytest.mark.parametrize("mode", ["semantic", "hybrid"])
def test_semantic_search_ranks_every_passage(library: Searcher, mode: str) -> None:
    q = "a ferry sails at noon from the stone pier"
    found = paths(library, q, mode=mode, fold_duplicates=False)
    assert found[0] == "news/ferry.txt"
    assert set(found) == LIBRARY.keys()


def test_a_search_is_hybrid_by_default(library: Searcher) -> None:
    assert search(library, "ferry").mode is Mode.HYBRID
    assert ranked(hits(library, "ferry")) == ranked(hits(library, "ferry", mode="hybrid"))


def test_inflected_and_accented_words_are_found(library: Searcher) -> None:
    assert "guide/ferries.md" in paths(library, "bicycles", mode="lexical")
    assert "guide/ferries.md" in paths(library, "CAFE", mode="lexical")


@pytest.mark.parametrize("fusion", ["weighted", "minmax", "rrf"])
@pytest.mark.parametrize("mode", MODES)
def test_contributions_sum_to_the_score(heap: Searcher, mode: Mode, fusion: str) -> None:
    found = hits(heap, "ferry storm", mode=mode, fusion=fusion, semantic_weight=0.4, explain=True)
    assert len(found) >= DEPTH / 2
    for hit in found:
        assert hit.explanation is not None
        parts = [hit.explanation.lexical, hit.explanation.semantic]
        assert hit.score == pytest.approx(sum(part.contribution for part in parts if part))


@pytest.mark.parametrize(
    ("mode", "retrievers"),
    [
        ("lexical", {"lexical"}),
        ("semantic", {"semantic"}),
        ("hybrid", {"lexical", "semantic"}),
    ],
)
def test_an_explanation_names_the_retrievers_that_were_used(
    heap: Searcher, mode: str, retrievers: set[str]
) -> None:
    for hit in hits(heap, "ferry", mode=mode, explain=True):
        assert hit.explanation is not None
        assert hit.explanation.model_dump(exclude_none=True).keys() == retrievers


def test_each_retriever_also_scores_the_candidates_of_the_other(
    heap: Searcher, whole_heap: Searcher
) -> None:
    asked: dict[str, Any] = {"q": "ferry storm", "fold_duplicates": False, "explain": True}
    scores = {
        retriever: {
            hit.passage_id: getattr(hit.explanation, retriever).score
            for hit in all_hits(whole_heap, mode=retriever, **asked)
        }
        for retriever in ("lexical", "semantic")
    }
    for hit in all_hits(heap, **asked):
        for retriever, known in scores.items():
            told = getattr(hit.explanation, retriever)
            assert told.score == pytest.approx(known.get(hit.passage_id, 0.0))
            assert (told.rank is None) == (hit.passage_id not in known)


def test_a_best_match_of_a_small_part_of_the_query_is_scaled_down(library: Searcher) -> None:
    def largest(q: str, **parameters: Any) -> float:
        found = hits(library, q, explain=True, **parameters)
        explained = [hit.explanation.lexical for hit in found if hit.explanation is not None]
        return max(each.scaled for each in explained if each is not None)

    unknown = " ".join(f"zeppelin{number}" for number in range(12))
    assert largest("ferry piano") == 1
    assert 0 < largest(f"ferry {unknown}") < 0.2
    # The score shrinks as the query grows by missing words.
    assert largest(f"ferry {unknown} {unknown}") == pytest.approx(
        largest(f"ferry {unknown}") / 2, rel=0.1
    )
    # Single retrievers and the other methods follow the literature.
    assert largest(f"ferry {unknown}", mode="lexical") == 1
    assert largest(f"ferry {unknown}", fusion="minmax") == 1


def test_both_retrievers_choose_the_best_span(folder: Path, index: IndexFolder) -> None:
    # The first has all words of the query, but one in another form, which only BM25 finds. The
    # hashed words of the second one equal those of the query, except for that word.
    first, second = "One sails the ferry from the pier at noon.", "Ferry ferry ferry ferry ferry."
    write(folder, "a.txt", f"{first} {second}\n")
    publish(folder, index, HashedEmbedder(), window_chars=30, longest_window_chars=50)
    with search_index(index, HashedEmbedder()) as searcher:
        asked: list[tuple[dict[str, Any], str]] = [
            ({"mode": "lexical"}, first),
            ({"semantic_weight": 0.01}, first),
            ({"semantic_weight": 0.99}, second),
            ({"mode": "semantic"}, second),
        ]
        for parameters, expected in asked:
            (hit,) = hits(searcher, "sailing ferry", **parameters)
            assert f"{first} {second}"[hit.best.start : hit.best.end] == expected, parameters


def test_scores_are_explained_only_when_asked(library: Searcher) -> None:
    assert all(hit.explanation is None for hit in hits(library, "ferry"))


@pytest.mark.parametrize("fusion", ["weighted", "minmax", "rrf"])
@pytest.mark.parametrize("q", ["ferry", "storm tide winter", '"river tide" pier', "harb* -mail"])
def test_a_weight_of_zero_or_one_ranks_as_one_mode_does(
    heap: Searcher, q: str, fusion: str
) -> None:
    for weight, mode in ((0.0, "lexical"), (1.0, "semantic")):
        fused = hits(heap, q, fusion=fusion, semantic_weight=weight)
        alone = hits(heap, q, mode=mode)
        assert [hit.passage_id for hit in fused] == [hit.passage_id for hit in alone]


def test_the_settings_store_fusion_and_weight_as_a_pair(notes: Path) -> None:
    index = IndexFolder(notes / "index")
    with search_index(index, HashedEmbedder(), fusion="minmax", semantic_weight=0.9) as minmax:
        unsaid = ranked(hits(minmax, "ferry storm"))
        assert unsaid == ranked(hits(minmax, "ferry storm", fusion="minmax", semantic_weight=0.9))
        assert unsaid != ranked(hits(minmax, "ferry storm", fusion="minmax", semantic_weight=0.1))
        other = ranked(hits(minmax, "ferry storm", fusion="rrf"))
        # A weight for one method does not apply to another.
        assert other != ranked(hits(minmax, "ferry storm", fusion="rrf", semantic_weight=0.9))


@pytest.mark.parametrize("mode", MODES)
def test_ties_go_to_the_lower_path_even_where_candidates_are_cut(
    folder: Path, index: IndexFolder, mode: Mode
) -> None:
    text = "The ferry sails at noon.\n"
    for number in range(30):
        write(folder, f"z{number:02}.txt", text)
    publish(folder, index, HashedEmbedder())
    for number in range(30):
        write(folder, f"a{number:02}.txt", text)
    publish(folder, index, HashedEmbedder())
    with search_index(index, HashedEmbedder(), depth=10) as searcher:
        found = paths(searcher, "the noon ferry", mode=mode, fold_duplicates=False, limit=10)
    assert found == [f"a{number:02}.txt" for number in range(10)]


# Pages


@pytest.mark.parametrize(
    ("mode", "fold", "group_by"), list(product(MODES, [True, False], ["passage", "document"]))
)
def test_pages_add_up_to_one_large_page(
    heap: Searcher, mode: Mode, fold: bool, group_by: str
) -> None:
    asked = {"mode": mode, "fold_duplicates": fold, "group_by": group_by}
    large = search(heap, "ferry storm", limit=100, **asked)
    whole = large.hits if group_by == "passage" else large.groups
    assert whole is not None
    assert len(whole) == large.total.value <= 100
    assert [each.rank for each in whole] == list(range(1, len(whole) + 1))
    shown: list[Any] = []
    for offset in range(0, large.total.value, 7):
        page = search(heap, "ferry storm", limit=7, offset=offset, **asked)
        assert page.total == large.total
        shown += page.hits if group_by == "passage" else page.groups or []
    assert shown == whole
    turned: list[Any] = []
    cursor = None
    while len(turned) <= len(whole):
        page = search(heap, "ferry storm", limit=7, cursor=cursor, **asked)
        assert page.total == large.total
        turned += page.hits if group_by == "passage" else page.groups or []
        cursor = page.next_cursor
        if cursor is None:
            break
    assert turned == whole


def test_lexical_mode_without_folding_reaches_every_match(heap: Searcher) -> None:
    asked = {"mode": "lexical", "fold_duplicates": False}
    found = search(heap, "ferry", limit=100, **asked)
    matching = [hit for hit in everything(heap) if "ferry" in hit.text.lower()]
    assert len(found.hits) == found.total.value == len(matching) > DEPTH
    assert found.total.relation == "exact"


@pytest.mark.parametrize("mode", MODES)
def test_a_total_says_whether_every_match_was_a_candidate(
    heap: Searcher, whole_heap: Searcher, mode: Mode
) -> None:
    asked: dict[str, Any] = {"mode": mode, "fold_duplicates": False}
    limited, whole = (search(each, "ferry", **asked).total for each in (heap, whole_heap))
    assert whole.relation == "exact"
    # By words alone, paging reaches a thousand.
    if mode is Mode.LEXICAL:
        assert limited == whole
    else:
        assert limited.relation == "at_least"
        assert limited.value < whole.value
    rare = search(heap, "ferry path:rare", mode=mode)
    assert rare.total.relation == "exact"


def test_more_matches_by_words_than_paging_reaches_are_at_least_as_many(
    folder: Path, index: IndexFolder
) -> None:
    lines = [
        f"The ferry number {number} sailed to its own pier at noon." for number in range(1_100)
    ]
    write(folder, "log.txt", "\n\n".join(lines))
    publish(folder, index, passage_chars=60, longest_passage_chars=90, window_chars=60)
    with search_index(index) as searcher:
        ferries = search(searcher, "ferry", fold_duplicates=False).total
        assert (ferries.value, ferries.relation) == (MAX_REACH, "at_least")
        some = search(searcher, 'ferry +"42"', fold_duplicates=False, scope="passage").total
        assert (some.value, some.relation) == (1, "exact")


def test_a_page_beyond_the_last_is_empty_and_says_so(heap: Searcher) -> None:
    total = search(heap, "ferry").total
    beyond = search(heap, "ferry", offset=total.value)
    assert (beyond.hits, beyond.total, beyond.next_cursor) == ([], total, None)
    assert codes(beyond) == ["end_of_candidates"]


def test_an_empty_result_is_not_a_page_beyond_the_last(library: Searcher) -> None:
    assert codes(search(library, "zeppelin", mode="lexical")) == []


def test_a_cursor_of_another_generation_is_gone(library: Searcher, heap: Searcher) -> None:
    cursor = search(heap, "ferry", limit=1).next_cursor
    with pytest.raises(GenerationGone):
        search(library, "ferry", cursor=cursor)


# Filters, each compared with an independent condition

WORDS_ALONE: dict[str, Any] = {"q": "ferry storm"}
KEEPS: list[tuple[dict[str, Any], Callable[[Hit], bool]]] = [
    ({"path": ["rare"]}, lambda hit: hit.document.path.startswith("rare/")),
    ({"path": ["3/*", "copies/"]}, lambda hit: hit.document.path[0] in "3c"),
    ({"path": ["note-01?.txt"]}, lambda hit: "note-01" in hit.document.path),
    ({"q": "ferry storm -path:*-0*"}, lambda hit: "-0" not in hit.document.path),
    ({"q": "ferry storm title:note-001"}, lambda hit: "note-001" in hit.document.path),
    ({"q": "ferry storm -title:note"}, lambda hit: "note" not in hit.document.path),
    ({"q": "ferry storm -tide"}, lambda hit: "tide" not in hit.text.lower()),
    ({"q": "ferry storm -(tide OR riv*)"}, lambda hit: not re.search("tide|riv", hit.text.lower())),
    ({"q": 'ferry storm -"ferry tide"'}, lambda hit: "ferry tide" not in hit.text.lower()),
]


@pytest.mark.parametrize(("parameters", "keeps"), KEEPS)
@pytest.mark.parametrize("mode", MODES)
def test_a_filtered_search_is_the_whole_one_filtered(
    whole_heap: Searcher, mode: Mode, parameters: dict[str, Any], keeps: Callable[[Hit], bool]
) -> None:
    asked = {"mode": mode, "fold_duplicates": False}
    unfiltered = [hit for hit in all_hits(whole_heap, **WORDS_ALONE | asked) if keeps(hit)]
    assert unfiltered or mode is Mode.LEXICAL
    filtered = all_hits(whole_heap, **WORDS_ALONE | asked | parameters)
    assert ranked(filtered) == ranked(unfiltered)


@pytest.mark.parametrize(("parameters", "keeps"), KEEPS)
@pytest.mark.parametrize("mode", MODES)
def test_a_filtered_search_misses_no_existing_hit(
    heap: Searcher, mode: Mode, parameters: dict[str, Any], keeps: Callable[[Hit], bool]
) -> None:
    kept = {hit.passage_id for hit in everything(heap) if keeps(hit)}
    asked = {"mode": mode, "fold_duplicates": False}
    filtered = all_hits(heap, **WORDS_ALONE | asked | parameters)
    found = {hit.passage_id for hit in filtered}
    # By words, what matches none is no hit, nor is what is near only by chance in hybrid mode.
    matching = {
        hit.passage_id
        for hit in everything(heap)
        if keeps(hit) and re.search("ferr|storm", hit.text.lower())
    }
    match mode:
        case Mode.LEXICAL:
            assert found == matching
        case Mode.SEMANTIC:
            assert found <= kept
            assert found == kept if len(kept) <= DEPTH else len(found) >= DEPTH
        case Mode.HYBRID:
            assert found <= kept
            assert found >= matching if len(matching) <= DEPTH else len(found) >= DEPTH


@pytest.mark.parametrize("mode", MODES)
def test_types_dates_and_titles_filter_every_mode(library: Searcher, mode: Mode) -> None:
    guides = {"guide/ferries.md", "guide/tides.md"}
    asked = {"mode": mode, "fold_duplicates": False}
    assert set(paths(library, "ferry pier", type=["text/markdown"], **asked)) == guides
    assert set(paths(library, "ferry pier type:md", **asked)) == guides
    assert set(paths(library, "ferry pier", modified_before="2023-12-31", **asked)) == {
        *guides,
        "boats.csv",
    }
    assert set(paths(library, "ferry after:2024-05-02", **asked)) == {
        "news/bridge.txt",
        "news/reprint.txt",
    }
    ferries = {"guide/ferries.md", "news/ferry.txt"}
    assert set(paths(library, "ferry title:ferries", **asked)) == ferries
    assert ferries.isdisjoint(paths(library, "pier -title:ferries", **asked))
    assert paths(library, "ferry title:zeppelin", **asked) == []
    assert paths(library, "ferry path:guide type:csv", **asked) == []


def test_a_title_has_the_words_in_a_row(folder: Path, index: IndexFolder) -> None:
    write(folder, "a.md", "# The annual report\n\nOf the ferry.\n")
    write(folder, "b.md", "# Report of an annual fair\n\nAt the ferry.\n")
    publish(folder, index)
    with search_index(index) as searcher:
        assert paths(searcher, 'ferry title:"annual report"') == ["a.md"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("q", "pattern"),
    [
        ("storm +tide", r"\btide\b"),
        ("storm +tide +mail", r"\btide\b.*\bmail\b|\bmail\b.*\btide\b"),
        ('storm +"river tide"', r"river tide"),
        ("storm (tide OR mail)", r"tide|mail"),
        ('(storm OR "river tide")', r"storm|river tide"),
        ("storm (harb* OR pierr~)", r"harb|pier"),
        ("storm -tide", r"^(?!.*\btide\b)"),
        ('storm -"river tide"', r"^(?!.*river tide)"),
        ("storm -(tide OR mail)", r"^(?!.*(tide|mail))"),
        ("storm +tide -mail", r"^(?!.*mail).*tide"),
    ],
)
def test_required_and_excluded_words_bind_every_mode(
    heap: Searcher, mode: Mode, q: str, pattern: str
) -> None:
    matching = re.compile(pattern, re.IGNORECASE | re.DOTALL)
    found = hits(heap, q, mode=mode, fold_duplicates=False)
    assert found
    assert all(matching.search(hit.text) for hit in found)


def test_quotation_marks_alone_do_not_bind(heap: Searcher) -> None:
    found = hits(heap, '"river tide"', mode="semantic")
    assert any("river tide" not in hit.text.lower() for hit in found)
    assert all(
        "river tide" in hit.text.lower() for hit in hits(heap, '"river tide"', mode="lexical")
    )


@pytest.mark.parametrize("mode", MODES)
def test_a_query_of_filters_alone_lists_the_passages_that_they_keep(
    library: Searcher, mode: Mode
) -> None:
    assert paths(library, "path:guide", mode=mode) == ["guide/ferries.md", "guide/tides.md"]
    assert paths(library, "-ferry", mode=mode) == ["guide/tides.md"]
    assert paths(library, "title:FERRIES -path:news", mode=mode) == ["guide/ferries.md"]


# Folding and grouping


@pytest.mark.parametrize("mode", MODES)
def test_a_repeated_hit_is_listed_under_the_better_one(library: Searcher, mode: Mode) -> None:
    asked = {"q": "the council has closed the old bridge", "mode": mode}
    first = hits(library, **asked)[0]
    assert first.document.path == "news/bridge.txt"
    (duplicate,) = first.duplicates
    unfolded = {hit.document.path: hit for hit in hits(library, fold_duplicates=False, **asked)}
    reprint = unfolded["news/reprint.txt"]
    assert (duplicate.path, duplicate.span) == (reprint.document.path, reprint.span)
    assert (duplicate.passage_id, duplicate.document_id) == (
        reprint.passage_id,
        reprint.document.id,
    )
    assert 0.6 <= duplicate.similarity < 1
    assert all(not hit.duplicates for hit in unfolded.values())


@pytest.mark.parametrize("mode", MODES)
def test_folding_loses_no_passage_and_folds_only_similar_ones(
    whole_heap: Searcher, mode: Mode
) -> None:
    asked = {"q": "ferry storm", "mode": mode}
    unfolded = {hit.passage_id: hit for hit in all_hits(whole_heap, fold_duplicates=False, **asked)}
    folded = all_hits(whole_heap, **asked)
    shown = [hit.passage_id for hit in folded]
    listed = [duplicate.passage_id for hit in folded for duplicate in hit.duplicates]
    assert listed
    assert sorted(shown + listed) == sorted(unfolded)
    assert shown == [each for each in unfolded if each not in listed]
    for hit in folded:
        words = hit.text.lower().strip(".!\n").split()
        for duplicate in hit.duplicates:
            other = unfolded[duplicate.passage_id].text.lower().strip(".!\n").split()
            assert overlap(words, other) > 0.3
            if words == other:
                assert duplicate.similarity == 1


def overlap(words: list[str], other: list[str]) -> float:
    """Return the Jaccard index of the pairs of words."""
    mine, theirs = set(pairwise(words)), set(pairwise(other))
    return len(mine & theirs) / len(mine | theirs) if mine | theirs else float(words == other)


@pytest.mark.parametrize("mode", MODES)
def test_min_score_removes_hits_of_less_confidence(heap: Searcher, mode: Mode) -> None:
    found = hits(heap, "ferry storm", mode=mode, fold_duplicates=False)
    confidences = [hit.confidence for hit in found if hit.confidence is not None]
    assert len(confidences) == len(found) >= DEPTH
    for level in (min(confidences), sorted(confidences)[len(found) // 2], max(confidences)):
        cut = search(
            heap, "ferry storm", mode=mode, fold_duplicates=False, min_score=level, limit=100
        )
        assert ranked(cut.hits) == ranked([hit for hit in found if (hit.confidence or 0) >= level])
        assert cut.total.value == len(cut.hits) > 0
    assert hits(heap, "ferry storm", mode=mode, min_score=1) == []
    # A query of filters alone returns everything that they keep.
    listed = search(heap, "path:rare/", mode=mode, min_score=1)
    assert (listed.total.value, listed.hits[0].confidence) == (2, None)


def test_min_score_applies_to_a_hit_and_not_to_its_duplicates(
    folder: Path, index: IndexFolder
) -> None:
    words = [f"word{number}" for number in range(30)]
    # BM25 prefers the first one, which is shorter; the hashed words of the second one are nearer.
    write(folder, "a.txt", " ".join([*words[:20], "ferries", *words[20:29]]) + ".\n")
    write(folder, "b.txt", " ".join([*words[:20], "ferry", *words[20:]]) + ".\n")
    write(folder, "c.txt", "Nothing here is about water.\n")
    publish(folder, index, HashedEmbedder())
    with search_index(index, HashedEmbedder()) as searcher:
        # With a word that neither has, both are found by their scores alone.
        asked: dict[str, Any] = {"q": "ferry word1 word2 word3 zebra", "semantic_weight": 0.001}
        first, second = hits(searcher, fold_duplicates=False, **asked)[:2]
        assert (first.document.path, second.document.path) == ("a.txt", "b.txt")
        assert first.confidence is not None
        assert second.confidence is not None
        assert first.confidence < second.confidence
        (folded,) = hits(searcher, **asked)
        assert [copy.path for copy in folded.duplicates] == ["b.txt"]
        (cut,) = hits(searcher, min_score=second.confidence, **asked)
        assert cut.passage_id == second.passage_id


@pytest.mark.parametrize("mode", [Mode.SEMANTIC, Mode.HYBRID])
def test_different_passages_that_consist_of_repeated_lines_do_not_fold(
    folder: Path, index: IndexFolder, mode: Mode
) -> None:
    # The second passage of each file repeats the first, so it has no searched text.
    small: dict[str, Any] = {"passage_chars": 90, "longest_passage_chars": 120}
    for name, line in {
        "ferry": "The ferry sails at noon with eighteen cars and a piano on its deck.",
        "bridge": "Nobody can say how long the council will keep the old bridge closed.",
    }.items():
        write(folder, f"{name}.txt", f"{line}\n\n" * 3)
    publish(folder, index, HashedEmbedder(), window_chars=80, **small)
    with search_index(index, HashedEmbedder()) as searcher:
        for hit in hits(searcher, "the ferry", mode=mode):
            assert {duplicate.path for duplicate in hit.duplicates} <= {hit.document.path}


@pytest.mark.parametrize("mode", MODES)
def test_groups_are_documents_by_their_best_passage(
    folder: Path, index: IndexFolder, mode: Mode
) -> None:
    chance = random.Random(3)
    for name in ("barge", "ferry", "tug"):
        sentences = [f"{name} {' '.join(chance.choices(WORDS, k=9))}." for _ in range(60)]
        write(folder, f"{name}.txt", " ".join(sentences).capitalize())
    publish(folder, index, HashedEmbedder())
    asked: dict[str, Any] = {"q": "storm river", "mode": mode}
    with search_index(index, HashedEmbedder()) as searcher:
        ungrouped = hits(searcher, **asked)
        grouped = search(searcher, group_by="document", group_size=2, **asked)
    assert grouped.hits == []
    assert grouped.groups is not None
    assert grouped.total.value == len(grouped.groups) == 3
    best = list(dict.fromkeys(hit.document.path for hit in ungrouped))
    assert [group.document.path for group in grouped.groups] == best
    for rank, group in enumerate(grouped.groups, start=1):
        own = [hit for hit in ungrouped if hit.document.path == group.document.path]
        assert group.rank == rank
        assert group.score == own[0].score
        assert [hit.rank for hit in group.hits] == [1, 2]
        assert [hit.passage_id for hit in group.hits] == [hit.passage_id for hit in own[:2]]


@pytest.mark.parametrize(
    ("facet", "counts"),
    [
        (Facet.FOLDER, {"news": 2, ".": 2, "guide": 1}),
        (Facet.TYPE, {"text/plain": 3, "text/csv": 1, "text/markdown": 1}),
        (Facet.YEAR, {"2024": 3, "1999": 1, "2023": 1}),
    ],
)
def test_facets_count_the_hits_of_all_pages(
    library: Searcher, facet: Facet, counts: dict[str, int]
) -> None:
    found = search(library, "ferry", mode="lexical", limit=1, facets=[facet])
    assert found.total.value == 5
    assert {each.value: each.count for each in found.facets[facet]} == counts
    assert found.facets.keys() == {facet}


# Other parts of an answer


@pytest.mark.parametrize(
    ("q", "marked"),
    [
        ("bicycles riding", ["bicycle", "rides"]),
        ('"bicycle rides free"', ["bicycle rides free"]),
        ("walk*", ["Walkers"]),
        ("bicicle~", ["bicycle"]),
        ("CAFE", ["café"]),
        ("the upper deck", ["upper", "deck"]),
        ("+crowns -piano", ["crowns"]),
        ("(crowns OR cards)", ["crowns", "cards"]),
    ],
)
def test_highlights_are_the_words_of_the_query(
    library: Searcher, q: str, marked: list[str]
) -> None:
    (hit,) = hits(library, q, mode="lexical", path=["guide/ferries.md"])
    start = hit.span.start
    assert [hit.text[each.start - start : each.end - start] for each in hit.highlights] == marked


@pytest.mark.parametrize("q", ["...", "(", "-", "*", "👍", "“”", "\u0301"])
@pytest.mark.parametrize("mode", MODES)
def test_a_query_without_a_word_finds_nothing_and_says_so(
    library: Searcher, mode: Mode, q: str
) -> None:
    answer = search(library, q, mode=mode)
    assert (answer.hits, answer.total.value) == ([], 0)
    assert "no_words" in codes(answer)


@pytest.mark.parametrize("mode", MODES)
def test_stop_words_are_searched_if_there_are_no_other_words(library: Searcher, mode: Mode) -> None:
    answer = search(library, "to be or not to be", mode=mode)
    assert answer.hits[0].document.path == "to-be.txt"
    assert paths(library, '"to be or not to be"', mode="lexical") == ["to-be.txt"]


def test_warnings_about_the_query_have_a_position(library: Searcher) -> None:
    (warning,) = search(library, 'ferry "unclosed').warnings
    assert (warning.code, warning.parameter, warning.position) == ("unclosed_quote", "q", 6)


def test_an_index_without_vectors_answers_lexically(folder: Path, index: IndexFolder) -> None:
    write(folder, "ferry.txt", FERRY)
    publish(folder, index)
    with search_index(index) as searcher:
        assert searcher.modes.supported == searcher.modes.answering == [Mode.LEXICAL]
        answer = search(searcher, "ferry")
        assert (answer.mode, codes(answer), len(answer.hits)) == ("lexical", ["no_vectors"], 1)
        assert codes(search(searcher, "ferry", mode="lexical")) == []
        with pytest.raises(SemanticUnavailable, match="--model none"):
            search(searcher, "ferry", mode="semantic")
        assert answer.coverage.model_dump() == {"passages": 1, "with_vectors": 0}


def test_an_answer_names_its_query_generation_and_coverage(library: Searcher) -> None:
    answer = search(library, "  ferry  ")
    assert answer.query == "  ferry  "
    assert answer.generation == library.snapshot.manifest.generation
    assert answer.took_ms > 0
    assert answer.coverage.passages == answer.coverage.with_vectors == len(everything(library))


@pytest.mark.parametrize("q", ["", "   ", "a\0b", "x" * 5_001])
def test_an_invalid_query_is_refused(library: Searcher, q: str) -> None:
    # Without the schema, which would refuse some of them earlier.
    request = SearchRequest.model_construct(**SearchRequest(q="x").model_dump() | {"q": q})
    with pytest.raises(InvalidQuery):
        library.search(request)


# Documents and passages


def test_a_document_and_all_its_parts(library: Searcher) -> None:
    identity = hits(library, "timetable", mode="lexical")[0].document.id
    assert library.documents.metadata(identity).path == "guide/ferries.md"
    whole = library.documents.text(identity)
    assert (whole.text, whole.length) == (GUIDE, len(GUIDE))
    for start, end in product(range(0, len(GUIDE) + 20, 13), repeat=2):
        part = library.documents.text(identity, start, end)
        assert part.text == GUIDE[start : max(start, end)]
        assert part.text == GUIDE[part.span.start : part.span.end]
    assert library.documents.text(identity, 5).text == GUIDE[5:]


def test_a_passage_and_its_neighbours(folder: Path, index: IndexFolder) -> None:
    paragraphs = [f"Ferry number {number} sails at noon. " * 20 for number in range(8)]
    write(folder, "a.txt", "\n\n".join(paragraphs))
    write(folder, "b.txt", "\n\n".join(paragraphs))
    publish(folder, index)
    with search_index(index) as searcher:
        found = [hit for hit in everything(searcher) if hit.document.path == "a.txt"]
        ids = [hit.passage_id for hit in found]
        assert len(ids) > 4
        for place, before, after in product(range(len(ids)), (0, 1, 20), (0, 2, 20)):
            context = searcher.documents.passage(ids[place], before=before, after=after)
            assert context.passage.passage_id == ids[place]
            assert context.passage.text == found[place].text
            first = max(0, place - before)
            assert [each.passage_id for each in context.before] == ids[first:place]
            assert [each.passage_id for each in context.after] == ids[place + 1 :][:after]


@pytest.mark.parametrize("identity", ["", "0" * 16, "é", "-", "0" * 16 + "-" + "0" * 12, "\0"])
def test_unknown_documents_and_passages_are_named(library: Searcher, identity: str) -> None:
    with pytest.raises(DocumentNotFound):
        library.documents.metadata(identity)
    with pytest.raises(DocumentNotFound):
        library.documents.text(identity)
    with pytest.raises(PassageNotFound):
        library.documents.passage(identity)


def test_a_passage_of_a_known_document_may_be_unknown(library: Searcher) -> None:
    identity = hits(library, "timetable")[0].document.id
    with pytest.raises(PassageNotFound):
        library.documents.passage(f"{identity}-{'0' * 12}")


def test_passage_ids_survive_a_reindex_while_the_file_is_unchanged(
    folder: Path, index: IndexFolder
) -> None:
    write(folder, "b.txt", FERRY)
    publish(folder, index)
    with search_index(index) as searcher:
        (before,) = hits(searcher, "ferry")
    write(folder, "a.txt", BRIDGE)
    publish(folder, index)
    with search_index(index) as searcher:
        after = {hit.document.path: hit for hit in hits(searcher, "ferry piano")}
    assert after["b.txt"].passage_id == before.passage_id
    write(folder, "b.txt", f"{FERRY}\nMore.")
    publish(folder, index)
    with search_index(index) as searcher:
        changed = {hit.document.path: hit for hit in hits(searcher, "ferry piano")}
    assert changed["b.txt"].passage_id != before.passage_id


# Two articles about one event; one of them repeats its headline between its paragraphs

QUESTION = "will the island keep its ferry whatever happens in the vote"
HEADLINE = "Harbour Master Confident of Island Keeping Its Ferry Regardless of Council Vote"
AGENCY_REPORT = """\
The ferry to Lowen will go on sailing, regardless of how the council votes on Thursday. This was \
said by the harbour master, Odile Brandt, to the county's radio.
She said so a few hours before the first debate between the two candidates for the chair.
"I expect the island to keep its ferry, whatever comes of the vote, because it is in the interest \
of the whole county that people can cross," Brandt said.
As for the complaints of the mainland towns, she said that they were not about the ferry, but \
about those who use it and pay nothing. This had changed by now, she added: of the 32 towns 23 pay \
their share.
A return of the former chair, who once called the ferry a relic, worries most of the islanders.
"There are no promises on the water, but I expect us to keep sailing," said Brandt, who leaves the \
harbour in October after ten years. Her successor will be at the quay when the votes are counted.
"""
PRINTED_REPORT = f"""\
{HEADLINE}

The harbour master, Odile Brandt, speaks about what the ferry means to the island, and about why \
she believes that it will be there after the vote in November.

In a talk with the morning show, Brandt was confident that the council will go on paying for the \
ferry, whoever wins the chair. She spoke of the part that it plays in bringing the mail, the \
doctor and the children of the upper school across the sound.

Brandt named the long winters and the price of fuel as what makes the help of the county needed. \
The strength of the coast, she said, lies in its towns standing together, and the ferry is what \
ties them.

{HEADLINE}

{HEADLINE}

She also spoke of the new pier, the storms and the lighthouse, which no town could look after \
alone, and of what the islands and the mainland have in common.

{HEADLINE}

{HEADLINE}

The talk came after a year of doubt. In spring the county had put off the repair of the slipway, \
and two of the four captains had left for the oil rigs. Brandt said that both berths were filled \
again, that the slipway was let to a yard in Penholt, and that the summer had brought more cars \
and walkers across than any before it.

{HEADLINE}

Asked what she would do if the vote went against the ferry, she laughed. The timetable for the \
spring, she said, was with the printer, and nobody prints a timetable of boats that do not sail. \
Whoever takes the chair will find that the island votes too, and that it has more voters than the \
two mainland towns that complain the loudest.

{HEADLINE}

{HEADLINE}
"""


def assert_both_articles_answer(embedder: Embedder | None, place: Path) -> None:
    write(place / "articles", "agency.txt", AGENCY_REPORT)
    write(place / "articles", "printed.txt", PRINTED_REPORT)
    index = IndexFolder(place / "index")
    publish(place / "articles", index, embedder)
    modes = MODES if embedder is not None else [Mode.HYBRID, Mode.LEXICAL]
    with search_index(index, embedder) as searcher:
        for mode, fold in product(modes, [True, False]):
            found = hits(searcher, QUESTION, mode=mode, fold_duplicates=fold)
            assert len({hit.document.path for hit in found}) == 2
            best = [hit.text[hit.best.start - hit.span.start :] for hit in found]
            assert sum(text.startswith(HEADLINE) for text in best) <= 1


@pytest.mark.parametrize("embedder", [None, HashedEmbedder()], ids=["none", "hashed"])
def test_both_articles_answer(embedder: Embedder | None, tmp_path: Path) -> None:
    assert_both_articles_answer(embedder, tmp_path)


@pytest.mark.model
def test_both_articles_answer_with_the_default_model(
    model_embedder: Embedder, tmp_path: Path
) -> None:
    assert_both_articles_answer(model_embedder, tmp_path)
