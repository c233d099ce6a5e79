"""Proximity: passages with neighbouring words of a query near each other score higher.

Each pair of neighbouring words is a phrase with some slack. A passage gains a little for each pair,
and much if it has all of them or all words in a row. The nearer the words, the more it gains; their
order counts little.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice, pairwise

from tantivy import Occur, Query

__all__ = ["near_queries"]

# How many words may be between the two, or one less if their order is reversed.
SLACK = 2
# Factors on BM25, in which a pair counts as a word. More for each pair costs spans, and more for
# all of them changes nothing (tests/relevance/README.md).
EACH_PAIR = 0.1
ALL_PAIRS = 1.5
IN_A_ROW = 1.0
# Each pair costs about as much as a word, and in a long query a single one says little.
MOST_PAIRS = 16


def near_queries(
    in_a_row: Callable[[Sequence[str], int], Query | None], words: Sequence[str], weight: float
) -> Iterator[tuple[Query, float]]:
    """Yield queries that score passages by how near the words of the query are, with their weights.

    `words` are those that carry meaning, unstemmed and in order; `weight` is that of a word.
    `in_a_row` returns the query for words in a row with some slack; None if nothing can match it.
    """
    different = (pair for pair in pairwise(words) if pair[0] != pair[1])
    wanted = [in_a_row(pair, SLACK) for pair in islice(different, MOST_PAIRS)]
    pairs = [pair for pair in wanted if pair is not None]
    for pair in pairs:
        yield pair, weight * EACH_PAIR
    if not pairs or len(pairs) < len(wanted):
        return
    yield Query.boolean_query([(Occur.Must, pair) for pair in pairs]), weight * ALL_PAIRS
    if whole := in_a_row(words, 0):
        yield whole, weight * IN_A_ROW
