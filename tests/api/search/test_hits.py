from api.ranking.fusion import Contribution, FusedCandidate
from api.search.hits import explanation_of


def test_an_explanation_has_the_contribution_of_each_retriever() -> None:
    candidate = FusedCandidate.from_contributions(7, {"lexical": Contribution(1, 11.5, 1.0, 0.25)})
    out = explanation_of(candidate)
    assert out.semantic is None
    assert out.lexical is not None
    assert out.lexical.model_dump() == {
        "rank": 1,
        "score": 11.5,
        "scaled": 1.0,
        "contribution": 0.25,
    }
