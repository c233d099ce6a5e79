"""A ranking with a reranker's scores; the expected scores show their arithmetic."""

from itertools import pairwise
from math import exp, fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ranking.folding import FoldedCandidate
from api.ranking.fusion import Contribution, FusedCandidate
from api.ranking.reranking import rerank


def ranking(*scores: tuple[float, float]) -> list[FoldedCandidate]:
    """Return hits of rows 0, 1, 2 and so on with these lexical and semantic contributions."""
    return [
        FoldedCandidate(
            FusedCandidate.from_contributions(
                row,
                {
                    "lexical": Contribution(row + 1, 20 * lexical, lexical, lexical),
                    "semantic": Contribution(row + 1, semantic, semantic, semantic),
                },
            )
        )
        for row, (lexical, semantic) in enumerate(scores)
    ]


def rows(hits: list[FoldedCandidate]) -> list[int]:
    return [hit.candidate.row for hit in hits]


def scores(hits: list[FoldedCandidate]) -> list[float]:
    return [hit.candidate.score for hit in hits]


#                  0           1           2           3
FUSED = ranking((0.5, 0.3), (0.2, 0.5), (0.3, 0.3), (0.1, 0.2))


def test_the_best_hits_are_reordered() -> None:
    hits = rerank(FUSED, [-2.0, 1.0, 3.0], share=0.75)
    assert rows(hits) == [2, 1, 0, 3]
    assert scores(hits) == pytest.approx(
        [
            0.25 * 0.6 + 0.75 / (1 + exp(-3)),  # 0.864
            0.25 * 0.7 + 0.75 / (1 + exp(-1)),  # 0.723
            0.25 * 0.8 + 0.75 / (1 + exp(2)),  # 0.289
            0.25 * 0.3,  # was not read
        ]
    )


def test_the_contribution_of_the_reranker_is_explained() -> None:
    best, *_, last = rerank(FUSED, [-2.0, 1.0, 0.0], share=0.75)
    assert best.candidate.contributions == {
        "lexical": Contribution(rank=2, score=4.0, scaled=0.2, value=0.25 * 0.2),
        "semantic": Contribution(rank=2, score=0.5, scaled=0.5, value=0.25 * 0.5),
        "reranker": Contribution(
            rank=1, score=1.0, scaled=1 / (1 + exp(-1)), value=0.75 * (1 / (1 + exp(-1)))
        ),
    }
    assert last.candidate.contributions.keys() == {"lexical", "semantic"}


def test_duplicates_stay_with_their_hit() -> None:
    copied = FoldedCandidate(FUSED[1].candidate, ((17, 0.9),))
    best, _ = rerank([FUSED[0], copied], [0.0, 9.0], share=1)
    assert (best.candidate.row, best.duplicates) == (1, ((17, 0.9),))


def test_equal_scores_leave_the_order() -> None:
    hits = rerank(FUSED, [1.0, 1.0, 1.0], share=1)
    assert rows(hits) == [0, 1, 2, 3]
    assert [hit.candidate.contributions["reranker"].rank for hit in hits[:3]] == [1, 2, 3]


def test_an_empty_ranking_stays_empty() -> None:
    assert rerank([], [], share=0.5) == []


@pytest.mark.parametrize("logit", [-1e308, -1000.0, 0.0, 1000.0, 1e308])
def test_no_logit_is_too_large(logit: float) -> None:
    (hit,) = rerank(FUSED[:1], [logit], share=1)
    assert 0 <= hit.candidate.score <= 1


unit = st.floats(0, 1)
fused_hits = st.lists(st.tuples(unit, unit), max_size=12).map(
    lambda pairs: ranking(*sorted(pairs, key=lambda pair: -fsum(pair)))
)
# For larger logits, or much closer ones, sigmoids are equal to the last bit.
logits_of_models = st.lists(st.integers(-20_000, 20_000).map(lambda n: n / 1_000), max_size=12)


@given(fused_hits, logits_of_models, st.floats(0.01, 1))
def test_scores_never_rise_and_contributions_sum_to_them(
    hits: list[FoldedCandidate], logits: list[float], share: float
) -> None:
    logits = logits[: len(hits)]
    reranked = rerank(hits, logits, share=share)
    assert sorted(rows(reranked)) == sorted(rows(hits))
    assert all(better >= worse for better, worse in pairwise(scores(reranked)))
    for hit in reranked:
        values = [each.value for each in hit.candidate.contributions.values()]
        assert hit.candidate.score == pytest.approx(sum(values), abs=1e-12)


@given(fused_hits, logits_of_models, st.floats(0.01, 1))
def test_unread_hits_stay_behind_reranked_ones(
    hits: list[FoldedCandidate], logits: list[float], share: float
) -> None:
    logits = logits[: len(hits)]
    reranked = rerank(hits, logits, share=share)
    read = ["reranker" in hit.candidate.contributions for hit in reranked]
    assert read == [True] * len(logits) + [False] * (len(hits) - len(logits))
    assert set(rows(reranked[: len(logits)])) == set(rows(hits[: len(logits)]))


@given(fused_hits, logits_of_models)
def test_a_share_of_one_ranks_as_the_reranker_does(
    hits: list[FoldedCandidate], logits: list[float]
) -> None:
    logits = logits[: len(hits)]
    reranked = rerank(hits, logits, share=1)[: len(logits)]
    ranks = [hit.candidate.contributions["reranker"].rank for hit in reranked]
    assert ranks == list(range(1, len(logits) + 1))
    assert [logits[row] for row in rows(reranked)] == sorted(logits, reverse=True)


@given(fused_hits, logits_of_models)
def test_a_share_of_zero_changes_nothing(hits: list[FoldedCandidate], logits: list[float]) -> None:
    reranked = rerank(hits, logits[: len(hits)], share=0)
    assert (rows(reranked), scores(reranked)) == (rows(hits), scores(hits))
