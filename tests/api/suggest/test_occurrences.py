"""The occurrences of words in the corpus."""

from hypothesis import example, given
from hypothesis import strategies as st

from api.suggest.occurrences import first_words
from indexer.index.analysis.analyzer import Analyzer

ANALYZER = Analyzer("english")
PIECES = ["climate", "Change", "e.g.", "snake_case", "it's", "C++", "4.2", "\n", "\0", "é", "気候"]
texts = st.lists(
    st.sampled_from([*PIECES, "a" * 200, "b" * 201]) | st.text(st.characters(max_codepoint=127)),
    max_size=12,
).map(" ".join)


@given(text=texts | st.text(st.characters(max_codepoint=127)), count=st.integers(0, 8))
@example(text="x" * 201 + " climate", count=1)
def test_the_first_words_are_the_ones_of_the_analyzer(text: str, count: int) -> None:
    assert first_words(text, count, ANALYZER) == ANALYZER.words(text)[:count]
