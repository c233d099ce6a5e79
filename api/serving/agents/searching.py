"""The tool `search`: quotations that answer a question, with as much context as the budget has."""

from dataclasses import dataclass

from api.contract.hits import Hit
from api.contract.search import Mode, SearchRequest, SearchResponse
from api.documents.paths import document_at
from api.ranking.verdict import verdict
from api.search.searcher import Searcher
from api.serving.agents.answers import Quotation, Quotations
from api.serving.agents.budget import Budget
from api.serving.agents.parts import PartReader
from api.serving.agents.requests import SearchInput
from api.serving.agents.wording import FOUND, HIT
from indexer.spans import Span

__all__ = ["search"]


@dataclass(slots=True)
class _Found:
    """A hit, what to read its document with, and how much of the document is shown around it."""

    hit: Hit
    reader: PartReader
    best: Span
    shown: Span


def search(searcher: Searcher, asked: SearchInput) -> Quotations:
    """Return quotations that answer the question, the best first."""
    request = SearchRequest(
        q=asked.query,
        limit=asked.limit,
        path=asked.path,
        type=asked.type,
        modified_after=asked.modified_after,
        modified_before=asked.modified_before,
        cursor=asked.cursor,
    )
    answer = searcher.search(request)
    budget = Budget.of_tokens(asked.max_tokens)
    found = _within(searcher, answer, budget)
    _widen(found, budget)
    by_words = answer.mode is Mode.LEXICAL
    return Quotations(
        answers=answer.answers,
        verdict=FOUND[answer.answers],
        total=answer.total.value,
        total_is_exact=answer.total.relation == "exact",
        quotations=[_quotation(each, by_words=by_words) for each in found],
        left_out=len(answer.hits) - len(found),
        next_cursor=answer.next_cursor,
        warnings=[each.message for each in answer.warnings],
        generation=answer.generation,
    )


def _within(searcher: Searcher, answer: SearchResponse, budget: Budget) -> list[_Found]:
    """Return the first hits whose best sentences fit into the budget, and at least one."""
    found: list[_Found] = []
    for hit in answer.hits:
        best = Span(hit.best.start, hit.best.end)
        if not budget.take(_of_hit(hit, best)) and found:
            break
        stored = document_at(searcher.snapshot, hit.document.path)
        found.append(_Found(hit, PartReader(searcher, stored), best, best))
    return found


def _widen(found: list[_Found], budget: Budget) -> None:
    """Show whole passages, as far as the budget reaches, and then also the text beside them."""
    for each in found:
        span = Span(each.hit.span.start, each.hit.span.end)
        around = _of_hit(each.hit, Span(span.start, each.best.start)) + _of_hit(
            each.hit, Span(each.best.end, span.end)
        )
        if budget.take(around):
            each.shown = span
    for each in found:
        size = len(each.hit.text)
        start, end = _free(each, found)
        before = each.reader.text(max(start, each.shown.start - size), each.shown.start)
        after = each.reader.text(each.shown.end, min(end, each.shown.end + size))
        is_whole = len(each.shown) == size
        if is_whole and budget.take(before + after):
            each.shown = Span(each.shown.start - len(before), each.shown.end + len(after))


def _free(found: _Found, others: list[_Found]) -> tuple[int, int]:
    """Return the part of the document around a hit in which no other hit is shown."""
    start, end = 0, found.reader.stored.length
    for other in others:
        if other is found or other.hit.document.path != found.hit.document.path:
            continue
        if other.shown.end <= found.shown.start:
            start = max(start, other.shown.end)
        elif other.shown.start >= found.shown.end:
            end = min(end, other.shown.start)
    return start, end


def _of_hit(hit: Hit, span: Span) -> str:
    return span.shifted(-hit.span.start).of(hit.text)


def _quotation(found: _Found, *, by_words: bool) -> Quotation:
    hit, reader = found.hit, found.reader
    place = reader.place(found.best.start, _of_hit(hit, found.best))
    judged = verdict(hit.confidence, by_words=by_words) if hit.confidence is not None else None
    return Quotation(
        **dict(place),
        passage_id=hit.passage_id,
        title=hit.document.title,
        heading=hit.heading,
        published=hit.document.published,
        verdict=HIT[judged],
        confidence=hit.confidence,
        before=reader.text(found.shown.start, found.best.start),
        after=reader.text(found.best.end, found.shown.end),
    )
