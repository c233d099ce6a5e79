"""Texts are cut so that they fit into a budget, at lines or words where that is possible."""

from hypothesis import given
from hypothesis import strategies as st

from api.serving.agents.budget import Budget, size_of

TEXTS = st.text(st.characters(codec="utf-8"), max_size=200)


@given(TEXTS, st.integers(0, 400))
def test_what_is_cut_fits_and_is_verbatim(text: str, left: int) -> None:
    beginning, end = Budget(left).beginning(text), Budget(left).end(text)
    assert text.startswith(beginning)
    assert text.endswith(end)
    assert max(size_of(beginning), size_of(end)) <= left
    if size_of(text) <= left:
        assert beginning == end == text


@given(TEXTS, st.integers(4, 400))
def test_at_least_half_of_what_fits_is_kept(text: str, left: int) -> None:
    for cut in (Budget(left).beginning(text), Budget(left).end(text)):
        # A code point has at most four bytes.
        assert len(cut) >= min(len(text), left // 4 // 2)


def test_lines_are_kept_whole_before_words_are() -> None:
    text = "one two\nthree four\nfive six seven"
    assert Budget(25).beginning(text) == "one two\nthree four\n"
    assert Budget(25).end(text) == "three four\nfive six seven"
    assert Budget(24).end(text) == "five six seven"
    assert Budget(9).beginning("one two three") == "one two "
    assert Budget(9).end("one two three") == "two three"


def test_what_does_not_fit_takes_nothing() -> None:
    budget = Budget.of_tokens(2)
    assert not budget.take("123456789")
    assert budget.take("12345678")
    assert not budget.take("1")
    assert budget.take("")
