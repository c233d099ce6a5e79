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
    assert verdict(confidence, by_words=False) is expected


def test_by_words_alone_more_is_needed() -> None:
    assert verdict(0.0699, by_words=True) is Answers.NO
    assert verdict(0.07, by_words=True) is Answers.MAYBE
