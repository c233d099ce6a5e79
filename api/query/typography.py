"""Query text -> the same text with the quotation marks and minus signs that the language knows.

A mark is replaced only where it certainly encloses or excludes something: never an apostrophe, a
dash between thoughts, or a mark inside a word. Each character is replaced by one character, so
positions stay the same.
"""

import re
from re import Match

from indexer.index.analysis.gershayim import with_gershayim

__all__ = ["ENCLOSING_MARKS", "NO_QUOTE", "QUOTE", "QUOTES", "plain_marks"]

# These are alike.
QUOTES = '"“”„‟＂〝〞〟'
QUOTE = f"[{QUOTES}]"
NO_QUOTE = f"[^{QUOTES}]"

ENCLOSING_MARKS = "«»‹›「」『』‘‚"
MARKED = re.compile(f"[{ENCLOSING_MARKS}−–－]")
DASH = "[−–－]"
BEGINS = r"(?<![^\s(:+\-−–－])"
ENDS = r"(?=[^\w\s()]*+(?:[\s)]|\Z))"
# At the start of a word, where the mark is an apostrophe that was bent the wrong way.
ELISION = r"(?:tis|twas|til|till|em|cause|cuz|bout|round|n)\b|\d"
INSIDE = f"[^{QUOTES}{ENCLOSING_MARKS}’]"
NESTED = rf"{QUOTE}{INSIDE}++{QUOTE}"
ENCLOSED = rf"(?=[^{ENCLOSING_MARKS}]*\w)(?:{INSIDE}|{NESTED}|(?<=\w)’(?=\w))*+"
ENCLOSING = re.compile(
    rf"""{BEGINS}(?:
        «{ENCLOSED}» | »{ENCLOSED}« | ‹{ENCLOSED}› | ›{ENCLOSED}‹ | 「{ENCLOSED}」 | 『{ENCLOSED}』
        | ‚{ENCLOSED}[‘’]
        | ‘(?!{ELISION})(?=\w{{2}}|\w\W+\w)(?:{INSIDE}|{NESTED}|(?<=\w)’(?=\w))++’
          # Another mark at the end of a word might be the one that closes.
          (?![^‘]*\w’(?!\w))
    ){ENDS}""",
    re.VERBOSE | re.IGNORECASE,
)
# Curly marks inside straight ones, and the other way round, are nested if they enclose whole words.
CURLY = "“”„‟"
QUOTED = re.compile(
    rf"""{BEGINS}(?: "(?:[^"{CURLY}]|(?<!\w)[“„‟][^"{CURLY}]++[“”](?!\w))*+"
        | “(?:[^"{CURLY}]|(?<!\w)"[^"{CURLY}]++"(?!\w))*+”
        | „(?:[^"{CURLY}]|(?<!\w)"[^"{CURLY}]++"(?!\w))*+[“”] ){ENDS}""",
    re.VERBOSE,
)
# Other marks inside marks that enclose the whole query. An odd number of them, as in a pasted part
# of a text, cannot enclose words.
WHOLE = re.compile(r"""(\s*+[+-]?)("[^"]*+"|“[^“”]*+”)(\s*+)""")
QUOTATION_MARKS = re.compile(QUOTE)
# Text in quotation marks stays as it is.
EXCLUDING = re.compile(
    rf"{QUOTE}{NO_QUOTE}*+{QUOTE}|(?P<dash>(?<!\S){DASH}(?=[^\W\d_]{{2}}|{QUOTE}))"
)
# Such a dash is between two thoughts, so that others may be, too.
LOOSE_DASH = re.compile(rf"(?<![^\w\s]){DASH}(?:[\s)]|\Z)")


def plain_marks(text: str) -> str:
    """Return the text with `"` and `-` for the marks of other keyboards and languages.

    The marks of a quotation inside another become blanks, because they end nothing.
    """
    if text.isascii():
        return text
    text = with_gershayim(text)
    whole = WHOLE.fullmatch(text)
    if whole and len(QUOTATION_MARKS.findall(whole[2])) % 2:
        return whole[1] + _without_inner_marks(whole[2]) + whole[3]
    text = QUOTED.sub(lambda found: _without_inner_marks(found[0]), text)
    if not MARKED.search(text):
        return text
    if not QUOTATION_MARKS.search(ENCLOSING.sub("", text)):
        text = ENCLOSING.sub(_in_straight_marks, text)
    if len(QUOTATION_MARKS.findall(text)) % 2 or LOOSE_DASH.search(text):
        return text
    return EXCLUDING.sub(_minus, text)


def _in_straight_marks(found: Match[str]) -> str:
    return f'"{QUOTATION_MARKS.sub(" ", found[0][1:-1])}"'


def _without_inner_marks(text: str) -> str:
    return text[0] + QUOTATION_MARKS.sub(" ", text[1:-1]) + text[-1]


def _minus(found: Match[str]) -> str:
    # Dialogue begins with an en dash and a capital letter.
    is_dialogue = found["dash"] == "–" and found.string[found.end()].isupper()
    return "-" if found["dash"] and not is_dialogue else found[0]
