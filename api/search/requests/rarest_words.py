"""Query -> the same query with the rarest of its words.

Most of the hundreds of words in a pasted text occur in most passages. The rarest of them find the
text as well, in a fraction of the time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from api.query.query import Query
from indexer.index.clauses import Clause, Occur, Words
from indexer.index.snapshot import Snapshot

__all__ = ["MOST_WORDS", "with_rarest_words"]

# More than a question has. Each costs about as much time as a short query.
MOST_WORDS = 64
# A shorter query has fewer words than that.
SHORTEST_CHARS = 3 * MOST_WORDS


class _Word(NamedTuple):
    clause: int
    stem: str
    text: str


def with_rarest_words(query: Query, snapshot: Snapshot) -> Query:
    """Return the query with at most `MOST_WORDS` of its plain words, in the order of the text.

    Operators stay as they are. Words that occur in no passage are left out first.
    """
    if len(query.text) < SHORTEST_CHARS:
        return query
    words = list(_plain_words(query.clauses, snapshot))
    if len(words) <= MOST_WORDS:
        return query
    unseen = snapshot.rarity("")
    rarities = [snapshot.rarity(word.stem) for word in words]
    ranked = sorted(range(len(words)), key=lambda i: (rarities[i] >= unseen, -rarities[i], i))
    kept = [words[i] for i in sorted(ranked[:MOST_WORDS])]
    return replace(query, clauses=tuple(_shortened(query.clauses, kept)))


def _plain_words(clauses: Sequence[Clause], snapshot: Snapshot) -> Iterator[_Word]:
    """Yield the words of the plain text, one of each stem, without stop words."""
    analyzer = snapshot.analyzer
    seen: set[str] = set()
    for number, clause in enumerate(clauses):
        if clause.occur is not Occur.SHOULD or not isinstance(clause.node, Words):
            continue
        text = clause.node.text
        for term in analyzer.stems(text):
            word = term.span.of(text)
            if term.text not in seen and not analyzer.is_stop_word(word):
                seen.add(term.text)
                yield _Word(number, term.text, word)


def _shortened(clauses: Sequence[Clause], kept: Sequence[_Word]) -> Iterator[Clause]:
    for number, clause in enumerate(clauses):
        if clause.occur is not Occur.SHOULD or not isinstance(clause.node, Words):
            yield clause
        elif words := [word.text for word in kept if word.clause == number]:
            yield replace(clause, node=Words(" ".join(words)))
