"""Find where text may be cut: between grapheme clusters, which people see as single characters.

Unicode Standard Annex 29, https://www.unicode.org/reports/tr29/
"""

import re

import regex

__all__ = [
    "FIRST_MARK",
    "FIRST_PREPENDED",
    "is_grapheme_boundary",
    "last_grapheme_boundary",
    "next_content",
]

# No character below this code point joins the one before it, as a combining mark does.
FIRST_MARK = "\u0300"
# No character below this code point joins the one after it, as some Arabic and Indic signs do, even
# when a blank follows.
FIRST_PREPENDED = "\u0600"
_NOT_BLANK = re.compile(r"\S")
_GRAPHEME = regex.compile(r"\X")


def is_grapheme_boundary(text: str, at: int) -> bool:
    """Return whether a cut at this position leaves all graphemes whole.

    Only the two characters next to it are examined, which is enough if one of them is a blank or
    punctuation.
    """
    before, after = text[max(0, at - 1) : at], text[at : at + 1]
    if before < FIRST_PREPENDED and after < FIRST_MARK:
        return before != "\r" or after != "\n"
    return not before or not after or len(_GRAPHEME.findall(before + after)) == 2


def last_grapheme_boundary(text: str, start: int, limit: int) -> int:
    """Return the last boundary in `(start, limit]`, or `limit` if a single grapheme fills it.

    `start` must be a boundary.
    """
    around = text[limit - 1 : limit + 1]
    if around.isascii() and around != "\r\n":
        return limit
    # One character beyond the limit shows whether the last grapheme continues. Only this part is
    # searched: in the whole text, flags would be counted back to the first one.
    ends = [start + grapheme.end() for grapheme in _GRAPHEME.finditer(text[start : limit + 1])]
    return max([end for end in ends if end <= limit], default=limit)


def next_content(text: str, at: int) -> int:
    """Return the first position from here on that is not blank, or the end of the text.

    A blank that carries a combining mark counts as content.
    """
    if " " < text[at : at + 1] < FIRST_PREPENDED and not text[at].isspace():
        return at
    found = _NOT_BLANK.search(text, at)
    if not found:
        return len(text)
    start = found.start()
    return start if start == at or is_grapheme_boundary(text, start) else start - 1
