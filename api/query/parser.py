"""User text -> Query, or InvalidQuery with a position. Pure.

    query       = item { blank item }
    item        = [ mark ] ( group | leaf | filter ) | mark word | word | alternatives
    mark        = "+" | "-" | "NOT", where two letters, "§", a quotation mark or a group follow;
                  "+" also before a percentage or an amount of money
    group       = "(" alternatives ")"
    alternatives = alternative "OR" alternative { "OR" alternative }
    alternative = leaf | word { word }
    leaf        = phrase | prefix | typo
    phrase      = quotation mark, text with a word in it, quotation mark
    prefix      = two letters or digits or more, "*"
    typo        = three to forty letters or digits, "~"
    filter      = ( "path" | "title" | "type" | "ext" | "after" | "before" ) ":" ( word | phrase )

`a AND b` is `+a +b`. `syntax` says what each of them does. Everything else is plain text: `C++`,
`well-known`, `3 - 2`, `f(x)`, `(see below)`, `http://x`, `5' 3"`, `grep -v`. If plain text looks
like an operator, or if a query has too many operators, a warning says how it was read.

A text that is longer than anybody types is one phrase if it is in quotation marks, else plain text.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from api.contract.errors import InvalidQuery
from api.contract.limits import LONG_QUERY_CHARS, MAX_OPERATORS, MAX_QUERY_CHARS
from api.query.alternatives import DROPPED, alternatives_of, is_free, join_words, leaves_in
from api.query.filters import FilterReader
from api.query.joints import is_shouted, joined
from api.query.notices import Notice, Warnings, notice_of_operator, notice_of_text
from api.query.options import with_options
from api.query.query import Query, QueryFilters
from api.query.query_tokens import Token, group_ends, tokenize
from api.query.typography import NO_QUOTE, QUOTE, plain_marks
from indexer.index.clauses import AnyOf, Clause, Leaf, Occur, Phrase, Words

__all__ = ["parse_query"]

UNREADABLE = re.compile(r"[\0\ud800-\udfff]")
QUOTATION = re.compile(rf"(?P<mark>[+-]?){QUOTE}(?P<inside>{NO_QUOTE}*\w{NO_QUOTE}*){QUOTE}")
OCCUR = {"": Occur.SHOULD, "+": Occur.MUST, "-": Occur.MUST_NOT}


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
        return Query(text, (_long_clause(words),))
    return _Parser(text).parse()


def _long_clause(text: str) -> Clause:
    if quotation := QUOTATION.fullmatch(plain_marks(text)):
        return Clause(OCCUR[quotation["mark"]], Phrase(quotation["inside"].strip()))
    return Clause(Occur.SHOULD, Words(text))


class _Parser:
    """Reads each token of one query once, in order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._warnings = Warnings()
        self._filters = FilterReader(self._warnings)
        self._operators = 0

    def parse(self) -> Query:
        typed = list(with_options(tokenize(self._text)))
        tokens = joined(self._text, typed)
        for token in typed:
            if token.kind == "near" and token not in tokens:
                self._warnings.add(notice_of_operator(token), token)
        clauses = self._clauses(tokens)
        filters = self._filters.filters()
        if clauses == (Clause(Occur.SHOULD, Words("*")),) and filters != QueryFilters():
            # Other search engines need it to list what filters keep.
            clauses = ()
        return Query(self._text, clauses, filters, self._warnings.listed())

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
            elif not self._filters.take(token):
                parts.append(token)
            index = end + 1
        if not is_shouted(tokens) and not any(map(_is_parenthesis, parts)):
            parts = list(self._with_alternatives(parts))
        for part in parts:
            if isinstance(part, Token):
                self._warnings.add(notice_of_text(part), part)
        return tuple(join_words(parts))

    def _with_alternatives(self, parts: Sequence[Token | Clause]) -> Iterator[Token | Clause]:
        """Yield the parts, with words that are joined by OR as alternatives."""
        for free, members in groupby(parts, is_free):
            run = list(members)
            found = alternatives_of(run) if free else None
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
        self._warnings.add(notice_of_operator(token), token)
        return leaf

    def _may_act(self, token: Token | None = None) -> bool:
        """Count one more operator, and return whether the query may still have it."""
        self._operators += 1
        if self._operators > MAX_OPERATORS and token is not None:
            message = (
                f"Only the first {MAX_OPERATORS} phrases, groups, prefixes and typos count; the "
                "rest was read as words"
            )
            self._warnings.add(Notice("too_many_operators", message), token)
        return self._operators <= MAX_OPERATORS

    def _alternatives(self, members: Sequence[Token]) -> tuple[Leaf, ...]:
        for token in members:
            if token.mark or token.kind in {"open", "filter", "not"}:
                message = (
                    f"{token.text} was read as words: in a group, only OR, phrases, * and ~ act"
                )
                self._warnings.add(Notice("inside_group", message), token)
            elif token.kind == "near":
                self._warnings.add(notice_of_operator(token), token)
            elif token.kind not in {"or", "and"} and not token.leaf:
                self._warnings.add(notice_of_text(token), token)
        parts = [self._group_part(token) for token in members if token.kind not in DROPPED]
        alternatives = leaves_in(parts)
        if len(alternatives) > 1 + parts.count(None):
            message = "Phrases, prefixes and typos in a group are alternatives, with or without OR"
            self._warnings.add(Notice("inside_group", message), members[0])
        return alternatives

    def _group_part(self, token: Token) -> Token | Clause | None:
        """Return an alternative of a group, a plain token, or None for the OR between them."""
        if token.kind == "or":
            return None
        leaf = self._leaf(token)
        return Clause(Occur.SHOULD, leaf) if leaf else token


def _is_parenthesis(part: Token | Clause) -> bool:
    return isinstance(part, Token) and part.kind in {"open", "close"}
