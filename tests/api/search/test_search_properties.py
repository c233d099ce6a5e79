"""Properties of every search: filters only remove hits, and pages only cut.

test_query.py tests that any text parses, and that its canonical text parses to the same query.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.contract.hits import Hit
from api.contract.search import GroupBy, Mode, SearchRequest, SearchResponse
from api.ranking.fusion import FusionMethod
from api.search.searcher import Searcher
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, search_index, write
from tests.hashed_embedder import HashedEmbedder
from tests.property_examples import examples

WORDS = ["ferry", "bridge", "river", "tide", "pier", "storm", "mail", "piano", "deck", "island"]
FOLDERS = ["news", "news/old", "guide", "2024"]
SUFFIXES = {".txt": "text/plain", ".md": "text/markdown", ".csv": "text/csv"}
YEARS = [2021, 2022, 2023, 2024]
FILES = 70
# Fewer than the passages, so that most are not candidates of a search without filters.
DEPTH = 30


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of files that vary in folder, type, year and words."""
    place = tmp_path_factory.mktemp("properties")
    chance = random.Random(11)
    text = ""
    for number in range(FILES):
        folder, suffix = chance.choice(FOLDERS), chance.choice([*SUFFIXES])
        # Some files repeat the previous one.
        if number % 8:
            text = " ".join(chance.choices(WORDS, k=chance.randint(2, 25)))
        modified = f"{chance.choice(YEARS)}-06-01"
        path = f"{folder}/{number:02}{suffix}"
        write(place / "folder", path, f"{text.capitalize()}.\n", modified=modified)
    publish(place / "folder", IndexFolder(place / "index"), HashedEmbedder())
    return place


@pytest.fixture(scope="module")
def unlimited(place: Path) -> Iterator[Searcher]:
    """A searcher that takes every passage as a candidate."""
    with search_index(IndexFolder(place / "index"), HashedEmbedder(), depth=1_000) as searcher:
        yield searcher


@pytest.fixture(scope="module")
def limited(place: Path) -> Iterator[Searcher]:
    with search_index(IndexFolder(place / "index"), HashedEmbedder(), depth=DEPTH) as searcher:
        yield searcher


# Queries

word = st.sampled_from(WORDS)
item = st.one_of(
    word,
    word.map("the {}".format),
    st.tuples(word, word).map('"{0[0]} {0[1]}"'.format),
    word.map("+{}".format),
    word.map("-{}".format),
    word.map(lambda each: f"{each[:3]}*"),
    word.map(lambda each: f"{each[1:]}~"),
    st.tuples(word, word).map("({0[0]} OR {0[1]})".format),
)
# With at least one plain word, so that hits are ranked and not only listed.
queries = st.tuples(word, st.lists(item, max_size=3)).map(
    lambda each: " ".join([each[0], *each[1]])
)
rankings = st.one_of(
    st.fixed_dictionaries({"mode": st.sampled_from([Mode.LEXICAL, Mode.SEMANTIC])}),
    st.fixed_dictionaries(
        {
            "mode": st.just(Mode.HYBRID),
            "fusion": st.sampled_from(FusionMethod),
            "semantic_weight": st.none() | st.floats(0, 1),
        }
    ),
)


@dataclass(frozen=True)
class Filter:
    """A filter as a parameter, as typed into the query, and as parsed."""

    parameters: dict[str, Any]
    typed: str
    keeps: Callable[[Hit], bool]


def in_folder(folder: str) -> Filter:
    return Filter(
        {"path": [f"/{folder}/"]},
        f"path:/{folder}/",
        lambda hit: hit.document.path.startswith(f"{folder}/"),
    )


def with_suffix(suffix: str) -> Filter:
    return Filter(
        {"type": [SUFFIXES[suffix]]},
        f"type:{SUFFIXES[suffix]}",
        lambda hit: hit.document.path.endswith(suffix),
    )


def with_digit(digit: int) -> Filter:
    return Filter(
        {"path": [f"*{digit}.*"]},
        f"path:*{digit}.*",
        lambda hit: hit.document.path.partition(".")[0].endswith(str(digit)),
    )


def since(year: int) -> Filter:
    return Filter(
        {"modified_after": str(year)},
        f"after:{year}",
        lambda hit: hit.document.modified.year >= year,
    )


def until(year: int) -> Filter:
    return Filter(
        {"modified_before": str(year)},
        f"before:{year}",
        lambda hit: hit.document.modified.year < year,
    )


filters = st.one_of(
    st.sampled_from(FOLDERS).map(in_folder),
    st.sampled_from([*SUFFIXES]).map(with_suffix),
    st.integers(0, 9).map(with_digit),
    st.sampled_from(YEARS).map(since),
    st.sampled_from(YEARS).map(until),
)


def search(searcher: Searcher, q: str, **parameters: Any) -> SearchResponse:
    return searcher.search(SearchRequest(q=q, **{"limit": 100} | parameters))


def ranked(hits: list[Hit]) -> list[tuple[str, float]]:
    return [(hit.passage_id, round(hit.score, 9)) for hit in hits]


# Filters


@examples(75)
@given(q=queries, ranking=rankings, chosen=filters)
def test_a_filtered_search_is_the_unlimited_one_filtered(
    unlimited: Searcher, q: str, ranking: dict[str, Any], chosen: Filter
) -> None:
    asked = ranking | {"fold_duplicates": False}
    whole = search(unlimited, q, **asked)
    assert whole.total.value == len(whole.hits)
    kept = [hit for hit in whole.hits if chosen.keeps(hit)]
    # Ranks, and a scale stretched over the candidates, depend on the filtered candidates.
    if ranking.get("fusion", FusionMethod.WEIGHTED) is FusionMethod.WEIGHTED:
        assert ranked(search(unlimited, q, **asked | chosen.parameters).hits) == ranked(kept)
    found = search(unlimited, f"{q} {chosen.typed}", **asked)
    assert ranked(found.hits) == ranked(search(unlimited, q, **asked | chosen.parameters).hits)
    assert {hit.passage_id for hit in found.hits} == {hit.passage_id for hit in kept}
    assert found.total.value == len(kept)


@examples(75)
@given(q=queries, ranking=rankings, chosen=filters, narrower=filters)
def test_few_candidates_lose_nothing_under_a_filter_that_keeps_fewer(
    limited: Searcher,
    unlimited: Searcher,
    q: str,
    ranking: dict[str, Any],
    chosen: Filter,
    narrower: Filter,
) -> None:
    asked = ranking | chosen.parameters | {"fold_duplicates": False}
    q = f"{q} {narrower.typed}"
    whole = search(unlimited, q, **asked)
    found = search(limited, q, **asked)
    assert {hit.passage_id for hit in found.hits} <= {hit.passage_id for hit in whole.hits}
    if whole.total.value <= DEPTH:
        assert found.total.relation == "exact"
        assert {hit.passage_id for hit in found.hits} == {hit.passage_id for hit in whole.hits}
        # Other fusions scale scores over the candidates, and most of those are no hits.
        if ranking.get("fusion", FusionMethod.WEIGHTED) is FusionMethod.WEIGHTED:
            assert ranked(found.hits) == ranked(whole.hits)
    else:
        assert len(found.hits) >= DEPTH


@examples(50)
@given(q=queries, excluded=word, mode=st.sampled_from(Mode))
def test_an_exclusion_only_removes_hits(
    unlimited: Searcher, q: str, excluded: str, mode: Mode
) -> None:
    asked: dict[str, Any] = {"mode": mode, "fold_duplicates": False}
    pattern = re.compile(rf"\b{excluded}\b", re.IGNORECASE)
    kept = [hit for hit in search(unlimited, q, **asked).hits if not pattern.search(hit.text)]
    assert ranked(search(unlimited, f"{q} -{excluded}", **asked).hits) == ranked(kept)


# Pages


@examples(50)
@given(
    q=queries,
    ranking=rankings,
    chosen=st.none() | filters,
    limit=st.integers(1, 20),
    group_by=st.sampled_from(GroupBy),
    fold=st.booleans(),
    min_score=st.sampled_from([0.0, 0.3]),
)
def test_pages_add_up_to_one_large_page(
    limited: Searcher,
    q: str,
    ranking: dict[str, Any],
    chosen: Filter | None,
    limit: int,
    group_by: GroupBy,
    fold: bool,
    min_score: float,
) -> None:
    asked = ranking | (chosen.parameters if chosen is not None else {})
    asked |= {"group_by": group_by, "fold_duplicates": fold, "min_score": min_score}

    def entries(page: SearchResponse) -> list[Any]:
        return page.hits if group_by is GroupBy.PASSAGE else page.groups or []

    large = search(limited, q, **asked)
    assert len(entries(large)) == large.total.value
    by_offset: list[Any] = []
    for offset in range(0, large.total.value, limit):
        page = search(limited, q, limit=limit, offset=offset, **asked)
        assert (page.total, page.generation) == (large.total, large.generation)
        by_offset += entries(page)
    assert by_offset == entries(large)
    page = search(limited, q, limit=limit, **asked)
    by_cursor = entries(page)
    while page.next_cursor is not None:
        page = search(limited, q, limit=limit, cursor=page.next_cursor, **asked)
        assert page.total == large.total
        assert entries(page)
        by_cursor += entries(page)
    assert by_cursor == entries(large)


# Any text

readable = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.text(readable, min_size=1, max_size=60).filter(str.strip)


@examples(50)
@given(q=texts, mode=st.sampled_from(Mode))
def test_any_text_finds_verbatim_passages_in_order(limited: Searcher, q: str, mode: Mode) -> None:
    found = search(limited, q, mode=mode)
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    assert [hit.rank for hit in found.hits] == [*range(1, len(scores) + 1)]
    for hit in found.hits[:5]:
        text = limited.documents.text(hit.document.id).text
        assert text[hit.span.start : hit.span.end] == hit.text
        for part in (hit.best, *hit.highlights):
            assert hit.span.start <= part.start <= part.end <= hit.span.end
