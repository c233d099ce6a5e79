"""Query text -> the same text with the quotation marks and minus signs that the language knows.

A mark is replaced only where it certainly encloses or excludes something: never an apostrophe, a
dash between thoughts, or a mark inside a word. Each character is replaced by one character, so
positions stay the same.
"""

import re
from re import Match

__all__ = ["ENCLOSING_MARKS", "NO_QUOTE", "QUOTE", "QUOTES", "plain_marks"]

# These are alike.
QUOTES = '"“”„‟＂〝〞〟'
QUOTE = f"[{QUOTES}]"
NO_QUOTE = f"[^{QUOTES}]"

ENCLOSING_MARKS = "«»‹›「」『』‘‚"
MARKED = re.compile(f"[{ENCLOSING_MARKS}−–－]")
DASH = "[−–－]"
BEGINS = r"(?<![^\s(:+-])"
ENDS = r"(?=[^\w\s()]*+(?:[\s)]|\Z))"
# At the start of a word, where the mark is an apostrophe that was bent the wrong way.
ELISION = r"(?:tis|twas|til|till|em|cause|cuz|bout|round|n)\b|\d"
INSIDE = f"[^{QUOTES}{ENCLOSING_MARKS}’]"
ENCLOSED = rf"(?={INSIDE}*\w){INSIDE}*+"
ENCLOSING = re.compile(
    rf"""{BEGINS}(?:
        «{ENCLOSED}» | »{ENCLOSED}« | ‹{ENCLOSED}› | ›{ENCLOSED}‹ | 「{ENCLOSED}」 | 『{ENCLOSED}』
        | ‚{ENCLOSED}[‘’]
        | ‘(?!{ELISION})(?=\w{{2}}|\w\W+\w)(?:{INSIDE}|(?<=\w)’(?=\w))++’
          # Another mark at the end of a word might be the one that closes.
          (?![^‘]*\w’(?!\w))
    ){ENDS}""",
    re.VERBOSE | re.IGNORECASE,
)
# Text in quotation marks stays as it is.
EXCLUDING = re.compile(
    rf"{QUOTE}{NO_QUOTE}*+{QUOTE}|(?P<dash>(?<!\S){DASH}(?=[^\W\d_]{{2}}|{QUOTE}))"
)
# Such a dash is between two thoughts, so that others may be, too.
LOOSE_DASH = re.compile(rf"(?<![^\w\s]){DASH}(?:[\s)]|\Z)")


def plain_marks(text: str) -> str:
    """Return the text with `"` and `-` for the marks of other keyboards and languages."""
    if text.isascii() or not MARKED.search(text):
        return text
    quotes = sum(map(text.count, QUOTES))
    if not quotes:
        text = ENCLOSING.sub(lambda found: f'"{found[0][1:-1]}"', text)
    if quotes % 2 or LOOSE_DASH.search(text):
        return text
    return EXCLUDING.sub(_minus, text)


def _minus(found: Match[str]) -> str:
    # Dialogue begins with an en dash and a capital letter.
    is_dialogue = found["dash"] == "–" and found.string[found.end()].isupper()
    return "-" if found["dash"] and not is_dialogue else found[0]
