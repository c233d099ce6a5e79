"""Hebrew acronyms: a quotation mark before their last letters is a gershayim, a part of the word.

Keyboards have no key for the gershayim, so people type a quotation mark in its place. Inside a
quotation, the mark may also follow a prefix that is written without a blank. Then another mark
closes the quotation after the word.
"""

import re
from collections.abc import Iterator

import regex

from indexer.index.analysis.rewriting import Rewriting

__all__ = ["GERSHAYIM", "with_gershayim"]

LETTER = "[\u05d0-\u05ea]"
MARKS = '"\u201c\u201d'
# Five times as fast as `re` in texts without any.
HEBREW = regex.compile(LETTER)
INSIDE = re.compile(rf"[{MARKS}](?<={LETTER}.)(?={LETTER}(?!{LETTER})|{LETTER}++(?![{MARKS}]))")
SIGN = "\u05f4"


def _matches(text: str) -> Iterator[re.Match[str]]:
    return iter(()) if text.isascii() or not HEBREW.search(text) else INSIDE.finditer(text)


GERSHAYIM = Rewriting(_matches, lambda match: SIGN)


def with_gershayim(text: str) -> str:
    """Return the text with a gershayim in each Hebrew acronym; every character keeps its place."""
    return GERSHAYIM.text(text)
