"""Where text may be cut: between grapheme clusters, what people see as one character.

Unicode Standard Annex 29, https://www.unicode.org/reports/tr29/
"""

import regex

__all__ = ["is_grapheme_boundary", "last_grapheme_boundary"]

_GRAPHEME = regex.compile(r"\X")
# The first character that belongs to the one before it, and the first that one after it belongs to.
_FIRST_MARK = "\u0300"
_FIRST_PREPENDED = "\u0600"


def is_grapheme_boundary(text: str, at: int) -> bool:
    """Return whether a cut at this place cuts through no grapheme.

    Looks at the two characters beside it: enough where one of them is a blank or punctuation.
    """
    before, after = text[max(0, at - 1) : at], text[at : at + 1]
    if not before or (before < _FIRST_PREPENDED and after < _FIRST_MARK):
        return before != "\r" or after != "\n"
    grapheme = _GRAPHEME.match(text, at - 1, at + 1)
    return grapheme is None or grapheme.end() == at


def last_grapheme_boundary(text: str, start: int, limit: int) -> int:
    """Return the last boundary in `(start, limit]`, or `limit` where one grapheme fills it all.

    `start` is a boundary.
    """
    around = text[limit - 1 : limit + 1]
    if around.isascii() and around != "\r\n":
        return limit
    boundary = start
    # One more character than the limit shows whether the last grapheme goes on.
    for grapheme in _GRAPHEME.finditer(text, start, limit + 1):
        if grapheme.end() <= limit:
            boundary = grapheme.end()
    return boundary if boundary > start else limit
