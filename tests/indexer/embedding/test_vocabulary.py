"""Words of English that the default model knows."""

import pytest

from indexer.embedding.vocabulary import is_english

pytestmark = pytest.mark.model


@pytest.mark.parametrize("word", ["many", "curtain", "archives", "counting", "does"])
def test_words_are_known(word: str) -> None:
    assert is_english(word)


@pytest.mark.parametrize("word", ["goverment", "recieve", "recieves", "happend", "qqqq", ""])
def test_mistyped_words_are_not(word: str) -> None:
    assert not is_english(word)
