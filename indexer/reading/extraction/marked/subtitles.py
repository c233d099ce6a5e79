"""Subtitles (SRT and WebVTT) -> what is said, without numbers, times and tags.

A sentence may go on in the next cue, so a cue ends a line and no more. Another speaker begins a
paragraph, and so does a long pause after the end of a sentence.
"""

import codecs
import html
import re
from collections.abc import Iterator
from typing import NamedTuple

from indexer.documents import SkipReason
from indexer.reading.encodings.decoding import Refused, decode
from indexer.reading.extraction.builder import TextBuilder
from indexer.reading.extraction.pieces import (
    Extraction,
    Limits,
    MarkKind,
    NotExtracted,
    PieceKind,
    Place,
)

__all__ = ["read_subtitles"]

_TIME = r"(?:\d{1,4}:)?\d{1,2}:\d{1,2}[.,:]\d{1,3}"
_TIMES = re.compile(
    rf"(?:^|(?<=\n))(?:\d{{1,9}}[ \t]*+\r?\n)?[ \t]*+(?P<start>{_TIME})[ \t]*+-->"
    rf"[ \t]*+(?P<end>{_TIME})[^\n]*+(?:\n|\Z)"
)
_EMPTY_LINE = re.compile(r"\n[ \t]*+\r?(?=\n|\Z)")
# `<v Ann>`, `<i>`, `<c.loud>`, `<00:01.500>`, and `{\an8}` of other formats.
_TAG = re.compile(
    r"<v(?:\.[^\s<>]*+)?[ \t]++(?P<speaker>[^<>\n]++)>|</?[a-z\d][^<>\n]*+>|\{\\[^{}\n]*+\}"
)
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)\]]*\Z")
# Seconds without words, after which something else is spoken of.
_LONG_PAUSE = 5.0
# Cues that follow each other without a pause may repeat a line, so that it stays in sight.
_NO_PAUSE = 0.1


class _Cue(NamedTuple):
    """The times of a cue in seconds, and the range of its text."""

    start: float
    end: float
    text_start: int
    text_end: int

    @property
    def label(self) -> str:
        seconds = int(self.start)
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def read_subtitles(path: str, content: bytes, limits: Limits) -> Extraction:
    """Return what is said. Raises NotExtracted if there is no cue."""
    found = decode(content)
    if isinstance(found, Refused):
        raise NotExtracted(found.reason, found.detail)
    writer = _Writer(content, found.encoding, limits)
    for cue in _cues(writer.text):
        writer.cue(cue)
    return writer.builder.finish()


def _cues(text: str) -> Iterator[_Cue]:
    """Yield the cues in order. In WebVTT an empty line ends one; in SRT only the next one does."""
    is_vtt = text.startswith("WEBVTT")
    times = _TIMES.search(text)
    if times is None:
        raise NotExtracted(SkipReason.NO_TEXT, "it has no cue with times")
    while times is not None:
        following = _TIMES.search(text, times.end())
        end = following.start() if following else len(text)
        if is_vtt and (empty := _EMPTY_LINE.search(text, times.end() - 1, end)):
            end = empty.start()
        yield _Cue(_seconds(times["start"]), _seconds(times["end"]), times.end(), end)
        times = following


def _seconds(time: str) -> float:
    *hours, minutes, seconds, thousandths = map(int, re.split("[:.,]", time))
    return sum(hours) * 3600 + minutes * 60 + seconds + thousandths / 1000


class _Writer:
    """Writes the lines of cues. They are taken in order, so bytes are counted once."""

    def __init__(self, content: bytes, encoding: str, limits: Limits) -> None:
        codec, start = _without_mark(content, encoding)
        self.text = content[start:].decode(codec)
        self.builder = TextBuilder(limits)
        self.builder.place(Place(encoding=codec), content)
        self._codec = codec
        self._character, self._byte = 0, start
        self._is_vtt = self.text.startswith("WEBVTT")
        self._speaker = ""
        self._last_line = ""
        self._last_end = 0.0

    def cue(self, cue: _Cue) -> None:
        if cue.start - self._last_end > _LONG_PAUSE and _SENTENCE_END.search(self._last_line):
            self.builder.line_break(2)
        follows_at_once = abs(cue.start - self._last_end) < _NO_PAUSE
        is_marked = False
        start = cue.text_start
        while start < cue.text_end:
            end = self.text.find("\n", start, cue.text_end)
            end = cue.text_end if end < 0 else end
            line = _TAG.sub("", self.text[start:end]).strip()
            is_repeated = follows_at_once and line == self._last_line and not is_marked
            if line and not is_repeated:
                if not is_marked:
                    self.builder.mark(MarkKind.CUE, cue.label)
                    is_marked = True
                self._line(start, end)
                self._last_line = line
            start = end + 1
        self._last_end = cue.end

    def _line(self, start: int, end: int) -> None:
        self.builder.line_break()
        position = start
        for tag in _TAG.finditer(self.text, start, end):
            self._words(position, tag.start())
            if tag["speaker"] and tag["speaker"] != self._speaker:
                self._speaker = tag["speaker"]
                self.builder.line_break(2)
                self._words(*tag.span("speaker"))
                self.builder.line_break()
            position = tag.end()
        self._words(position, end)

    def _words(self, start: int, end: int) -> None:
        """Write a part of a line without the blanks around it."""
        part = self.text[start:end]
        words = part.strip()
        if words:
            start += part.index(words)
            if part[0].isspace():
                self.builder.blank()
            source = self._byte_at(start), self._byte_at(start + len(words))
            text = html.unescape(words) if self._is_vtt else words
            kind = PieceKind.VERBATIM if text == words else PieceKind.REFERENCE
            self.builder.add(kind, text, *source)
        if part and part[-1].isspace():
            self.builder.blank()

    def _byte_at(self, character: int) -> int:
        between = self.text[self._character : character]
        self._byte += len(between.encode(self._codec))
        self._character = character
        return self._byte


def _without_mark(content: bytes, encoding: str) -> tuple[str, int]:
    """Return the codec for any run of the bytes, and where they begin after a byte order mark."""
    if encoding == "utf-8-sig":
        return "utf-8", len(codecs.BOM_UTF8)
    if encoding == "utf-16":
        is_little = content.startswith(codecs.BOM_UTF16_LE)
        return ("utf-16-le" if is_little else "utf-16-be"), len(codecs.BOM_UTF16_LE)
    return encoding, 0
