"""Proximity: passages with neighbouring words of a query near each other score higher.

Each pair of neighbouring words is a phrase with some slack. A passage gains a little for each pair,
and much if it has all of them or all words in a row. The nearer the words, the more it gains; their
order counts little.
"""

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

import tantivy
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


def near_queries(schema: tantivy.Schema, words: Sequence[str], weight: float) -> Iterator[Query]:
    """Yield queries that score passages by how near the words of the query are.

    `words` are those that carry meaning, unstemmed and in order; `weight` is that of a word.
    """
    different = (pair for pair in pairwise(words) if pair[0] != pair[1])
    pairs = [
        Query.phrase_query(schema, "words", list(pair), slop=SLACK)
        for pair in islice(different, MOST_PAIRS)
    ]
    if not pairs:
        return
    for pair in pairs:
        yield Query.boost_query(pair, weight * EACH_PAIR)
    every = Query.boolean_query([(Occur.Must, pair) for pair in pairs])
    yield Query.boost_query(every, weight * ALL_PAIRS)
    in_a_row = Query.phrase_query(schema, "words", list(words))
    yield Query.boost_query(in_a_row, weight * IN_A_ROW)
