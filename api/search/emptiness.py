"""Why a search found nothing: the filter or the exclusion without which it would find something.

This is looked up only when nothing was found, so other searches take no longer.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain, islice
from typing import Any

from api.contract.limits import MAX_FILTERS, MAX_REACH
from api.contract.search import Mode, Scope, SearchRequest, SearchWarning
from api.query.query import QueryFilters, clause_text
from api.search.candidates import Question, candidates_of
from api.search.requests.questions import parameter_filters
from indexer.index.catalog import Selection
from indexer.index.clauses import Clause, Occur
from indexer.index.snapshot import Snapshot

__all__ = ["EmptinessReader"]

NO_FILTERS = QueryFilters()
# The names of the parameters that set the fields of filters.
PARAMETERS = {
    "paths": "path",
    "media_types": "type",
    "modified_after": "modified_after",
    "modified_before": "modified_before",
    "authors": "author",
    "published_after": "published_after",
    "published_before": "published_before",
}
PLURALS = {"file": "files", "match": "matches"}
DATES = frozenset({"modified_after", "modified_before", "published_after", "published_before"})


@dataclass(frozen=True, slots=True)
class _Filter:
    """One filter of a request, and the request's other filters. Values of one field act together.

    `matching` and `others` hold the filters among the parameters and those in the query.
    """

    field: str
    text: str
    parameter: str
    matching: tuple[QueryFilters, QueryFilters]
    others: tuple[QueryFilters, QueryFilters]


@dataclass(frozen=True, slots=True)
class EmptinessReader:
    """Explains searches of one generation that found nothing."""

    snapshot: Snapshot
    select: Callable[[QueryFilters, QueryFilters, tuple[Clause, ...]], Selection | None]

    def explain(self, request: SearchRequest, question: Question) -> tuple[SearchWarning, ...]:
        """Return what leaves nothing: each filter, exclusion or requirement that does so alone."""
        filters = list(_filters(request, question.query.filters))
        unmatched = [each for each in filters if not self._documents(*each.matching)]
        if unmatched:
            return tuple(
                _warning(f"{each.text} {self._outcome(each)}", each.parameter, each.text, request)
                for each in unmatched
            )
        excluding = self._excluding(request, question)
        found = chain(excluding, self._filtering(filters, request, question))
        if request.min_score and (count := self._count(question)):
            text = f"min_score={request.min_score:g}"
            message = f"{text} {_leaves(count, 'match')}"
            found = chain(found, [_warning(message, "min_score", text, request)])
        return tuple(islice(found, MAX_FILTERS))

    def _outcome(self, each: _Filter) -> str:
        files = f"{len(self.snapshot.catalog):,}"
        if each.field.startswith("excluded_"):
            return _excludes(files, "file")
        return _leaves(files, "file") if each.field in DATES else "matches no file"

    def _excluding(self, request: SearchRequest, question: Question) -> Iterator[SearchWarning]:
        """Yield a warning for each clause without which something would be found."""
        clauses = question.query.clauses
        for number, clause in enumerate(clauses):
            if clause.occur is Occur.SHOULD:
                continue
            others = clauses[:number] + clauses[number + 1 :]
            query = replace(question.query, clauses=others)
            if clause.occur is Occur.MUST and not query.embedding_text:
                continue
            filters = (parameter_filters(request), question.query.filters)
            selection = self.select(*filters, _binding(question, others))
            if count := self._count(replace(question, query=query, selection=selection)):
                text = clause_text(clause)
                tell = _excludes if clause.occur is Occur.MUST_NOT else _leaves
                yield _warning(f"{text} {tell(count, 'match')}", "q", text, request)

    def _filtering(
        self, filters: Sequence[_Filter], request: SearchRequest, question: Question
    ) -> Iterator[SearchWarning]:
        """Yield a warning for each filter without which something would be found."""
        for each in filters:
            selection = self.select(*each.others, _binding(question, question.query.clauses))
            if count := self._count(replace(question, selection=selection)):
                message = f"{each.text} {_leaves(count, 'match')}"
                yield _warning(message, each.parameter, each.text, request)

    def _count(self, question: Question) -> str:
        """Return in words how many passages match by words; empty if none does."""
        by_words = replace(question, mode=Mode.LEXICAL, vector=None, depth=MAX_REACH)
        found = candidates_of(self.snapshot, by_words).candidates
        count = len(found.rows)
        return "" if not count else f"{count:,}" if found.complete else f"at least {count:,}"

    def _documents(self, parameters: QueryFilters, typed: QueryFilters) -> int:
        selection = self.select(parameters, typed, ())
        return len(self.snapshot.catalog if selection is None else selection.documents)


def _binding(question: Question, clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Return the clauses that select documents: all of them, or none in the scope of passages."""
    return clauses if question.scope is Scope.DOCUMENT else ()


def _filters(request: SearchRequest, typed: QueryFilters) -> Iterator[_Filter]:
    parameters = parameter_filters(request)
    for field in fields(QueryFilters):
        name = field.name
        if value := getattr(parameters, name):
            parameter = PARAMETERS[name]
            given = getattr(request, parameter)
            text = f"{parameter}={', '.join(given) if isinstance(given, list) else given}"
            matching = (_with(NO_FILTERS, name, value), NO_FILTERS)
            others = (_with(parameters, name, field.default), typed)
            yield _Filter(name, text, parameter, matching, others)
        if value := getattr(typed, name):
            single = _with(NO_FILTERS, name, value)
            others = (parameters, _with(typed, name, field.default))
            yield _Filter(name, str(single), "q", (NO_FILTERS, single), others)


def _excludes(count: str, of: str) -> str:
    return f"excludes the only {of}" if count == "1" else f"excludes all {count} {PLURALS[of]}"


def _leaves(count: str, of: str) -> str:
    return f"leaves out the only {of}" if count == "1" else f"leaves none of {count} {PLURALS[of]}"


def _with(filters: QueryFilters, field: str, value: Any) -> QueryFilters:
    return replace(filters, **{field: value})


def _warning(message: str, parameter: str, text: str, request: SearchRequest) -> SearchWarning:
    """Return the warning, with the place of a part that was typed just so."""
    typed = (
        re.search(rf"(?<!\S)\+?{re.escape(text)}(?!\S)", request.q) if parameter == "q" else None
    )
    return SearchWarning(
        code="filter_leaves_nothing",
        message=f"{message}.",
        parameter=parameter,
        position=typed.start() if typed else None,
    )
