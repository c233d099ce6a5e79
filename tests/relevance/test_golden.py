"""Relevance over the sample corpus does not change unnoticed or fall below its floors.

The ranks must match golden.md. A difference is a change in ranking: read it, then either
fix it or accept it with --update-golden.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import pytest

from api.contract.search import Mode, SearchRequest
from api.search.searcher import Searcher
from tests.relevance.golden_queries import KINDS, GoldenQuery, locate
from tests.relevance.golden_table import NOTE, GoldenRow, Summary, difference, one_line, update

GOLDEN = Path(__file__).parent / "golden.md"
HOW_TO_ACCEPT = "If all of this is wanted, accept it: pytest tests/relevance --update-golden"

# For one query in fifty, hybrid may be worse than the better retriever alone.
ALLOWED_LOSS = 0.02


@pytest.mark.model
def test_the_ranks_are_the_golden_ones(
    rows: list[GoldenRow],
    record_property: Callable[[str, object], None],
    pytestconfig: pytest.Config,
) -> None:
    record_property(NOTE, one_line(rows))
    if pytestconfig.getoption("--update-golden"):
        record_property(NOTE, update(GOLDEN, rows))
    changes = difference(GOLDEN.read_text("utf-8"), rows)
    if changes:
        pytest.fail(f"The ranking has changed:\n{changes}\n{HOW_TO_ACCEPT}", pytrace=False)


# Floors, independent of the golden file


@pytest.mark.model
@pytest.mark.parametrize("measure", ["recall_at_5", "mrr"])
def test_hybrid_is_no_worse_than_the_better_retriever(rows: list[GoldenRow], measure: str) -> None:
    hybrid, *alone = (
        getattr(Summary.of(rows, mode), measure) for mode in ("hybrid", "lexical", "semantic")
    )
    assert hybrid >= max(alone) - ALLOWED_LOSS


@pytest.mark.model
@pytest.mark.parametrize("mode", ["lexical", "hybrid"])
@pytest.mark.parametrize("kind", ["exact", "phrase"])
def test_names_numbers_and_phrases_come_first(rows: list[GoldenRow], kind: str, mode: str) -> None:
    assert _later_than(1, rows, kind, mode) == {}


@pytest.mark.model
def test_only_embeddings_find_paraphrases(rows: list[GoldenRow]) -> None:
    paraphrases = [row for row in rows if row.kind == "paraphrase"]
    semantic, lexical = (Summary.of(paraphrases, mode) for mode in ("semantic", "lexical"))
    assert semantic.recall_at_5 >= 0.8
    assert lexical.recall_at_5 <= semantic.recall_at_5 / 2


@pytest.mark.model
def test_every_language_is_found(rows: list[GoldenRow]) -> None:
    assert _later_than(2, rows, "language", "hybrid") == {}


@pytest.mark.model
def test_copies_share_a_place_and_tellings_do_not(rows: list[GoldenRow]) -> None:
    places = {row.id: set(row.top[0]) for row in rows if row.kind == "duplicate"}
    assert places["turbine-homes"] == _news("tidal-turbine-release", "tidal-turbine-as-printed")
    assert places["ships-bell"] == _news(
        "northwire-bell", "penholt-gazette-bell", "amelin-courier-bell"
    )
    assert len(places["four-tellings-of-the-crack"]) == 1
    assert len(places["two-tellings-of-the-election"]) == 1


@pytest.mark.model
def test_all_tellings_are_on_the_first_page(rows: list[GoldenRow]) -> None:
    assert _later_than(10, rows, "duplicate", "hybrid") == {}


@pytest.mark.model
@pytest.mark.parametrize("mode", ["lexical", "hybrid"])
def test_a_menu_hides_no_page(rows: list[GoldenRow], mode: str) -> None:
    later = _later_than(2, rows, "boilerplate", mode)
    assert [query for query in later if query.startswith("menu-")] == []


@pytest.mark.model
@pytest.mark.parametrize(
    "notice", ["are set only if you consent", "By reading on you accept our cookie policy"]
)
def test_a_notice_is_found_on_every_page_that_has_it(
    searcher: Searcher, texts: Mapping[str, str], notice: str
) -> None:
    having = {path for path, text in texts.items() if notice in text}
    assert len(having) > 6
    found = searcher.search(SearchRequest(q=f'"{notice}"', mode=Mode.LEXICAL, limit=100))
    assert {hit.document.path for hit in found.hits} == having


def _later_than(rank: int, rows: Collection[GoldenRow], kind: str, mode: str) -> dict[str, int]:
    """Return the queries of the kind whose rank is worse, with it."""
    ranks = {row.id: row.ranks[mode].value for row in rows if row.kind == kind}
    assert ranks
    return {query: found for query, found in ranks.items() if found > rank}


def _news(*stems: str) -> set[str]:
    return {f"news/{stem}.txt" for stem in stems}


# The queries and the corpus


def test_every_quotation_occurs_where_expected(
    queries: list[GoldenQuery], texts: Mapping[str, str]
) -> None:
    for query in queries:
        assert query.expected
        for expected in query.expected:
            assert locate(expected, texts)


def test_every_query_is_asked_once(queries: list[GoldenQuery]) -> None:
    for values in ([query.id for query in queries], [query.text for query in queries]):
        assert [value for value, count in Counter(values).items() if count > 1] == []


def test_there_are_queries_of_every_kind(queries: list[GoldenQuery]) -> None:
    assert {query.kind for query in queries} == set(KINDS)


def test_the_pages_of_the_site_share_their_menu(texts: Mapping[str, str]) -> None:
    pages = [set(text.splitlines()) for path, text in texts.items() if path.startswith("site/")]
    shared = set.intersection(*pages) - {""}
    assert len(pages) >= 8
    assert len(shared) >= 8
    assert all(len(page - shared) >= 5 for page in pages)
