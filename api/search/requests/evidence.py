"""What the words of a query are evidence of, besides their scores.

A passage that has every word of a query nearly always is about it, and one that has the whole query
in a row is quoted by it. Stop words and single letters occur nearly everywhere, so they are no
evidence at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from api.query.query import Query
from api.ranking.confidence import COMPLETE, VERBATIM
from api.ranking.normalization import Scores
from indexer.index.analysis.analyzer import Analyzer
from indexer.index.clauses import AnyOf, Clause, Leaf, Occur, Phrase, Words
from indexer.index.snapshot import Rows, Snapshot

__all__ = ["WordEvidence", "word_evidence"]

# So many words in a row are no chance even if each of them is a stop word. Whoever quotes two of
# them wants just these.
SAYING_WORDS = 4
SAYING_QUOTED_WORDS = 2
# No passage has all words of a longer query, except one that it quotes.
MOST_WORDS = 16
# No more than this many passages that quote a query are known as such.
MOST_ROWS = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class WordEvidence:
    """What the words say: whether their scores count, and the least confidence of each passage."""

    counts: bool = False
    least: Scores = field(default_factory=lambda: np.zeros(0))


def word_evidence(snapshot: Snapshot, query: Query, rows: Rows) -> WordEvidence:
    """Return what the words of the query say about the passages."""
    nodes = [each.node for each in query.clauses if each.occur is not Occur.MUST_NOT]
    least = np.zeros(len(rows))
    if not any(_has_meaning(snapshot.analyzer, leaf) for node in nodes for leaf in _leaves(node)):
        return WordEvidence(False, least)
    if parts := _parts(snapshot.analyzer, nodes):
        having, count = snapshot.rows_having_all(parts, rows)
        least[np.isin(rows, having)] = COMPLETE
        if not count and isinstance(nodes[0], Words):
            # Most questions end here: nothing has all of their words, so nothing quotes them.
            return WordEvidence(True, least)
    runs = [[term.text for term in snapshot.analyzer.words(text)] for text in _runs(nodes)]
    if runs and min(map(len, runs)) > 1:
        quoting = np.ones(len(rows), np.bool_)
        for words in runs:
            quoting &= np.isin(rows, snapshot.rows_with_phrase(words, MOST_ROWS)[0])
        least[quoting] = VERBATIM
    return WordEvidence(True, least)


def _parts(analyzer: Analyzer, nodes: Sequence[Leaf | AnyOf]) -> list[Clause]:
    """Return clauses that only a passage with everything that the nodes ask for matches.

    There are none if that is too much to ask for.
    """
    parts = []
    for node in nodes:
        words = [Words(word) for word in node.text.split()] if isinstance(node, Words) else [node]
        if len(words) > MOST_WORDS:
            return []
        parts += [
            Clause(Occur.MUST, each)
            for each in words
            if not isinstance(each, Words) or _is_content(analyzer, each.text)
        ]
    return parts


def _runs(nodes: Sequence[Leaf | AnyOf]) -> list[str]:
    """Return the texts that a quoted passage has: all phrases, or else the only run of words."""
    phrases = [node.text for node in nodes if isinstance(node, Phrase)]
    words = [node.text for node in nodes if isinstance(node, Words)]
    runs = phrases or words[:1]
    return runs if len(runs) == len(nodes) else []


def _leaves(node: Leaf | AnyOf) -> Sequence[Leaf]:
    return node.alternatives if isinstance(node, AnyOf) else (node,)


def _has_meaning(analyzer: Analyzer, leaf: Leaf) -> bool:
    if not isinstance(leaf, Words | Phrase):
        return True
    words = analyzer.words(leaf.text)
    needed = SAYING_WORDS if isinstance(leaf, Words) else SAYING_QUOTED_WORDS
    if len(words) >= needed or analyzer.identifiers(leaf.text):
        return True
    return any(
        len(word.text) > 1 and not analyzer.is_stop_word(word.span.of(leaf.text)) for word in words
    )


def _is_content(analyzer: Analyzer, word: str) -> bool:
    """Return whether a word, with the signs around it, is more than a stop word or one letter."""
    return sum(map(str.isalnum, word)) > 1 and not analyzer.is_stop_word(word)
