"""Query text -> tokens: where operators may act, and what they contain. Pure.

An operator begins at the start, after a blank, or after a parenthesis that itself begins there. It
ends at a blank, at a closing parenthesis or at the end. Punctuation may follow a closing quotation
mark or parenthesis. Inside a word there are no operators.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from api.query.typography import ENCLOSING_MARKS, NO_QUOTE, QUOTE, QUOTES, plain_marks
from indexer.index.clauses import Leaf, Phrase, Prefix, Typo, Words

__all__ = ["BARE_VALUE", "CURRENCY", "FIELDS", "Token", "group_ends", "tokenize", "unquoted"]

PREFIX_CHARS = range(2, 1_000)
# Longer words are keys or encoded data, and have too many neighbours to look up quickly.
TYPO_CHARS = range(3, 41)

# The filters by their names, and by those that other search engines give them.
FIELDS = {
    "path": "path",
    "filename": "path",
    "folder": "folder",
    "title": "title",
    "intitle": "title",
    "type": "type",
    "ext": "ext",
    "author": "author",
    "filetype": "ext",
    "after": "after",
    "since": "after",
    "before": "before",
    "until": "before",
}

# The quantifiers are possessive, so no pattern backtracks.
# Other search engines let a phrase have gaps, "like this"~5.
PHRASE = rf"""{QUOTE}[^\w{QUOTES}]*+\w{NO_QUOTE}*+{QUOTE}(?:~\d++)?+[^\w\s(){QUOTES}]*+"""
VALUE = rf"""(?:[^\s(){QUOTES}]++|\([^\s(){QUOTES}]*+\))++"""
# Marks that may enclose a value are no part of it.
BARE = rf"[^\s(){QUOTES}{ENCLOSING_MARKS}]"
FILTER_VALUE = rf"(?:{BARE}++|\({BARE}*+\))++"
WORD = r"(?:[^\s()]++|\([^\s()]*+\))++"
FIELD = f"(?i:{'|'.join(FIELDS)}):"
END = r"(?=[\s)]|\Z)"
# The operators between words, from several search engines.
OR = rf"(?:OR|\|\|?){END}"
AND = rf"(?:AND|&&){END}"
NOT = rf"NOT{END}"
NEAR = rf"(?:(?:NEAR|ADJ)(?:[/:]?\d++)?|(?i:w|n|pre|within)/\d++){END}"
# The plus sign before these is certainly no part of a number; a minus sign may be one.
CURRENCY = "[$¢£¤¥฿₠-⃀＄￡￥]"
AMOUNT = rf"{CURRENCY}\d|\d[\d.,]*+(?:%|‰|{CURRENCY})(?!\w)"
SECTION = r"[§¶]\s?"
MARKABLE = rf"[^\W\d_]|{SECTION}\w|\(|{QUOTE}"
# An option of a command, such as -v. In scripts without case, one letter may be a whole word.
OPTION = rf"(?<=-)[A-Za-zÀ-ɏͰ-ԯḀ-ỿἀ-῿](?![+#])[^\w\s(){QUOTES}]*+{END}"

OPERATOR = re.compile(
    rf"""(?P<mark>[+-](?={MARKABLE})|\+(?={AMOUNT}))?
    (?: (?P<open>\()
      | (?P<filter>{FIELD}(?:{PHRASE}|{FILTER_VALUE}){END})
      | (?P<phrase>{PHRASE}{END})
      # Plain, but whole, so that its second mark cannot open a phrase.
      | (?P<quotation>(?:{FIELD})?{QUOTE}{NO_QUOTE}*+{QUOTE})
      | (?P<unclosed>(?=(?:{FIELD})?{QUOTE}{NO_QUOTE}*+\Z){WORD})
      | (?P<expanded>[^\s(){QUOTES}*~]++(?:\*|~(?:\d++(?:\.\d++)?)?+){END})
      | (?<![+-])(?: (?P<or>{OR}) | (?P<and>{AND}) | (?P<not>{NOT}) | (?P<near>{NEAR}) )
      | (?P<option>{OPTION})
      | (?(mark)(?P<marked>(?!{OR}|{AND}|{NOT}|{NEAR})(?:{SECTION})?{VALUE}){END}|(?!))
    )""",
    re.VERBOSE,
)
PLAIN = re.compile(rf"""(?P<open>\()|(?P<close>\)[^\w\s(){QUOTES}]*+)|(?P<word>{WORD})""")
NOT_BLANK = re.compile(r"\S")
BARE_VALUE = re.compile(FILTER_VALUE)
ENDS = re.compile(END)
TYPO = re.compile(r"(.+)~[\d.]*")
JOINTS = frozenset({"or", "and", "not", "near"})


class Token(NamedTuple):
    """A piece of a query; `kind` is the named group of the pattern that matched it.

    `text` has single blanks and begins with `mark`. `spaced`: a blank is before it. `fresh`: an
    operator may begin there; one with a mark may begin only after a blank.
    """

    kind: str
    text: str
    mark: str
    start: int
    end: int
    spaced: bool
    fresh: bool

    @property
    def unmarked(self) -> str:
        return self.text.removeprefix(self.mark)

    @property
    def acts(self) -> bool:
        """Whether the token may be an operator in this place."""
        return self.spaced or (self.fresh and not self.mark)

    @property
    def bears_word(self) -> bool:
        return self.kind not in JOINTS and any(map(str.isalnum, self.text))

    @property
    def leaf(self) -> Leaf | None:
        """The leaf of the token; None for plain text, filters and parentheses."""
        text = self.unmarked
        match self.kind:
            case "phrase":
                return Phrase(unquoted(text))
            case "marked":
                return Words(text)
            case "expanded" if text[-1] == "*" and _is_word(text[:-1], PREFIX_CHARS):
                return Prefix(text[:-1])
            case "expanded" if (typo := TYPO.fullmatch(text)) and _is_word(typo[1], TYPO_CHARS):
                return Typo(typo[1])
        return None


def tokenize(text: str) -> Iterator[Token]:
    """Yield the pieces of the text in their order, without the blanks between them."""
    text = plain_marks(text)
    end, spaced, opened = 0, True, False
    while found := NOT_BLANK.search(text, end):
        start = found.start()
        spaced = spaced or start > end
        fresh = spaced or opened
        patterns = (OPERATOR, PLAIN) if fresh else (PLAIN,)
        match = next(filter(None, (pattern.match(text, start) for pattern in patterns)))
        mark = (match["mark"] or "") if match.re is OPERATOR else ""
        kind, end = str(match.lastgroup), match.end()
        yield Token(kind, " ".join(match[0].split()), mark, start, end, spaced, fresh)
        opened = fresh and kind == "open"
        # A filter is removed from the text, so text that directly follows it starts a new word.
        spaced = kind == "filter"


def group_ends(text: str, tokens: Sequence[Token]) -> dict[int, int]:
    """Return the index of each closing parenthesis by its opening one, for groups with an OR."""
    joins = (
        token.kind == "or" and all(each.bears_word for each in tokens[max(0, i - 1) : i + 2 : 2])
        for i, token in enumerate(tokens)
    )
    joined = list(accumulate(joins))
    ends: dict[int, int] = {}
    opened: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind == "open":
            opened.append(index)
        elif token.kind == "close" and opened:
            start = opened.pop()
            acts = tokens[start].acts and ENDS.match(text, token.end)
            if acts and joined[start] < joined[index]:
                ends[start] = index
    return ends


def unquoted(text: str) -> str:
    """Return the text between two quotation marks, or the whole text if there are none."""
    parts = re.split(QUOTE, text)
    return parts[1].strip() if len(parts) == 3 else text


def _is_word(text: str, lengths: range) -> bool:
    """Return whether the text is all letters, digits and combining marks, and of a valid length."""
    return len(text) in lengths and all(unicodedata.category(each)[0] in "LMN" for each in text)
