"""User text -> Query, or InvalidQuery with a position.

    query       = item { blank item }
    item        = [ mark ] ( group | leaf | filter ) | mark word | word
    mark        = "+" | "-", where a letter, a quotation mark or a group follows
    group       = "(" alternative "OR" alternative { "OR" alternative } ")"
    alternative = leaf | word { word }
    leaf        = phrase | prefix | typo
    phrase      = quotation mark, text with a word in it, quotation mark (" “ ” „ are alike)
    prefix      = two letters or digits or more, "*"
    typo        = three to forty letters or digits, "~"
    filter      = ( "path" | "title" | "type" | "after" | "before" ) ":" ( word | phrase )

`SYNTAX` says what each of them does. Everything else is plain text: `C++`, `well-known`, `3 - 2`,
`f(x)`, `(see below)`, `http://x`, `5' 3"`. If plain text looks like an operator, or if a query has
too many operators, a warning says how it was read.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import NamedTuple

from api.contract.errors import InvalidQuery
from api.contract.limits import MAX_FILTERS, MAX_OPERATORS, MAX_QUERY_CHARS
from api.query.query_tokens import BARE_VALUE, Token, group_ends, tokenize, unquoted
from indexer.index.clauses import AnyOf, Clause, Leaf, Occur, Phrase, Prefix, Typo, Words

__all__ = [
    "SYNTAX",
    "Query",
    "QueryFilters",
    "QueryWarning",
    "SyntaxRow",
    "parse_moment",
    "parse_query",
]


UNREADABLE = re.compile(r"[\0\ud800-\udfff]")
MOMENT = re.compile(
    r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII | re.IGNORECASE,
)

OCCUR = {"": Occur.SHOULD, "+": Occur.MUST, "-": Occur.MUST_NOT}
MARKS = {occur: mark for mark, occur in OCCUR.items()}

# Short names for the types that people look for most.
MEDIA_TYPES = {
    "csv": "text/csv",
    "html": "text/html",
    "json": "application/json",
    "markdown": "text/markdown",
    "md": "text/markdown",
    "python": "text/x-python",
    "rst": "text/x-rst",
    "text": "text/plain",
    "txt": "text/plain",
    "xml": "application/xml",
    "yaml": "application/yaml",
}


class SyntaxRow(NamedTuple):
    """One row of the table of the query language, for the page's help and the README."""

    example: str
    meaning: str


SYNTAX = (
    SyntaxRow("climate treaty", "passages with these words; those with more of them come first"),
    SyntaxRow('"to be or not to be"', "exactly these words, in this order"),
    SyntaxRow("treaty +climate", "climate must occur"),
    SyntaxRow('treaty +"sea level"', "the phrase must occur"),
    SyntaxRow("treaty -trade", "trade must not occur"),
    SyntaxRow('treaty -"free trade"', "the phrase must not occur"),
    SyntaxRow("environ*", "words with this beginning (at least two characters)"),
    SyntaxRow("goverment~", "words at most one typing error away (at least three characters)"),
    SyntaxRow('treaty (climate OR "sea level")', "at least one of the alternatives must occur"),
    SyntaxRow("treaty -(trade OR tariff*)", "none of the alternatives may occur"),
    SyntaxRow(
        "treaty path:2024/*.md", "only in files with a matching path; repeat it to allow more"
    ),
    SyntaxRow("treaty -path:drafts/*", "not in files whose path matches; also -title: and -type:"),
    SyntaxRow('title:"annual report"', "only in documents whose title has these words in a row"),
    SyntaxRow("treaty type:markdown", "only in files of this type; also type:text/markdown"),
    SyntaxRow("treaty after:2024-06", "only in files modified then or later; also a year or a day"),
    SyntaxRow("treaty before:2024-06-01", "only in files modified earlier"),
)


@dataclass(frozen=True, slots=True)
class QueryFilters:
    """Which documents may answer.

    At least one of `paths` (globs), at least one of `media_types`, and all of `titles` (words in a
    row) must match, and nothing that is excluded. The time of modification must be in the half-open
    interval [after, before).
    """

    paths: tuple[str, ...] = ()
    excluded_paths: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    excluded_titles: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    excluded_media_types: tuple[str, ...] = ()
    modified_after: datetime | None = None
    modified_before: datetime | None = None

    def __str__(self) -> str:
        """Return the filters as they would be typed."""
        values = {
            "path": self.paths,
            "-path": self.excluded_paths,
            "title": self.titles,
            "-title": self.excluded_titles,
            "type": self.media_types,
            "-type": self.excluded_media_types,
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
    def embedding_text(self) -> str:
        """The words to search for, without operators, exclusions and filters."""
        nodes = [each.node for each in self.clauses if each.occur is not Occur.MUST_NOT]
        return " ".join(leaf.text for node in nodes for leaf in _leaves(node))

    def __str__(self) -> str:
        """Return canonical text that parses to the same clauses and filters."""
        return " ".join(filter(None, [str(self.filters), *map(_clause_text, self.clauses)]))


def parse_query(text: str) -> Query:
    """Return the parsed query. Raises InvalidQuery for unreadable text and impossible dates."""
    if not text.strip():
        raise InvalidQuery("The query is empty; type at least one word")
    if len(text) > MAX_QUERY_CHARS:
        problem = (
            f"The query has {len(text):,} characters; shorten it to at most {MAX_QUERY_CHARS:,}"
        )
        raise InvalidQuery(problem, position=MAX_QUERY_CHARS)
    if unreadable := UNREADABLE.search(text):
        problem = f"The query contains U+{ord(unreadable[0]):04X}, which is not a valid character"
        raise InvalidQuery(problem, position=unreadable.start())
    return _Parser(text).parse()


def parse_moment(text: str, *, parameter: str, position: int | None = None) -> datetime:
    """Return the start of a year, month or day, or an RFC 3339 time, in UTC by default."""
    if not MOMENT.fullmatch(text):
        problem = f"{text!r} is not a date; write 2024, 2024-06, 2024-06-01 or an RFC 3339 time"
        raise InvalidQuery(problem, parameter=parameter, position=position)
    rest_of_date = "-01-01"[len(text) - len("2024") :]
    try:
        moment = datetime.fromisoformat(text.upper() + rest_of_date)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        problem = f"{text!r} is not a date in the calendar"
        raise InvalidQuery(problem, parameter=parameter, position=position) from error


class _Parser:
    """Reads each token of one query once, in order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._listed: defaultdict[str, list[str]] = defaultdict(list)
        self._moments: defaultdict[str, list[datetime]] = defaultdict(list)
        self._warnings: dict[str, QueryWarning] = {}
        self._operators = 0

    def parse(self) -> Query:
        clauses = self._clauses(list(tokenize(self._text)))
        filters = QueryFilters(
            paths=tuple(self._listed["path"]),
            excluded_paths=tuple(self._listed["-path"]),
            titles=tuple(self._listed["title"]),
            excluded_titles=tuple(self._listed["-title"]),
            media_types=tuple(self._listed["type"]),
            excluded_media_types=tuple(self._listed["-type"]),
            modified_after=max(self._moments["after"], default=None),
            modified_before=min(self._moments["before"], default=None),
        )
        return Query(self._text, clauses, filters, tuple(self._warnings.values()))

    def _clauses(self, tokens: Sequence[Token]) -> tuple[Clause, ...]:
        ends = group_ends(self._text, tokens)
        parts: list[Token | Clause] = []
        index = 0
        while index < len(tokens):
            token, end = tokens[index], ends.get(index, index)
            if end > index and not self._may_act(token):
                end = index
            if clause := self._clause(token, tokens[index + 1 : end]):
                parts.append(clause)
            elif not self._take_filter(token):
                self._check_plain(token)
                parts.append(token)
            index = end + 1
        return tuple(_join_words(parts))

    def _clause(self, token: Token, members: Sequence[Token]) -> Clause | None:
        """Return the clause of a token, or of the group that it opens; None for plain text."""
        if members:
            # People who type alternatives want one of them, so a bare group binds as `+` does.
            occur = Occur.MUST_NOT if token.mark == "-" else Occur.MUST
            return Clause(occur, AnyOf(self._alternatives(members)))
        leaf = self._leaf(token) if token.acts else None
        return Clause(OCCUR[token.mark], leaf) if leaf else None

    def _leaf(self, token: Token) -> Leaf | None:
        """Return the leaf of the token; None if it is plain text or may not act."""
        leaf = token.leaf
        if leaf is None or isinstance(leaf, Words):
            return leaf
        return leaf if self._may_act(token) else None

    def _may_act(self, token: Token) -> bool:
        """Count one more operator, and return whether the query may still have it."""
        self._operators += 1
        if self._operators > MAX_OPERATORS:
            message = (
                f"Only the first {MAX_OPERATORS} phrases, groups, prefixes and typos count; the "
                "rest was read as words"
            )
            self._warn("too_many_operators", message, token)
        return self._operators <= MAX_OPERATORS

    def _alternatives(self, members: Sequence[Token]) -> tuple[Leaf, ...]:
        for token in members:
            if token.mark or token.kind in {"open", "filter"}:
                message = (
                    f"{token.text} was read as words: in a group, only OR, phrases, * and ~ act"
                )
                self._warn("inside_group", message, token)
            elif token.kind != "or" and not token.leaf:
                self._check_plain(token)
        parts = [self._group_part(token) for token in members]
        alternatives = [leaf for each in _join_words(parts) for leaf in _leaves(each.node)]
        if len(alternatives) > 1 + parts.count(None):
            message = "Phrases, prefixes and typos in a group are alternatives, with or without OR"
            self._warn("inside_group", message, members[0])
        return tuple(alternatives)

    def _group_part(self, token: Token) -> Token | Clause | None:
        """Return an alternative of a group, a plain token, or None for the OR between them."""
        if token.kind == "or":
            return None
        leaf = self._leaf(token)
        return Clause(Occur.SHOULD, leaf) if leaf else token

    def _take_filter(self, token: Token) -> bool:
        """Add the token to the filters and return True, if it is a filter."""
        if token.kind != "filter" or not token.spaced:
            return False
        field, _, value = token.unmarked.partition(":")
        value = unquoted(value)
        if field in {"after", "before"}:
            return self._take_moment(token, field, value)
        if field == "type":
            value = MEDIA_TYPES.get(value.lower(), value.lower())
            if "/" not in value:
                known = ", ".join(MEDIA_TYPES)
                message = (
                    f"{token.text} was read as words: a type is one of {known}, or a media type "
                    "such as text/x-rust"
                )
                self._warn("unknown_type", message, token)
                return False
        if field == "title" and not any(map(str.isalnum, value)):
            return False
        if sum(map(len, self._listed.values())) == MAX_FILTERS:
            message = f"Only the first {MAX_FILTERS} filters count; the rest was read as words"
            self._warn("too_many_filters", message, token)
            return False
        self._listed[token.mark.strip("+") + field].append(value)
        return True

    def _take_moment(self, token: Token, field: str, value: str) -> bool:
        if not MOMENT.fullmatch(value):
            message = f"{token.text} was read as words: write dates as 2024-06-01"
            self._warn("not_a_date", message, token)
            return False
        position = token.start + len(token.mark) + len(field) + 1
        if token.mark == "-":
            field = {"after": "before", "before": "after"}[field]
        self._moments[field].append(parse_moment(value, parameter="q", position=position))
        return True

    def _check_plain(self, token: Token) -> None:
        """Warn if a plain token looks like an operator."""
        if token.kind == "or":
            message = "OR was read as a word: for alternatives, use parentheses, as in (a OR b)"
            self._warn("stray_or", message, token)
        elif token.kind == "expanded" and token.unmarked[0].isalpha() and not token.leaf:
            message = (
                f"{token.text} was read as words: * needs at least two letters before it, and ~ "
                "three to forty"
            )
            self._warn("stray_operator", message, token)
        elif token.kind == "unclosed":
            message = "The quotation mark is not closed: the text after it was read as words"
            self._warn("unclosed_quote", message, token)

    def _warn(self, code: str, message: str, token: Token) -> None:
        """Add the warning, once, at the first place where it applies."""
        self._warnings.setdefault(message, QueryWarning(code, message, token.start))


def _join_words(parts: Iterable[Token | Clause | None]) -> Iterator[Clause]:
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


def _leaves(node: Leaf | AnyOf) -> Sequence[Leaf]:
    return node.alternatives if isinstance(node, AnyOf) else (node,)


def _clause_text(clause: Clause) -> str:
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
