"""Whether a model can read a text: whether its tokenizer knows the words in it, or only letters.

A tokenizer replaces what it does not know by one unknown token, and cuts words of a script that its
model was not trained on into single letters. The vector of such a text means nothing: it is about
the same for all texts of the script. So embedders give these texts the vector 0.
"""

from collections.abc import Iterable
from typing import NamedTuple

import regex

__all__ = ["UNKNOWN_TOKENS", "Piece", "can_read"]

UNKNOWN_TOKENS = frozenset({"[UNK]", "<unk>"})
# Of Chinese texts, the default model knows at most 71 % of the tokens; of texts in Latin script,
# more than 97 %.
MOST_UNKNOWN = 0.25
# The default model cuts Russian into tokens of 1.0 to 1.2 letters, German into tokens of 2.0 or
# more, and English into tokens of 2.1 or more.
LEAST_LETTERS = 1.5
NOT_LATIN = regex.compile(r"[\p{L}--[\p{Latin}\p{Common}]]", regex.V1)
# One of these characters says as much as several letters.
SYLLABLE = regex.compile(r"[\p{Han}\p{Hangul}]")


class Piece(NamedTuple):
    """A part of a text, and how many tokens the tokenizer makes of it."""

    text: str
    tokens: int
    is_unknown: bool


def can_read(text: str, pieces: Iterable[Piece]) -> bool:
    """Return whether the model of the tokenizer that made the pieces can read the text.

    Any model reads Latin script. Pieces without a letter, such as numbers and signs, do not count.
    """
    if text.isascii() or not NOT_LATIN.search(text):
        return True
    known = unknown = letters = 0
    for piece in pieces:
        if not any(map(str.isalpha, piece.text)):
            continue
        if piece.is_unknown:
            unknown += piece.tokens
        else:
            known += piece.tokens
            letters += len(piece.text) + len(SYLLABLE.findall(piece.text))
    return unknown < MOST_UNKNOWN * (known + unknown) and letters >= LEAST_LETTERS * known
