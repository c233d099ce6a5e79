"""The clauses of a lexical query: words, phrases, prefixes and typos, and whether each must match.

They are plain values without an engine, so that the query parser, the index and the highlighter can
share them.
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
    """The terms of each kind that a query's clauses match in the index, for highlighting."""

    stems: frozenset[str]
    words: frozenset[str]
    identifiers: frozenset[str]
    phrases: tuple[tuple[str, ...], ...]
