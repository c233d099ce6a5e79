"""RTF -> its text, control word by control word.

Only what is text of the document is taken: no pictures, fields' instructions, hidden or deleted
words. Notes follow the paragraph that they belong to.
"""

import re
from collections import deque
from contextlib import nullcontext
from dataclasses import dataclass, replace

from indexer.documents import SkipReason
from indexer.reading.extraction.builder import TextBuilder
from indexer.reading.extraction.marked.rtf_controls import (
    BREAKS,
    CHARSETS,
    IGNORED,
    codec_of_page,
)
from indexer.reading.extraction.pieces import (
    Extraction,
    Limits,
    Metadata,
    NotExtracted,
    PieceKind,
    Place,
)
from indexer.reading.extraction.reconstruction import RTF_CHARACTERS, decoded

__all__ = ["read_rtf"]

_TOKEN = re.compile(
    rb"""(?P<text>[^\\{}\r\n\t\x00]++)
    | (?P<open>\{)
    | (?P<close>\})
    | (?P<hex>(?:\\'[0-9a-fA-F]{2})++)
    | \\(?P<word>[a-zA-Z]{1,32}+)(?P<number>-?\d{1,10}+)?+[ ]?+
    | \\(?P<symbol>[^a-zA-Z'])
    | (?P<tab>\t++)
    | .""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = re.compile(rb"[^ ]++(?:[ ][^ ]++)*+")
_FONT = re.compile(rb"\\f(\d{1,6}+)(?=\\)[^{};]{0,200}?\\fcharset(\d{1,3}+)")
_HEADING_STYLE = re.compile(rb"\\s(\d{1,5}+)\\[^{};]{0,1000}?[ ][Hh]eading (\d)(?=;)")
_PAGE = re.compile(rb"\\ansicpg(\d{1,6}+)")
_HEAD_BYTES = 64 << 10
_STYLES_BYTES = 256 << 10
_SYMBOLS = 2  # the charset of fonts in which letters are pictures
# Groups that follow the paragraph in which they are, and those of them that every page repeats.
_MARGINS = frozenset(f"{edge}{of}" for edge in ("header", "footer") for of in ("", "l", "r", "f"))
_LATER = frozenset(["footnote", "annotation", "shptxt"]) | _MARGINS
_MOST_NESTED = 1_000
_BLANKS = frozenset(["enspace", "emspace", "qmspace"])


@dataclass(slots=True)
class _State:
    """What holds in a group, until its end.

    `target`: "body", "shape", "info", "title", "author", or empty where nothing is text.
    `codec` is empty for fonts of pictures.
    """

    codec: str
    target: str = "body"
    fallback: int = 1  # how many characters follow one of Unicode, for old programs
    level: int = 0  # of the heading that the paragraph is, or 0
    in_table: bool = False
    hidden: bool = False
    begins: bool = True  # whether nothing of the group has been read
    ignorable: bool = False  # whether it begins with a star


def read_rtf(path: str, content: bytes, limits: Limits) -> Extraction:
    """Return the text of an RTF file. Raises NotExtracted if it has none or is not RTF."""
    if not content.startswith(b"{\\rtf"):
        raise NotExtracted(SkipReason.DAMAGED, "it does not begin as an RTF file does")
    return _Writer(content, limits).extraction()


class _Writer:
    """Writes the text of an RTF file with a builder."""

    def __init__(self, content: bytes, limits: Limits) -> None:
        page = _PAGE.search(content, 0, _HEAD_BYTES)
        self._codec = codec_of_page(int(page[1]) if page else 1252)
        self._fonts = {
            int(number): "" if int(charset) == _SYMBOLS else CHARSETS.get(int(charset), self._codec)
            for number, charset in _FONT.findall(content, 0, _HEAD_BYTES)
        }
        styles = max(content.find(b"\\stylesheet"), 0)
        self._styles = {
            int(number): int(level)
            for number, level in _HEADING_STYLE.findall(content, styles, styles + _STYLES_BYTES)
        }
        self._content = content
        self._builder = TextBuilder(limits)
        self._places: dict[str, int] = {}
        self._named: dict[str, list[str]] = {"title": [], "author": []}
        self._later: deque[tuple[int, _State, bool]] = deque()
        self._is_later = False
        self._in_paragraph = False
        self._skipped = 0  # characters for old programs that are still to come
        self._half: tuple[int, int] | None = None  # where a character of two halves begins

    def extraction(self) -> Extraction:
        self._read(0, _State(self._codec))
        self._end_paragraph(2)
        title, author = ("".join(self._named[name]).strip() for name in ("title", "author"))
        return self._builder.finish(Metadata(title=title or None, author=author or None))

    def _read(self, position: int, state: _State) -> None:
        """Read from there to the end of the group."""
        groups: list[_State] = []
        while token := _TOKEN.match(self._content, position):
            position = token.end()
            match token.lastgroup:
                case "text":
                    self._text(state, *token.span())
                case "open":
                    groups.append(state)
                    if len(groups) > _MOST_NESTED:
                        raise NotExtracted(
                            SkipReason.TOO_COSTLY, "its groups are nested too deeply"
                        )
                    state = replace(state, begins=True, ignorable=False)
                    continue
                case "close":
                    if not groups:
                        return
                    state, self._skipped = groups.pop(), 0
                case "hex":
                    position = self._bytes(state, *token.span())
                case "word" | "number":
                    number = int(token["number"]) if token["number"] else None
                    word = token["word"].decode("ascii")
                    if word == "bin":
                        position += max(number or 0, 0)
                    elif not (state.begins and self._begin_group(state, word, position)):
                        self._control(state, word, number, token)
                case "symbol":
                    if token["symbol"] == b"*" and state.begins:
                        state.ignorable = True
                        continue
                    self._symbol(state, token)
                case "tab":
                    self._tab(state)
            state.begins = False

    def _begin_group(self, state: _State, word: str, position: int) -> bool:
        """Let the group be what its first control word says. Return whether it says anything."""
        if word in _LATER:
            is_shown = state.target == ("shape" if word == "shptxt" else "body")
            if is_shown and not self._is_later:
                later = replace(state, target="body", begins=False, level=0, in_table=False)
                self._later.append((position, later, word in _MARGINS))
            state.target = ""
        elif word == "shpinst":
            state.target = "shape" if state.target == "body" else ""
        elif word == "info":
            state.target = "info"
        elif state.target == "info":
            # LibreOffice writes the author twice.
            state.target = word if self._named.get(word) == [] else "info"
        elif word in IGNORED or state.ignorable:
            state.target = ""
        else:
            return False
        return True

    def _control(
        self, state: _State, word: str, number: int | None, token: re.Match[bytes]
    ) -> None:
        match word:
            case "u" if number is not None:
                self._unicode(state, number, *token.span())
                self._skipped = state.fallback
                return
            case "uc":
                state.fallback = max(number or 0, 0)
            case "f":
                state.codec = self._fonts.get(number or 0, self._codec)
            case "plain":
                state.codec, state.hidden = self._codec, False
            case "pard":
                state.level, state.in_table = 0, False
            case "outlinelevel" if number is not None:
                state.level = number + 1 if 0 <= number < 9 else 0
            case "s" if number in self._styles:
                state.level = self._styles[number]
            case "intbl":
                state.in_table = True
            case "v" | "deleted":
                state.hidden = number != 0
            case "tab" | "cell" | "nestcell":
                self._tab(state)
            case _ if word in _BLANKS or (word == "par" and state.in_table):
                self._blank(state)
            case _ if word in BREAKS:
                if state.target == "body":
                    self._end_paragraph(BREAKS[word])
            case _ if word in RTF_CHARACTERS:
                self._add(state, PieceKind.CONTROL, *token.span())
        self._skipped = 0

    def _symbol(self, state: _State, token: re.Match[bytes]) -> None:
        symbol = token["symbol"].decode("latin-1")
        if self._skipped:
            self._skipped -= 1
        elif symbol == "~":
            self._blank(state)
        elif symbol in "\r\n":
            if state.target == "body":
                self._end_paragraph(2)
        elif symbol in RTF_CHARACTERS:
            self._add(state, PieceKind.CONTROL, *token.span())

    def _text(self, state: _State, start: int, end: int) -> None:
        skipped = min(self._skipped, end - start)
        self._skipped -= skipped
        start += skipped
        last = start
        for words in _WORDS.finditer(self._content, start, end):
            if words.start() > last:
                self._blank(state)
            self._add(state, PieceKind.VERBATIM, *words.span())
            last = words.end()
        if last < end:
            self._blank(state)

    def _bytes(self, state: _State, start: int, end: int) -> int:
        """Write characters given as hexadecimal bytes; return where they end."""
        skipped = min(self._skipped, (end - start) // 4)
        self._skipped -= skipped
        start += 4 * skipped
        if start < end and not self._add(state, PieceKind.CONTROL, start, end):
            # The second byte of a character may be a letter.
            return end + self._add(state, PieceKind.CONTROL, start, end + 1)
        return end

    def _unicode(self, state: _State, number: int, start: int, end: int) -> None:
        unit = number & 0xFFFF
        if 0xD800 <= unit < 0xDC00:
            self._half = (start, end)
            return
        if 0xDC00 <= unit < 0xE000 and self._half is not None:
            start = self._half[0]
        self._half = None
        if unit >= 0x20:
            self._add(state, PieceKind.CONTROL, start, end)

    def _add(self, state: _State, kind: PieceKind, start: int, end: int) -> bool:
        """Write a piece where the state says. Return whether these bytes are text."""
        if state.hidden or not state.codec or state.target in ("", "info", "shape"):
            return True
        place = Place(encoding=state.codec)
        try:
            text = decoded(kind, place, self._content[start:end])
        except NotExtracted:
            return False
        if state.target != "body":
            self._named[state.target].append(text)
            return True
        if state.codec not in self._places:
            self._places[state.codec] = self._builder.place(place, self._content)
        self._builder.enter(self._places[state.codec])
        if not self._in_paragraph and state.level and not state.in_table:
            self._builder.heading(state.level)
        self._in_paragraph = True
        self._builder.add(kind, text, start, end)
        return True

    def _blank(self, state: _State) -> None:
        if state.target == "body":
            if not state.hidden:
                self._builder.blank()
        elif state.target in self._named:
            self._named[state.target].append(" ")

    def _tab(self, state: _State) -> None:
        if state.target == "body" and not state.hidden:
            self._builder.tab()

    def _end_paragraph(self, breaks: int) -> None:
        """End a line or a paragraph, and write what belongs after a paragraph."""
        self._builder.end_heading()
        self._builder.line_break(breaks)
        self._in_paragraph = False
        if self._is_later or breaks < 2:
            return
        self._is_later = True
        while self._later:
            position, state, is_margin = self._later.popleft()
            with self._builder.repeated() if is_margin else nullcontext():
                self._read(position, state)
            self._builder.line_break(2)
            self._in_paragraph = False
        self._is_later = False
