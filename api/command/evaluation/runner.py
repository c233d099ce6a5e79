"""Asks every judged query in every setting, and scores the answers."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import ValidationError

from api.command.evaluation.judged_set import DocumentSet, Query, Question, SpanSet
from api.command.evaluation.metrics import (
    DEPTHS,
    FoundSpan,
    document_metrics,
    span_overlap,
)
from api.command.evaluation.setting import Setting
from api.contract.errors import InvalidQuery
from api.contract.hits import Hit
from api.contract.limits import MAX_LIMIT, MAX_QUERY_CHARS, MAX_REACH
from api.contract.search import SearchRequest, SearchResponse
from api.ranking.verdict import Answers
from indexer.spans import Span

__all__ = [
    "DOCUMENT_DEPTH",
    "PAGE",
    "Answer",
    "Found",
    "ask_unrelated",
    "evaluate_documents",
    "evaluate_spans",
]

Search = Callable[[SearchRequest], SearchResponse]

# Hits on the first page, which is timed and whose spans are scored.
PAGE = max(DEPTHS)
# The number of documents for recall@100.
DOCUMENT_DEPTH = 100
# Hits that a reader, or a language model, is assumed to read. Their length is measured.
READ_HITS = 5
# Warnings in addition to the server's: a query was refused, or shortened to the longest allowed.
REFUSED = "refused"
CUT = "query_cut"


@dataclass(frozen=True, slots=True)
class Found:
    """A hit of the first page; it is `relevant` if it is judged an answer.

    `lexical` and `semantic` are the retrievers' own scores, or None if they were not asked.
    """

    path: str
    span: Span
    best: Span
    score: float
    confidence: float
    relevant: bool
    lexical: float | None = None
    semantic: float | None = None


@dataclass(slots=True)
class Answer:
    """The answer to one query in one setting, with its metrics.

    `documents` are the documents of all hits, best first, if documents are judged. `milliseconds`
    is None if the query was asked in another setting before, so that caches do not distort the
    times. `verdict` is None if the query was refused. `warnings` are codes. `ideal_bm25` is the
    score of a text that consists of the query alone.
    """

    setting: Setting
    query_id: str
    query: str
    found: list[Found] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    metrics: dict[str, float] = field(default_factory=dict)
    milliseconds: float | None = None
    warnings: list[str] = field(default_factory=list)
    ideal_bm25: float = 0.0
    verdict: Answers | None = None

    @property
    def top_confidence(self) -> float:
        """The confidence of the first hit; 0 without hits."""
        return self.found[0].confidence if self.found else 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "setting": str(self.setting),
            "query_id": self.query_id,
            "query": self.query,
            "metrics": self.metrics,
            "milliseconds": self.milliseconds,
            "warnings": self.warnings,
            "ideal_bm25": self.ideal_bm25,
            "answers": self.verdict,
            "hits": [asdict(found) for found in self.found],
        }


@dataclass(frozen=True, slots=True)
class _Page:
    hits: list[Hit]
    warnings: list[str]
    milliseconds: float
    verdict: Answers | None = None


def evaluate_documents(
    search: Search,
    judged: DocumentSet,
    ids: Mapping[str, str],
    settings: Sequence[Setting],
    *,
    depth: int = DOCUMENT_DEPTH,
    on_query: Callable[[], None] = lambda: None,
) -> list[Answer]:
    """Return an answer for each query and setting; `ids` maps paths to document ids.

    Rankings end at `depth` documents.
    """
    answers: list[Answer] = []
    for number, query in enumerate(judged.queries):
        grades = judged.judgements[query.id]
        relevant = {document for document, grade in grades.items() if grade > 0}
        for setting, timed in _in_turn(settings, number):
            page = _ask(search, setting, query.text)
            answer = _answer(setting, query.id, query.text, page, timed=timed)
            answer.found = [_found(hit, ids[hit.document.path] in relevant) for hit in page.hits]
            paths = _rank_documents(search, setting, query.text, page.hits, depth)
            answer.documents = [ids[path] for path in paths]
            answers.append(answer)
        on_query()
    for setting in settings:
        _score_documents(judged, [answer for answer in answers if answer.setting == setting])
    return answers


def evaluate_spans(
    search: Search,
    judged: SpanSet,
    settings: Sequence[Setting],
    *,
    on_query: Callable[[], None] = lambda: None,
) -> list[Answer]:
    """Return an answer for each question and setting."""
    answers: list[Answer] = []
    for number, question in enumerate(judged.questions):
        for setting, timed in _in_turn(settings, number):
            page = _ask(search, setting, question.text)
            answer = _answer(setting, question.id, question.text, page, timed=timed)
            answer.found = [_found(hit, _answers(hit, question)) for hit in page.hits]
            answer.metrics |= _span_metrics(question, answer.found)
            answers.append(answer)
        on_query()
    return answers


def ask_unrelated(
    search: Search,
    queries: Sequence[Query],
    settings: Sequence[Setting],
    *,
    on_query: Callable[[], None] = lambda: None,
) -> list[Answer]:
    """Return the answers to queries about something else; none of their hits is relevant."""
    answers: list[Answer] = []
    for query in queries:
        for setting in settings:
            page = _ask(search, setting, query.text)
            answer = _answer(setting, query.id, query.text, page, timed=False)
            answer.found = [_found(hit, False) for hit in page.hits]
            answers.append(answer)
        on_query()
    return answers


def _in_turn(settings: Sequence[Setting], number: int) -> Iterator[tuple[Setting, bool]]:
    """Yield every setting, and whether it is the first one for this query.

    Over many queries, each setting is first equally often.
    """
    for turn in range(len(settings)):
        yield settings[(number + turn) % len(settings)], turn == 0


def _ask(search: Search, setting: Setting, query: str) -> _Page:
    """Return the first page, which is empty for a refused query."""
    began = time.perf_counter()
    try:
        response = search(setting.request(query[:MAX_QUERY_CHARS], limit=PAGE))
    except (InvalidQuery, ValidationError):
        return _Page([], [REFUSED], _milliseconds_since(began))
    milliseconds = _milliseconds_since(began)
    warnings = [warning.code for warning in response.warnings]
    if len(query) > MAX_QUERY_CHARS:
        warnings.append(CUT)
    return _Page(response.hits, warnings, milliseconds, response.answers)


def _milliseconds_since(began: float) -> float:
    return (time.perf_counter() - began) * 1_000


def _answer(setting: Setting, query_id: str, query: str, page: _Page, *, timed: bool) -> Answer:
    read = page.hits[:READ_HITS]
    return Answer(
        setting,
        query_id,
        query,
        metrics={
            f"characters@{READ_HITS}": sum(hit.span.end - hit.span.start for hit in read),
            f"best_characters@{READ_HITS}": sum(hit.best.end - hit.best.start for hit in read),
        },
        milliseconds=page.milliseconds if timed else None,
        warnings=page.warnings,
        verdict=page.verdict,
    )


def _rank_documents(
    search: Search, setting: Setting, query: str, first_page: Sequence[Hit], depth: int
) -> list[str]:
    """Return the paths of the best documents, each ranked by its best passage."""
    paths = dict.fromkeys(hit.document.path for hit in first_page)
    offset, hits = len(first_page), first_page
    while hits and len(paths) < depth and offset < MAX_REACH:
        limit = min(MAX_LIMIT, MAX_REACH - offset)
        hits = search(setting.request(query[:MAX_QUERY_CHARS], limit=limit, offset=offset)).hits
        paths |= dict.fromkeys(hit.document.path for hit in hits)
        offset += len(hits)
    return list(paths)[:depth]


def _score_documents(judged: DocumentSet, answers: Sequence[Answer]) -> None:
    rankings = {answer.query_id: answer.documents for answer in answers}
    metrics = document_metrics(judged.judgements, rankings)
    for answer in answers:
        answer.metrics |= metrics[answer.query_id]


def _span_metrics(question: Question, found: Sequence[Found]) -> dict[str, float]:
    metrics: dict[str, float] = {}
    for depth in DEPTHS:
        for kind in ("span", "best"):
            spans = [FoundSpan(each.path, getattr(each, kind)) for each in found[:depth]]
            overlap = span_overlap(question.path, question.references, spans)
            metrics |= {
                f"{kind}_{name}@{depth}": value for name, value in overlap._asdict().items()
            }
    return metrics


def _found(hit: Hit, relevant: bool) -> Found:
    explanation = hit.explanation
    assert explanation is not None
    lexical, semantic = explanation.lexical, explanation.semantic
    return Found(
        path=hit.document.path,
        span=Span(hit.span.start, hit.span.end),
        best=Span(hit.best.start, hit.best.end),
        score=hit.score,
        # Hits of a query without words have no confidence.
        confidence=1.0 if hit.confidence is None else hit.confidence,
        relevant=relevant,
        lexical=lexical.score if lexical is not None else None,
        semantic=semantic.score if semantic is not None else None,
    )


def _answers(hit: Hit, question: Question) -> bool:
    return hit.document.path == question.path and any(
        hit.span.start < reference.end and reference.start < hit.span.end
        for reference in question.references
    )
