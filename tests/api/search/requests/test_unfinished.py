"""Which last words count as half typed, over a small corpus."""

from collections.abc import Iterator

import pytest

from api.query.parser import parse_query
from api.search.requests.unfinished import with_unfinished_word
from api.search.searcher import Searcher
from indexer.index.clauses import Clause, Occur, Phrase, Prefix, Words
from tests.api.served_index import search_files

FILES = {
    "kitchen.txt": "The kitchen opens at noon, and the baker works all night.",
    "cafe.txt": "Das Café hat eine Größe, die niemand kennt.",
    "kanji.txt": "図書室は駅の近くにあります。",
}


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    with search_files(tmp_path_factory.mktemp("unfinished"), FILES) as searcher:
        yield searcher


def should(node: Words | Prefix | Phrase) -> Clause:
    return Clause(Occur.SHOULD, node)


@pytest.mark.parametrize(
    ("typed", "clauses"),
    [
        ("kitch", [should(Prefix("kitch"))]),
        ("Kitch", [should(Prefix("Kitch"))]),
        ("open kitch", [should(Words("open")), should(Prefix("kitch"))]),
        ("the  open  kitch", [should(Words("the open")), should(Prefix("kitch"))]),
        ('"at noon" kitch', [should(Phrase("at noon")), should(Prefix("kitch"))]),
        ("+noon kitch", [Clause(Occur.MUST, Words("noon")), should(Prefix("kitch"))]),
        ("grö", [should(Prefix("grö"))]),
        ("caf", [should(Prefix("caf"))]),
    ],
)
def test_half_a_word_is_the_beginning_of_a_word(
    searcher: Searcher, typed: str, clauses: list[Clause]
) -> None:
    query = parse_query(typed)
    found = with_unfinished_word(query, searcher.snapshot)
    assert found is not None
    assert found.clauses == tuple(clauses)
    assert (found.text, found.filters) == (query.text, query.filters)


@pytest.mark.parametrize(
    "typed",
    [
        "kitchen",  # is a word
        "work",  # has the stem of a word
        "kitch ",
        "kitch,",
        "xylo",  # begins no word
        '"kitch',
        '"kitch"',
        "+kitch",
        "kitch*",
        "path:kitch",
        "kitch -noon",
        "noon OR kitch",
        "well-kitch",
        "図書",
    ],
)
def test_other_words_are_finished(searcher: Searcher, typed: str) -> None:
    assert with_unfinished_word(parse_query(typed), searcher.snapshot) is None


def test_every_beginning_of_a_word_leads_to_it(searcher: Searcher) -> None:
    snapshot = searcher.snapshot
    for length in range(2, len("kitchen")):
        found = with_unfinished_word(parse_query("kitchen"[:length]), snapshot)
        assert found is not None
        rows = snapshot.search_words(found.clauses, 10)[0].rows
        entries = snapshot.catalog.entries_of(rows.tolist())
        assert "kitchen.txt" in {entry.path for entry in entries}
