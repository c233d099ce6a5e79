import pytest

from api.ranking.verdict import Answers, verdict


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [
        (0.0, Answers.NO),
        (0.0599, Answers.NO),
        (0.06, Answers.MAYBE),
        (0.499, Answers.MAYBE),
        (0.5, Answers.YES),
        (1.0, Answers.YES),
    ],
)
def test_the_best_confidence_decides(confidence: float, expected: Answers) -> None:
    assert verdict(confidence) is expected
