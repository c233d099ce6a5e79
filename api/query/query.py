"""A parsed query: its clauses, its filters, and what is said about it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.query.query_tokens import BARE_VALUE
from indexer.index.clauses import AnyOf, Clause, Leaf, Occur, Phrase, Prefix, Typo

__all__ = ["Query", "QueryFilters", "QueryWarning", "clause_text", "leaves_of"]

MARKS = {Occur.SHOULD: "", Occur.MUST: "+", Occur.MUST_NOT: "-"}


@dataclass(frozen=True, slots=True)
class QueryFilters:
    """Which documents may answer.

    At least one of `paths` (globs), of `media_types` and of `extensions`, and all of `titles`
    (words in a row) must match, and nothing that is excluded. One of the `authors` must be the
    author, or the words of one must be a part of the name. The times of modification and of
    publication must be in their half-open intervals [after, before); a document without a time of
    publication is in none.
    """

    paths: tuple[str, ...] = ()
    excluded_paths: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    excluded_titles: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    excluded_media_types: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    excluded_extensions: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    excluded_authors: tuple[str, ...] = ()
    modified_after: datetime | None = None
    modified_before: datetime | None = None
    published_after: datetime | None = None
    published_before: datetime | None = None

    def __str__(self) -> str:
        """Return the filters as they would be typed, as far as they can be."""
        values = {
            "path": self.paths,
            "-path": self.excluded_paths,
            "title": self.titles,
            "-title": self.excluded_titles,
            "type": self.media_types,
            "-type": self.excluded_media_types,
            "ext": self.extensions,
            "-ext": self.excluded_extensions,
            "author": self.authors,
            "-author": self.excluded_authors,
            "after": [_moment_text(self.modified_after)] if self.modified_after else [],
            "before": [_moment_text(self.modified_before)] if self.modified_before else [],
        }
        return " ".join(
            f"{field}:{value}" if BARE_VALUE.fullmatch(value) else f'{field}:"{value}"'
            for field in values
            for value in values[field]
        )


@dataclass(frozen=True, slots=True)
class QueryWarning:
    """A part of the query that may have been misunderstood; `position` is in code points."""

    code: str
    message: str
    position: int


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query: `text` as it was typed, and its clauses in the order of the text.

    A run of plain words is one clause. A query with only filters has no clauses.
    """

    text: str
    clauses: tuple[Clause, ...]
    filters: QueryFilters = QueryFilters()
    warnings: tuple[QueryWarning, ...] = ()

    @property
    def scored(self) -> tuple[Clause, ...]:
        """The clauses that are not excluded."""
        return tuple(each for each in self.clauses if each.occur is not Occur.MUST_NOT)

    @property
    def required(self) -> tuple[Clause, ...]:
        """The clauses that must match."""
        return tuple(each for each in self.clauses if each.occur is Occur.MUST)

    @property
    def embedding_text(self) -> str:
        """The words to search for, without operators, exclusions and filters."""
        return " ".join(leaf.text for clause in self.scored for leaf in leaves_of(clause.node))

    def __str__(self) -> str:
        """Return canonical text that parses to the same clauses and filters."""
        return " ".join(filter(None, [str(self.filters), *map(clause_text, self.clauses)]))


def leaves_of(node: Leaf | AnyOf) -> Sequence[Leaf]:
    """Return the alternatives of a node, or the one leaf that it is."""
    return node.alternatives if isinstance(node, AnyOf) else (node,)


def clause_text(clause: Clause) -> str:
    """Return a clause as it would be typed."""
    if isinstance(clause.node, AnyOf):
        mark = "-" if clause.occur is Occur.MUST_NOT else ""
        return f"{mark}({' OR '.join(map(_leaf_text, clause.node.alternatives))})"
    return MARKS[clause.occur] + _leaf_text(clause.node)


def _leaf_text(leaf: Leaf) -> str:
    match leaf:
        case Phrase(text):
            return f'"{text}"'
        case Prefix(text):
            return f"{text}*"
        case Typo(text):
            return f"{text}~"
    return leaf.text


def _moment_text(moment: datetime) -> str:
    """Return the date, with the time if there is one."""
    if moment.time() == datetime.min.time():
        return moment.date().isoformat()
    return moment.isoformat().replace("+00:00", "Z")
