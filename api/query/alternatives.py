"""Parts of a query that OR joins -> alternatives; plain words -> one clause. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from api.query.query import leaves_of
from api.query.query_tokens import Token
from indexer.index.clauses import Clause, Leaf, Occur, Words

__all__ = ["DROPPED", "alternatives_of", "is_free", "join_words", "leaves_in"]

# Words of one alternative must all occur, so nothing is lost without these between them.
DROPPED = frozenset({"and", "near"})


def join_words(parts: Iterable[Token | Clause | None]) -> Iterator[Clause]:
    """Yield the clauses, and each run of plain tokens as one; None ends a run."""
    plain = ""
    for part in chain(parts, [None]):
        if isinstance(part, Token):
            plain += " " * part.spaced + part.text
            continue
        if plain:
            yield Clause(Occur.SHOULD, Words(plain.removeprefix(" ")))
        if part:
            yield part
        plain = ""


def _is_or(part: Token | Clause) -> bool:
    return isinstance(part, Token) and part.kind == "or"


def _is_dropped(part: Token | Clause) -> bool:
    return isinstance(part, Token) and part.kind in DROPPED


def _bears_word(part: Token | Clause) -> bool:
    return part.bears_word if isinstance(part, Token) else True


def is_free(part: Token | Clause) -> bool:
    """Return whether the part may be an alternative without parentheses, or the OR beside one."""
    if isinstance(part, Token):
        return not part.mark
    return part.occur is Occur.SHOULD


def alternatives_of(run: Sequence[Token | Clause]) -> tuple[Leaf, ...] | None:
    """Return the alternatives that OR joins in a run without parentheses; None if that is unclear.

    A vertical bar is also punctuation, so it joins only single words and phrases.
    """
    between = [part for part in run if _is_or(part)]
    beside = [run[max(0, i - 1) : i + 2 : 2] for i, part in enumerate(run) if _is_or(part)]
    parts = [None if _is_or(part) else part for part in run if not _is_dropped(part)]
    found = leaves_in(parts)
    glued = any(isinstance(part, Token) and not part.spaced for part in run)
    if (
        glued
        or not between
        or len(found) != 1 + len(between)
        or not all(map(_bears_word, chain(*beside)))
    ):
        return None
    if any(isinstance(each, Token) and each.text != "OR" for each in between):
        return found if len(parts) == len(found) + len(between) else None
    return found


def leaves_in(parts: Iterable[Token | Clause | None]) -> tuple[Leaf, ...]:
    """Return the leaves of the parts; each run of plain tokens is one."""
    return tuple(leaf for each in join_words(parts) for leaf in leaves_of(each.node))
