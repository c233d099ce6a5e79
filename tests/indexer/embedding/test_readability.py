"""Texts that a model reads, and texts of which it knows only letters."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.embedding.readability import Piece, can_read


def letters(text: str) -> Iterator[Piece]:
    """Yield the text as a tokenizer cuts it that knows only its letters."""
    yield from (Piece(character, 1, is_unknown=False) for character in text)


def words(text: str, *, unknown: str = "") -> Iterator[Piece]:
    """Yield the text as a tokenizer cuts it that knows all its words but one."""
    yield from (Piece(word, 1, is_unknown=word == unknown) for word in text.split())


@given(st.text(st.characters(max_codepoint=0x24F)))
def test_latin_script_is_always_read(text: str) -> None:
    assert can_read(text, letters(text))


@pytest.mark.parametrize("text", ["Мэр открыл мост", "λόγος", "कल", "だれ", "გზა"])
def test_words_cut_into_letters_are_not_read(text: str) -> None:
    assert not can_read(text, letters(text))


@pytest.mark.parametrize("text", ["Мэр открыл мост", "ο λόγος αυτός", "北 约 联 盟", "다리 가"])
def test_whole_words_are_read(text: str) -> None:
    assert can_read(text, words(text))


def test_unknown_tokens_are_not_read() -> None:
    text = "Мэр открыл старый мост через реку"
    assert can_read(text, words(text, unknown="мост"))
    assert not can_read("Мэр открыл мост", words("Мэр открыл мост", unknown="мост"))
    assert not can_read("мост", words("мост", unknown="мост"))


def test_numbers_and_signs_do_not_count() -> None:
    assert not can_read("мост 2024 – 1999", words("мост 2024 – 1999", unknown="мост"))
    assert can_read("2024 –", letters("2024 –"))


def test_a_foreign_name_in_a_readable_text_does_no_harm() -> None:
    text = "The poet Анна was born near the sea and wrote of it all her life"
    assert can_read(text, words(text, unknown="Анна"))
