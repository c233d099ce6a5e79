r"""Characters that a text spells out, such as `\n`, `\u00e9` and `&amp;`, and codes for terminals.

JSON, source code and logs write `\n` for a line end. In other texts a backslash begins a name:
`C:\new`, `\nabla`. So before a small letter, `\n` and the like are escapes only

- inside quotation marks on their line, or directly after other text, and
- not in a path that begins with a drive, a server, dots or a variable.

Outside quotation marks this is a guess, so the other reading is searched, too: `second_readings`.
"""

import re
from collections.abc import Iterator
from html import unescape
from html.entities import html5

from indexer.index.analysis.rewriting import Rewriting
from indexer.spans import Span

__all__ = ["ESCAPES", "second_readings"]

HEX = "[0-9A-Fa-f]"
ESC = r"(?:\x1b|\\u001[bB]|\\x1[bB]|\\033|\\e(?=\[))"
# What a terminal obeys and does not show: colours, titles, sets of characters.
TERMINAL = (
    rf"{ESC}\[[0-?]*+[ -/]*+[@-~]|\x9b[0-?]*+[ -/]*+[@-~]"
    rf"|{ESC}\][^\x07\x1b\n]*+(?:\x07|\x1b\\)?"
    r"|\x1b[()*+][0-9A-Za-z]|\x1b[=>78cDEHMZ]"
)
# A code point; one above U+FFFF may be two surrogates.
CODE_POINT = (
    rf"\\u(?P<high>[dD][89abAB]{HEX}{{2}})\\u(?P<low>[dD][c-fC-F]{HEX}{{2}})"
    rf"|\\(?:u(?P<u>{HEX}{{4}})|x(?P<x>{HEX}{{2}})|U(?P<U>000{HEX}{{5}})"
    rf"|u\{{(?P<b>{HEX}{{1,6}})\}})"
)
# Text that was escaped twice has `&amp;#39;`.
REFERENCE = r"&(?:amp;)*(?P<reference>\#\d{1,7}|\#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
NAMES = r"\w[^\s\\\"'<>|]*+(?:\\\w[^\s\\\"'<>|]*+)*+"
PATH = (
    rf"(?P<path>\\(?:(?<=[A-Za-z]:\\)(?<![A-Za-z0-9][A-Za-z]:\\)|(?<=\.\\)|(?<=~\\)|(?<=%\\)){NAMES}"
    rf"|\\\\\w[\w.$-]*+\\{NAMES})"
)
PATTERN = re.compile(
    rf"(?P<terminal>{TERMINAL})|{CODE_POINT}|{REFERENCE}|{PATH}"
    r"|\\(?P<sign>[\\/\"'_&%$#-])|\\(?P<letter>[nrtbfv])",
    re.ASCII,
)
BEGINNINGS = "\\&\x1b\x9b"
BEGINNING = re.compile(f"[{re.escape(BEGINNINGS)}]")
SECOND_NEEDED = re.compile(r"\\[nrtbfv][^\W\d_]")
WORD = re.compile(r"\w+")
# A name after a backslash begins after one of these.
OPENING = " \t\n\r{}$([^_&|=,"
# How far back a quotation mark is looked for, so that the time stays linear.
LOOK_BACK = 2_000


def _character(match: re.Match[str]) -> str:
    """Return what an escape stands for, or the text itself if it is none."""
    kind = str(match.lastgroup)
    match kind:
        case "terminal":
            return ""
        case "path":
            return match[0]
        case "reference":
            return _referenced(match[kind], match[0])
        case "low":
            return (
                match[0]
                .encode("ascii")
                .decode("unicode_escape")
                .encode("utf-16", "surrogatepass")
                .decode("utf-16")
            )
        case "sign":
            return match[kind]
        case "letter":
            return "\n" if _is_escape(match) else match[0]
    return _code_point(int(match[kind], 16))


def _referenced(reference: str, written: str) -> str:
    if reference[0] == "#":
        return unescape(f"&{reference};")
    return html5.get(f"{reference};", written)


def _code_point(number: int) -> str:
    is_character = number <= 0x10FFFF and not 0xD800 <= number < 0xE000
    return chr(number) if is_character else " "


def _is_escape(match: re.Match[str]) -> bool:
    r"""Return whether `\n` and the like is an escape, not the beginning of a name."""
    following = match.string[match.end() : match.end() + 1]
    return (
        not following.islower()
        or _is_quoted(match)
        or match.string[match.start() - 1 : match.start()] not in OPENING
    )


def _is_quoted(match: re.Match[str]) -> bool:
    """Return whether an odd number of quotation marks is before the match on its line."""
    text, end = match.string, match.start()
    line = text[max(text.rfind("\n", 0, end) + 1, end - LOOK_BACK) : end]
    return (line.count('"') - line.count('\\"')) % 2 == 1


def _matches(text: str) -> Iterator[re.Match[str]]:
    """Yield the escapes of a text. Looking for what they begin with is ten times as fast."""
    if not any(map(text.__contains__, BEGINNINGS)):
        return
    end = 0
    for beginning in BEGINNING.finditer(text):
        start = beginning.start()
        if start >= end and (match := PATTERN.match(text, start)):
            end = match.end()
            yield match


ESCAPES = Rewriting(_matches, _character)


def second_readings(text: str) -> Iterator[Span]:
    """Yield the words that begin with the letter of an escape which may be none."""
    if "\\" not in text or not SECOND_NEEDED.search(text):
        return
    for match in _matches(text):
        if match["letter"] is None or not _is_escape(match) or _is_quoted(match):
            continue
        following = match.string[match.end() : match.end() + 1]
        word = WORD.match(text, match.end() - 1)
        if following.islower() and word:
            yield Span(*word.span())
