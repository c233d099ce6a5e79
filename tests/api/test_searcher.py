"""The read path over real indexes: a small library with known words, and a large heap of notes."""

import random
import re
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from api.schemas import Hit, Mode, SearchRequest, SearchResponse
from api.searcher import Searcher
from indexer.errors import (
    GenerationGone,
)
from indexer.generation import IndexFolder
from tests.api.serving import publish, search_index, write
from tests.hashed_embedder import HashedEmbedder

MODES = list(Mode)
SHARED_CORPUS = Path(__file__).parents[3] / "shared" / "corpus"

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
    """A place with an index of more notes than there are candidates; a few of them repeat."""
    place = tmp_path_factory.mktemp("notes")
    chance = random.Random(5)
    for number in range(NOTES):
        text = " ".join(chance.choices(WORDS, k=chance.randint(3, 30)))
        write(place / "folder", f"{number % 7}/note-{number:03}.txt", f"{text}.\n")
        if number % 10 == 0:
            write(place / "folder", f"copies/copy-{number:03}.txt", f"{text.upper()}!\n")
    write(place / "folder", "rare/far.txt", "Nothing here is about water.\n")
    write(place / "folder", "rare/near.txt", "The ferry.\n")
    publish(place / "folder", IndexFolder(place / "index"), HashedEmbedder())
    return place


@pytest.fixture(scope="module")
def heap(notes: Path) -> Iterator[Searcher]:
    """Takes few candidates of the notes, so that most of them are none."""
    with search_index(IndexFolder(notes / "index"), HashedEmbedder(), depth=DEPTH) as searcher:
        yield searcher


@pytest.fixture(scope="module")
def whole_heap(notes: Path) -> Iterator[Searcher]:
    """Takes all notes as candidates."""
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
    return [(hit.passage_id, pytest.approx(hit.score, abs=1e-9)) for hit in found]


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
def test_meaning_ranks_all_that_there_is(library: Searcher, mode: str) -> None:
    found = paths(library, "a ferry sails at noon from the stone pier", mode=mode)
    assert found[0] == "news/ferry.txt"
    assert set(found) == LIBRARY.keys() - {"news/reprint.txt"}  # which folds


def test_hybrid_is_what_a_search_is_unless_it_says_otherwise(library: Searcher) -> None:
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


def test_an_explanation_names_the_retrievers_that_were_asked(heap: Searcher) -> None:
    asked = {
        mode: hits(heap, "ferry", mode=mode, explain=True)[0].explanation.model_dump(
            exclude_none=True
        )
        for mode in MODES
    }
    assert asked["lexical"].keys() == {"lexical"}
    assert asked["semantic"].keys() == {"semantic"}
    assert asked["hybrid"].keys() == {"lexical", "semantic"}


def test_scores_are_explained_only_when_asked(library: Searcher) -> None:
    assert all(hit.explanation is None for hit in hits(library, "ferry"))


@pytest.mark.parametrize("fusion", ["weighted", "minmax", "rrf"])
@pytest.mark.parametrize("q", ["ferry", "storm tide winter", '"river tide" pier', "harb* -mail"])
def test_the_ends_of_the_weight_rank_as_one_mode_does(heap: Searcher, q: str, fusion: str) -> None:
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
        # A weight of one method says nothing about another one.
        assert other != ranked(hits(minmax, "ferry storm", fusion="rrf", semantic_weight=0.9))


@pytest.mark.parametrize("mode", MODES)
def test_ties_go_to_the_lower_path_also_where_candidates_are_cut(
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
    assert search(heap, "ferry", mode=mode).total.relation == "at_least"
    assert search(whole_heap, "ferry", mode=mode).total.relation == "exact"
    rare = search(heap, "ferry path:rare", mode=mode)
    assert rare.total.relation == "exact"


def test_a_page_beyond_the_last_is_empty_and_says_so(heap: Searcher) -> None:
    total = search(heap, "ferry").total
    beyond = search(heap, "ferry", offset=total.value)
    assert (beyond.hits, beyond.total, beyond.next_cursor) == ([], total, None)
    assert codes(beyond) == ["end_of_candidates"]


def test_nothing_found_is_no_page_beyond(library: Searcher) -> None:
    assert codes(search(library, "zeppelin", mode="lexical")) == []


def test_a_cursor_of_another_generation_is_gone(library: Searcher, heap: Searcher) -> None:
    cursor = search(heap, "ferry", limit=1).next_cursor
    with pytest.raises(GenerationGone):
        search(library, "ferry", cursor=cursor)


# Filters: each with what it keeps, said another way

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
    unfiltered = [hit for hit in all_hits(whole_heap, "ferry storm", **asked) if keeps(hit)]
    assert unfiltered or mode is Mode.LEXICAL
    filtered = all_hits(whole_heap, **{"q": "ferry storm"} | asked | parameters)
    assert ranked(filtered) == ranked(unfiltered)


@pytest.mark.parametrize(("parameters", "keeps"), KEEPS)
@pytest.mark.parametrize("mode", MODES)
def test_a_filtered_search_is_never_short_of_what_exists(
    heap: Searcher, mode: Mode, parameters: dict[str, Any], keeps: Callable[[Hit], bool]
) -> None:
    kept = {hit.passage_id for hit in everything(heap) if keeps(hit)}
    asked = {"q": "ferry storm", "mode": mode, "fold_duplicates": False} | parameters
    found = {hit.passage_id for hit in all_hits(heap, **asked)}
    assert found <= kept
    if mode is not Mode.LEXICAL:
        assert found == kept if len(kept) <= DEPTH else len(found) >= DEPTH
