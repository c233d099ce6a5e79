"""The measures of a ranking, with their arithmetic."""

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.command.evaluation.metrics import FoundSpan, document_metrics, span_overlap
from indexer.spans import Span


def test_ndcg_discounts_by_rank_and_recall_counts() -> None:
    judgements = {"q": {"a": 2, "b": 1, "c": 0}}
    metrics = document_metrics(judgements, {"q": ["c", "b", "a"]})
    # Gains 0, 1, 2 at ranks 1, 2, 3, divided by those of the best order, 2, 1.
    found = 1 / log2(3) + 2 / log2(4)
    best = 2 / log2(2) + 1 / log2(3)
    assert metrics["q"]["nDCG@10"] == pytest.approx(found / best)
    assert metrics["q"]["recall@100"] == 1.0


def test_ndcg_ends_at_ten_and_recall_at_a_hundred() -> None:
    fillers = [f"x{number}" for number in range(99)]
    judgements = {"q": {"a": 1, "b": 1}}
    metrics = document_metrics(judgements, {"q": [*fillers, "a", "b"]})
    assert metrics["q"] == {"nDCG@10": 0.0, "recall@100": 0.5}


def test_a_ranking_keeps_its_order_regardless_of_document_names() -> None:
    rankings = {"q": ["z", "a"], "r": ["a", "z"]}
    metrics = document_metrics({"q": {"z": 1}, "r": {"a": 1}}, rankings)
    assert metrics["q"]["nDCG@10"] == metrics["r"]["nDCG@10"] == 1.0


def test_a_query_that_found_nothing_scores_nothing() -> None:
    metrics = document_metrics({"q": {"a": 1}, "r": {"a": 1}}, {"q": []})
    nothing = {"nDCG@10": 0.0, "recall@100": 0.0}
    assert metrics == {"q": nothing, "r": nothing}


def test_span_overlap_by_hand() -> None:
    references = [Span(10, 20), Span(15, 30)]  # 20 characters: 10 to 30
    found = [
        FoundSpan("a.txt", Span(0, 15)),  # 5 of them
        FoundSpan("a.txt", Span(5, 20)),  # 5 more
        FoundSpan("b.txt", Span(10, 20)),  # the wrong file: it costs precision and adds nothing
    ]
    overlap = span_overlap("a.txt", references, found)
    assert overlap.recall == 10 / 20
    assert overlap.precision == 10 / (15 + 15 + 10)
    assert overlap.iou == 10 / 30  # characters 0 to 30
    assert overlap.whole_iou == 10 / (15 + 15 + 10 + 10)  # all that was returned, and 20 to 30


def test_an_empty_result_scores_zero() -> None:
    assert span_overlap("a.txt", [Span(0, 5)], []) == (0.0, 0.0, 0.0, 0.0)


spans = st.builds(
    lambda start, length: Span(start, start + length), st.integers(0, 40), st.integers(1, 20)
)


@given(
    references=st.lists(spans, min_size=1, max_size=4),
    found=st.lists(st.tuples(st.sampled_from(["a", "b"]), spans), max_size=5),
)
def test_span_overlap_counts_characters(
    references: list[Span], found: list[tuple[str, Span]]
) -> None:
    overlap = span_overlap("a", references, [FoundSpan(*each) for each in found])
    wanted = {place for span in references for place in range(span.start, span.end)}
    got = {place for path, span in found if path == "a" for place in range(span.start, span.end)}
    returned = sum(len(span) for _, span in found)
    assert overlap.recall == len(wanted & got) / len(wanted)
    assert overlap.precision == (len(wanted & got) / returned if returned else 0.0)
    assert overlap.iou == len(wanted & got) / len(wanted | got)
    assert overlap.whole_iou == len(wanted & got) / (returned + len(wanted - got))
