"""How a quotation compares with one text: verbatim, similar, or neither."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice

from api.contract.quotations import Verdict
from api.documents.quotations.narrowing import likely_spans
from api.documents.quotations.similarity import Quotation, SimilarPlace
from api.documents.quotations.verbatim import nearest_occurrence, occurrences
from indexer.spans import Span

__all__ = ["Standing", "compare"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a quotation compares with a text, and where, the best place first."""

    verdict: Verdict
    places: Sequence[SimilarPlace]


def compare(text: str, quotation: Quotation, start: int | None, most: int) -> Standing:
    """Return how a quotation compares with the text, with at most so many places.

    If it is known where the quotation began, a verbatim one elsewhere has moved.
    """
    quoted = quotation.text
    if start is None:
        first = next(occurrences(text, quoted), None)
        verdict = Verdict.EXACT
    elif text.startswith(quoted, start):
        first, verdict = Span(start, start + len(quoted)), Verdict.EXACT
    else:
        nearest = nearest_occurrence(text, quoted, start)
        first = None if nearest is None else Span(nearest, nearest + len(quoted))
        verdict = Verdict.MOVED
    if first is None:
        return _similar(text, quotation, start, most)
    apart = (
        each
        for each in occurrences(text, quoted)
        if each.end <= first.start or first.end <= each.start
    )
    spans = islice(chain([first], apart), most)
    return Standing(verdict, [SimilarPlace(span, []) for span in spans])


def _similar(text: str, quotation: Quotation, start: int | None, most: int) -> Standing:
    places = [
        place.shifted(span.start)
        for span in likely_spans(text, quotation)
        for place in quotation.similar_places(span.of(text), most)
    ]
    begin = start or 0
    places.sort(key=lambda each: (*each.unlikeness, abs(each.span.start - begin), each.span))
    return Standing(Verdict.SIMILAR if places else Verdict.CHANGED, places[:most])
