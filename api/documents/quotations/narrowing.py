"""The parts of a long text that may be similar to a quotation, found by its words.

Dividing a text of megabytes into words takes seconds, and looking for a few words does not.
"""

import unicodedata
from collections.abc import Iterator
from itertools import islice

from api.documents.quotations.similarity import Quotation
from indexer.spans import Span, merge_spans

__all__ = ["likely_spans"]

# Shorter texts are compared as a whole.
LONG_CHARS = 200_000
# The longest words are looked for, and those that occur too often tell nothing.
WORDS = 12
MOST_OCCURRENCES = 20
MOST_SPANS = 20


def likely_spans(text: str, quotation: Quotation) -> list[Span]:
    """Return the parts of the text that may be similar, those with most of its words first."""
    if len(text) <= LONG_CHARS:
        return [Span(0, len(text))]
    reach = quotation.reach
    places: list[int] = []
    for word in sorted(set(quotation.words), key=lambda word: (-len(word), word))[:WORDS]:
        found = list(islice(_places(text, word), MOST_OCCURRENCES + 1))
        if len(found) <= MOST_OCCURRENCES:
            places += found
    around = [Span(max(0, each - reach), min(len(text), each + reach)) for each in places]
    spans = merge_spans(around)
    spans.sort(key=lambda span: -sum(span.start <= each < span.end for each in places))
    return spans[:MOST_SPANS]


def _places(text: str, word: str) -> Iterator[int]:
    """Yield where the word occurs, in the usual cases and either form of accents."""
    cases = {word, word.lower(), word.upper(), word.capitalize()}
    for written in {unicodedata.normalize(form, case) for case in cases for form in ("NFC", "NFD")}:
        place = text.find(written)
        while place >= 0:
            yield place
            place = text.find(written, place + len(written))
