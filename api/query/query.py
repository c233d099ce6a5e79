"""User text -> Query, or InvalidQuery with a position. Pure.

    query       = item { blank item }
    item        = [ mark ] ( group | leaf | filter ) | mark word | word | alternatives
    mark        = "+" | "-" | "NOT", where two letters, a quotation mark or a group follow
    group       = "(" alternatives ")"
    alternatives = alternative "OR" alternative { "OR" alternative }
    alternative = leaf | word { word }
    leaf        = phrase | prefix | typo
    phrase      = quotation mark, text with a word in it, quotation mark
    prefix      = two letters or digits or more, "*"
    typo        = three to forty letters or digits, "~"
    filter      = ( "path" | "title" | "type" | "ext" | "after" | "before" ) ":" ( word | phrase )

`a AND b` is `+a +b`. `SYNTAX` says what each of them does. Everything else is plain text: `C++`,
`well-known`, `3 - 2`, `f(x)`, `(see below)`, `http://x`, `5' 3"`, `grep -v`. If plain text looks
like an operator, or if a query has too many operators, a warning says how it was read.

A text that is longer than anybody types is plain text as a whole.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, groupby
from typing import NamedTuple

from api.contract.errors import InvalidQuery
from api.contract.limits import LONG_QUERY_CHARS, MAX_FILTERS, MAX_OPERATORS, MAX_QUERY_CHARS
from api.query.joints import is_shouted, joined
from api.query.notices import Notice, notice_of_operator, notice_of_text
from api.query.query_tokens import BARE_VALUE, FIELDS, Token, group_ends, tokenize, unquoted
from indexer.index.clauses import AnyOf, Clause, Leaf, Occur, Phrase, Prefix, Typo, Words

__all__ = [
    "SYNTAX",
    "Query",
    "QueryFilters",
    "QueryWarning",
    "SyntaxRow",
    "clause_text",
    "parse_moment",
    "parse_query",
]


UNREADABLE = re.compile(r"[\0\ud800-\udfff]")
MOMENT = re.compile(
    r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII | re.IGNORECASE,
)

# The ending of a file's name, with several parts in `tar.gz`.
EXTENSION = re.compile(r"\.?(\w[\w.+-]{0,15})")

# Words of one alternative must all occur, so nothing is lost without these between them.
DROPPED = frozenset({"and", "near"})

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
    SyntaxRow("treaty +climate", "only in documents with climate, wherever they have it"),
    SyntaxRow('treaty +"sea level"', "only in documents with the phrase"),
    SyntaxRow("treaty -trade", "not in documents with trade"),
    SyntaxRow('treaty -"free trade"', "not in documents with the phrase"),
    SyntaxRow("environ*", "words with this beginning (at least two characters)"),
    SyntaxRow("goverment~", "words at most one typing error away (at least three characters)"),
    SyntaxRow('treaty (climate OR "sea level")', "only in documents with one of the alternatives"),
    SyntaxRow("climate OR weather", "only in documents with one of the two"),
    SyntaxRow("climate AND treaty", "only in documents with both, as with `+climate +treaty`"),
    SyntaxRow("treaty NOT trade", "not in documents with trade, as with `-trade`"),
    SyntaxRow("treaty -(trade OR tariff*)", "not in documents with any of the alternatives"),
    SyntaxRow(
        "treaty path:2024/*.md", "only in files with a matching path; repeat it to allow more"
    ),
    SyntaxRow(
        "treaty -path:drafts/*", "not in files whose path matches; also -title:, -type:, -ext:"
    ),
    SyntaxRow('title:"annual report"', "only in documents whose title has these words in a row"),
    SyntaxRow("treaty type:markdown", "only in files of this type; also type:text/markdown"),
    SyntaxRow("treaty ext:md", "only in files whose names end in `.md`"),
    SyntaxRow("treaty after:2024-06", "only in files modified then or later; also a year or a day"),
    SyntaxRow("treaty before:2024-06-01", "only in files modified earlier"),
)


@dataclass(frozen=True, slots=True)
class QueryFilters:
    """Which documents may answer.

    At least one of `paths` (globs), of `media_types` and of `extensions`, and all of `titles`
    (words in a row) must match, and nothing that is excluded. The time of modification must be in
    the half-open interval [after, before).
    """

    paths: tuple[str, ...] = ()
    excluded_paths: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    excluded_titles: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    excluded_media_types: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    excluded_extensions: tuple[str, ...] = ()
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
            "ext": self.extensions,
            "-ext": self.excluded_extensions,
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
        return " ".join(leaf.text for clause in self.scored for leaf in _leaves(clause.node))

    def __str__(self) -> str:
        """Return canonical text that parses to the same clauses and filters."""
        return " ".join(filter(None, [str(self.filters), *map(clause_text, self.clauses)]))


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
    words = " ".join(text.split())
    if len(words) > LONG_QUERY_CHARS:
        return Query(text, (Clause(Occur.SHOULD, Words(words)),))
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
        typed = list(tokenize(self._text))
        tokens = joined(self._text, typed)
        for token in typed:
            if token.kind == "near" and token not in tokens:
                self._warn_of(notice_of_operator(token), token)
        clauses = self._clauses(tokens)
        filters = QueryFilters(
            paths=tuple(self._listed["path"]),
            excluded_paths=tuple(self._listed["-path"]),
            titles=tuple(self._listed["title"]),
            excluded_titles=tuple(self._listed["-title"]),
            media_types=tuple(self._listed["type"]),
            excluded_media_types=tuple(self._listed["-type"]),
            extensions=tuple(self._listed["ext"]),
            excluded_extensions=tuple(self._listed["-ext"]),
            modified_after=max(self._moments["after"], default=None),
            modified_before=min(self._moments["before"], default=None),
        )
        if clauses == (Clause(Occur.SHOULD, Words("*")),) and filters != QueryFilters():
            # Other search engines need it to list what filters keep.
            clauses = ()
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
                parts.append(token)
            index = end + 1
        if not is_shouted(tokens) and not any(map(_is_parenthesis, parts)):
            parts = list(self._with_alternatives(parts))
        for part in parts:
            if isinstance(part, Token):
                self._warn_of(notice_of_text(part), part)
        return tuple(_join_words(parts))

    def _with_alternatives(self, parts: Sequence[Token | Clause]) -> Iterator[Token | Clause]:
        """Yield the parts, with words that are joined by OR as alternatives."""
        for free, members in groupby(parts, _is_free):
            run = list(members)
            found = _alternatives_of(run) if free else None
            if found is not None and self._may_act():
                yield Clause(Occur.MUST, AnyOf(found))
            else:
                yield from run

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
        if not self._may_act(token):
            return None
        self._warn_of(notice_of_operator(token), token)
        return leaf

    def _may_act(self, token: Token | None = None) -> bool:
        """Count one more operator, and return whether the query may still have it."""
        self._operators += 1
        if self._operators > MAX_OPERATORS and token is not None:
            message = (
                f"Only the first {MAX_OPERATORS} phrases, groups, prefixes and typos count; the "
                "rest was read as words"
            )
            self._warn("too_many_operators", message, token)
        return self._operators <= MAX_OPERATORS

    def _alternatives(self, members: Sequence[Token]) -> tuple[Leaf, ...]:
        for token in members:
            if token.mark or token.kind in {"open", "filter", "not"}:
                message = (
                    f"{token.text} was read as words: in a group, only OR, phrases, * and ~ act"
                )
                self._warn("inside_group", message, token)
            elif token.kind == "near":
                self._warn_of(notice_of_operator(token), token)
            elif token.kind not in {"or", "and"} and not token.leaf:
                self._warn_of(notice_of_text(token), token)
        parts = [self._group_part(token) for token in members if token.kind not in DROPPED]
        alternatives = _leaves_of(parts)
        if len(alternatives) > 1 + parts.count(None):
            message = "Phrases, prefixes and typos in a group are alternatives, with or without OR"
            self._warn("inside_group", message, members[0])
        return alternatives

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
        name, _, value = token.unmarked.partition(":")
        field, value = FIELDS[name.lower()], unquoted(value)
        if field in {"after", "before"}:
            return self._take_moment(token, field, value)
        read = self._filter_value(token, field, value)
        if read is None:
            return False
        if sum(map(len, self._listed.values())) == MAX_FILTERS:
            message = f"Only the first {MAX_FILTERS} filters count; the rest was read as words"
            self._warn("too_many_filters", message, token)
            return False
        self._listed[token.mark.strip("+") + field.replace("folder", "path")].append(read)
        return True

    def _filter_value(self, token: Token, field: str, value: str) -> str | None:
        """Return the value as the filter needs it; None if this filter cannot take it."""
        match field:
            case "folder":
                return value.rstrip("/") + "/"
            case "title":
                return value if any(map(str.isalnum, value)) else None
            case "ext":
                extension = EXTENSION.fullmatch(value)
                return extension[1].lower() if extension else None
            case "type":
                media_type = MEDIA_TYPES.get(value.lower(), value.lower())
                if "/" in media_type:
                    return media_type
                known = ", ".join(MEDIA_TYPES)
                message = (
                    f"{token.text} was read as words: a type is one of {known}, or a media type "
                    "such as text/x-rust"
                )
                self._warn("unknown_type", message, token)
                return None
        return value

    def _take_moment(self, token: Token, field: str, value: str) -> bool:
        if not MOMENT.fullmatch(value):
            message = f"{token.text} was read as words: write dates as 2024-06-01"
            self._warn("not_a_date", message, token)
            return False
        position = token.start + token.text.index(":") + 1
        if token.mark == "-":
            field = {"after": "before", "before": "after"}[field]
        self._moments[field].append(parse_moment(value, parameter="q", position=position))
        return True

    def _warn_of(self, notice: Notice | None, token: Token) -> None:
        if notice is not None:
            self._warn(notice.code, notice.message, token)

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


def _is_parenthesis(part: Token | Clause) -> bool:
    return isinstance(part, Token) and part.kind in {"open", "close"}


def _is_or(part: Token | Clause) -> bool:
    return isinstance(part, Token) and part.kind == "or"


def _is_dropped(part: Token | Clause) -> bool:
    return isinstance(part, Token) and part.kind in DROPPED


def _bears_word(part: Token | Clause) -> bool:
    return part.bears_word if isinstance(part, Token) else True


def _is_free(part: Token | Clause) -> bool:
    """Return whether the part may be an alternative without parentheses, or the OR beside one."""
    if isinstance(part, Token):
        return not part.mark
    return part.occur is Occur.SHOULD


def _alternatives_of(run: Sequence[Token | Clause]) -> tuple[Leaf, ...] | None:
    """Return the alternatives that OR joins in a run without parentheses; None if that is unclear.

    A vertical bar is also punctuation, so it joins only single words and phrases.
    """
    between = [part for part in run if _is_or(part)]
    beside = [run[max(0, i - 1) : i + 2 : 2] for i, part in enumerate(run) if _is_or(part)]
    parts = [None if _is_or(part) else part for part in run if not _is_dropped(part)]
    found = _leaves_of(parts)
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


def _leaves_of(parts: Iterable[Token | Clause | None]) -> tuple[Leaf, ...]:
    return tuple(leaf for each in _join_words(parts) for leaf in _leaves(each.node))


def _leaves(node: Leaf | AnyOf) -> Sequence[Leaf]:
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
