"""Where text may be cut: between grapheme clusters, what people see as one character.

Unicode Standard Annex 29, https://www.unicode.org/reports/tr29/
"""

import regex

__all__ = ["FIRST_MARK", "FIRST_PREPENDED", "is_grapheme_boundary", "last_grapheme_boundary"]

# No lower character belongs to the one before it, such as a combining mark.
FIRST_MARK = "\u0300"
# To no lower one belongs what is behind it, even a blank; some Arabic and Indic signs are such.
FIRST_PREPENDED = "\u0600"
_GRAPHEME = regex.compile(r"\X")


def is_grapheme_boundary(text: str, at: int) -> bool:
    """Return whether a cut at this place cuts through no grapheme.

    Looks at the two characters beside it: enough where one of them is a blank or punctuation.
    """
    before, after = text[max(0, at - 1) : at], text[at : at + 1]
    if before < FIRST_PREPENDED and after < FIRST_MARK:
        return before != "\r" or after != "\n"
    return not before or not after or len(_GRAPHEME.findall(before + after)) == 2


def last_grapheme_boundary(text: str, start: int, limit: int) -> int:
    """Return the last boundary in `(start, limit]`, or `limit` where one grapheme fills it all.

    `start` is a boundary.
    """
    around = text[limit - 1 : limit + 1]
    if around.isascii() and around != "\r\n":
        return limit
    # One more character than the limit shows whether the last grapheme goes on. A part is looked at
    # by itself: in the whole text, flags are counted back to the first one.
    ends = [start + grapheme.end() for grapheme in _GRAPHEME.finditer(text[start : limit + 1])]
    return max([end for end in ends if end <= limit], default=limit)
