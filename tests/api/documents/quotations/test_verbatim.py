"""Where a text has a quotation verbatim."""

from hypothesis import given
from hypothesis import strategies as st

from api.documents.quotations.verbatim import nearest_occurrence, occurrences
from indexer.spans import Span

# Few letters, so that many texts repeat and overlap.
repetitive = st.text("ab", max_size=30)


@given(repetitive, st.text("ab", min_size=1, max_size=4), st.integers(0, 40))
def test_the_nearest_occurrence_is_found_and_the_earlier_of_two(
    text: str, wanted: str, start: int
) -> None:
    places = [at for at in range(len(text)) if text.startswith(wanted, at)]
    nearest = min(places, key=lambda at: (abs(at - start), at), default=None)
    assert nearest_occurrence(text, wanted, start) == nearest


def test_occurrences_are_found_in_order_and_do_not_overlap() -> None:
    assert list(occurrences("aaa..aa", "aa")) == [Span(0, 2), Span(5, 7)]
    assert list(occurrences("aaa", "b")) == []
