"""What a lexical index can be asked: words, phrases, prefixes and typos that may, must or must
not occur in a passage.

Plain values without an engine, so that the query parser, the index and the highlighter share them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

__all__ = ["AnyOf", "Clause", "Leaf", "Occur", "Phrase", "Prefix", "QueryTerms", "Typo", "Words"]


class Occur(StrEnum):
    """Whether a clause may, must or must not match."""

    SHOULD = "should"
    MUST = "must"
    MUST_NOT = "must_not"


@dataclass(frozen=True, slots=True)
class Words:
    """Plain text, analysed into stemmed terms."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Unstemmed words, stop words included, one after the other."""

    text: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """Every unstemmed word that begins with this text (typed as `text*`)."""

    text: str


@dataclass(frozen=True, slots=True)
class Typo:
    """Every unstemmed word at most one edit away from this text (typed as `text~`)."""

    text: str


Leaf = Words | Phrase | Prefix | Typo


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the alternatives (typed as `(a OR b)`)."""

    alternatives: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a query and whether it may, must or must not match."""

    occur: Occur
    node: Leaf | AnyOf


class QueryTerms(NamedTuple):
    """What a query's clauses come to in the index, for highlighting: terms of each kind."""

    stems: frozenset[str]
    words: frozenset[str]
    identifiers: frozenset[str]
    phrases: tuple[tuple[str, ...], ...]
