"""Words of a query that are near each other, by the scores of the whole lexical index."""

import pytest

from indexer.index.clauses import Clause, Occur, Words
from tests.indexer.index.lexical.test_lexical import Entry, indexed

FILLER = " ".join(f"filler{number}" for number in range(30))


def best_rows(texts: list[str], q: str) -> list[int]:
    """Return the rows of the texts, counted from 1, in the order of their scores."""
    with indexed([Entry(f"{text} {FILLER}") for text in texts]) as index:
        found, _ = index.search([Clause(Occur.SHOULD, Words(q))], 10)
        return [int(row) for row in found.rows]


@pytest.mark.parametrize("q", ["red box", "box red", "the red box"])
def test_near_words_rank_above_scattered_ones(q: str) -> None:
    apart = " ".join(f"red {FILLER} box {FILLER}" for _ in range(3))
    assert best_rows([apart, f"the red box {FILLER * 5}"], q) == [2, 1]


def test_the_nearer_the_words_the_better() -> None:
    texts = [f"red {FILLER} box", f"red one two box {FILLER}", f"red box one two {FILLER}"]
    assert best_rows(texts, "red box") == [3, 2, 1]


def test_all_words_in_a_row_rank_above_their_pairs() -> None:
    texts = ["old red x red box x old", "old red box x x x x"]
    assert best_rows(texts, "old red box")[0] == 2


def test_a_word_typed_twice_is_no_pair() -> None:
    assert best_rows(["red x", "red red"], "red red") == [2, 1]
