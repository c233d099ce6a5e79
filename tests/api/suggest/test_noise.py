"""Ids, hashes and encoded data, as opposed to words."""

import pytest

from api.suggest.noise import is_noise


@pytest.mark.parametrize(
    "word",
    ["deadbeef01", "e539fed4", "a1b2c3d4", "8812345", "00000001", "ivborw0kggoaaaansuheugaa4g5x"],
)
def test_what_nobody_types_is_noise(word: str) -> None:
    assert is_noise(word)


@pytest.mark.parametrize(
    "word",
    ["decade", "facade", "mp3", "h264", "2024", "2024q3", "angstschweiss", "größe", "海面上昇"],
)
def test_words_and_short_numbers_are_not(word: str) -> None:
    assert not is_noise(word)
