"""How well a ranking answers: nDCG and recall of documents; recall, precision and IoU of spans."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import ir_measures
from ir_measures import R, nDCG

from indexer.spans import Span, merge_spans

__all__ = ["DEPTHS", "FoundSpan", "SpanOverlap", "document_metrics", "span_overlap"]

# Spans are scored over this number of hits.
DEPTHS = (1, 5, 10)

DOCUMENT_MEASURES = {"nDCG@10": nDCG @ 10, "recall@100": R @ 100}


class FoundSpan(NamedTuple):
    """A span that a hit returned, and its file."""

    path: str
    span: Span


class SpanOverlap(NamedTuple):
    """How the returned characters overlap the characters that answer.

    `whole_iou` is the IoU if every returned span counts in full, even in another file or where it
    overlaps another span, as in https://research.trychroma.com/evaluating-chunking.
    """

    recall: float
    precision: float
    iou: float
    whole_iou: float


def document_metrics(
    judgements: Mapping[str, Mapping[str, int]], rankings: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, float]]:
    """Return nDCG@10 and recall@100 of every judged query, as `ir_measures` computes them.

    A ranking lists documents, best first. A judged query without a ranking scores 0.
    """
    run = {
        # Ranks replace scores, because the library would reorder equal scores.
        query: {document: -float(rank) for rank, document in enumerate(ranking)}
        for query, ranking in rankings.items()
    }
    metrics: dict[str, dict[str, float]] = {query: {} for query in judgements}
    names = {measure: name for name, measure in DOCUMENT_MEASURES.items()}
    plain = {query: dict(grades) for query, grades in judgements.items()}
    for metric in ir_measures.iter_calc(list(names), plain, run):
        metrics[metric.query_id][names[metric.measure]] = float(metric.value)
    return metrics


def span_overlap(path: str, references: Iterable[Span], found: Sequence[FoundSpan]) -> SpanOverlap:
    """Return how the found spans cover the references in the file at `path`.

    Recall and IoU use the union of the found spans in that file. Precision divides by the total
    length of all found spans, including those in other files and overlapping ones.
    """
    wanted = merge_spans(references)
    covered = merge_spans(each.span for each in found if each.path == path)
    common = _common_length(wanted, covered)
    either = _total_length(wanted) + _total_length(covered) - common
    returned = sum(len(each.span) for each in found)
    return SpanOverlap(
        recall=_ratio(common, _total_length(wanted)),
        precision=_ratio(common, returned),
        iou=_ratio(common, either),
        whole_iou=_ratio(common, returned + _total_length(wanted) - common),
    )


def _common_length(one: Sequence[Span], other: Sequence[Span]) -> int:
    return sum(
        max(0, min(left.end, right.end) - max(left.start, right.start))
        for left in one
        for right in other
    )


def _total_length(spans: Iterable[Span]) -> int:
    return sum(map(len, spans))


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
