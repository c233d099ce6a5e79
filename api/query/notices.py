"""What is said about text that looks like an operator but is read in another way. Pure."""

import re
from typing import NamedTuple

from api.query.query import QueryWarning
from api.query.query_tokens import CURRENCY, Token

__all__ = ["Notice", "Warnings", "notice_of_operator", "notice_of_text"]

# The fields of other search engines that have no equal here.
# fmt: off
FOREIGN_FIELDS = (
    "allintext", "allintitle", "bcc", "body", "category", "cc", "content", "created",
    "date", "domain", "from", "has", "host", "in", "intext", "inurl", "is", "keyword", "label",
    "lang", "language", "link", "modified", "owner", "project", "related", "repo", "sender", "site",
    "size", "source", "subject", "tag", "tags", "text", "to", "url", "user", "year",
)
# fmt: on
FOREIGN = re.compile(rf"(?i:[+-]?({'|'.join(FOREIGN_FIELDS)}):)[^\s/:]")
LETTERS = r"[^\W\d_]"
WILDCARD = re.compile(rf"\*{LETTERS}{{2,}}|{LETTERS}{{2,}}[*?]+{LETTERS}+(?:[*?]{LETTERS}*)*")
REGEX = re.compile(r"/(?=[^/]*[][\\^$|?*+(){}])[^/]+/[a-z]?")
DASHED = re.compile(rf"[−–－]{LETTERS}{{2}}")
# Numbers that one may want to require or to leave out: percentages, amounts of money, years, and
# those with letters. Hardly anybody means that by a shorter one, as in "-5 degrees".
SIGNED = re.compile(
    rf"[+-](?:{CURRENCY}\d[\d.,]*+|\d[\d.,]*+(?:%|‰|{CURRENCY}|{LETTERS}\w*+)|\d{{4}})"
)
SLOP = re.compile(r"~\d+")
DISTANCE = re.compile(r"~(?!1?$)")
WORDS = "was read as words"


class Notice(NamedTuple):
    """How a part of a query was read. `code` is published."""

    code: str
    message: str


class Warnings:
    """The warnings about one query: each once, at the first place where it applies."""

    def __init__(self) -> None:
        self._by_message: dict[str, QueryWarning] = {}

    def add(self, notice: Notice | None, token: Token) -> None:
        """Add the notice as a warning about the token, if there is one."""
        if notice is not None:
            warning = QueryWarning(notice.code, notice.message, token.start)
            self._by_message.setdefault(notice.message, warning)

    def listed(self) -> tuple[QueryWarning, ...]:
        return tuple(self._by_message.values())


def notice_of_operator(token: Token) -> Notice | None:
    """Return how an operator differs from the same one of other search engines, if it does."""
    match token.kind:
        case "phrase" if SLOP.search(token.text):
            return Notice("proximity", f"{token.text} {PROXIMITY.format('a phrase without gaps')}")
        case "near":
            return Notice("proximity", f"{token.text} {PROXIMITY.format('a blank')}")
        case "expanded" if DISTANCE.search(token.text):
            word = token.unmarked.partition("~")[0]
            message = f"{token.text} was read as {word}~: it allows for one typing error"
            return Notice("typo_distance", message)
    return None


PROXIMITY = "was read as {}: a distance between words cannot be asked for"


def notice_of_text(token: Token) -> Notice | None:
    """Return how plain text was read, if it looks like an operator."""
    text = token.text
    match token.kind:
        case "or":
            hint = "for alternatives, use parentheses, as in (a OR b)"
            return Notice("stray_or", f"{_as_text(text)}: {hint}")
        case "and":
            return Notice("stray_and", f"{_as_text(text)}: to require words, type +a +b")
        case "not":
            return Notice("stray_not", f"{_as_text(text)}: to leave out a word, type -word")
        case "expanded" if token.unmarked[0].isalpha() and text[-1] in "*~" and not token.leaf:
            hint = "* needs at least two letters before it, and ~ three to forty"
            return Notice("stray_operator", f"{text} {WORDS}: {hint}")
        case "unclosed":
            message = "The quotation mark is not closed: the text after it was read as words"
            return Notice("unclosed_quote", message)
        case "option":
            return Notice("command_option", f"{text} was read as a word: {_in_quotes(text)}")
        case "word" | "marked":
            return _notice_of_word(text, spaced=token.spaced)
    return None


def _notice_of_word(text: str, *, spaced: bool) -> Notice | None:
    if field := FOREIGN.match(text):
        known = "path:, title:, type:, ext:, after: and before:"
        return Notice("unknown_field", f"{field[0][:-1]} {WORDS}: the filters are {known}")
    if REGEX.fullmatch(text):
        return Notice("stray_operator", f"{text} {WORDS}: regular expressions are not supported")
    if WILDCARD.fullmatch(text):
        hint = "* acts only at the end of a word, and ? never"
        return Notice("stray_operator", f"{text} {WORDS}: {hint}")
    if spaced and SIGNED.fullmatch(text.rstrip(".,;:!?")):
        return Notice("signed_number", f"{text} {WORDS}: {_in_quotes(text)}")
    if spaced and DASHED.match(text):
        hint = "to leave out a word, type the minus sign of the keyboard before it"
        return Notice("stray_operator", f"{text} {WORDS}: {hint}")
    return None


def _in_quotes(text: str) -> str:
    """Return how to type the text so that its sign acts."""
    purpose = "require it" if text[0] == "+" else "leave it out"
    return f'to {purpose}, type {text[0]}"{text[1:].rstrip(".,;:!?")}"'


def _as_text(joint: str) -> str:
    return f"{joint} was read as {'a word' if joint.isalpha() else 'text'}"
