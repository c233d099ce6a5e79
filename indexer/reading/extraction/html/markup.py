"""The text of a run of markup, token by token.

There is no tree: elements are often left open, and none may swallow the rest of the page.
"""

import html
import re

import turbohtml
from turbohtml import Token, TokenType

from indexer.documents import SkipReason
from indexer.reading.extraction.builder import TextBuilder
from indexer.reading.extraction.html.hidden import Hidden
from indexer.reading.extraction.html.metadata import PageMetadata
from indexer.reading.extraction.html.source import (
    ByteOffsets,
    LineStarts,
    length_in_source,
    with_plain_ends,
)
from indexer.reading.extraction.html.tags import (
    BREAKS,
    HEADINGS,
    KEEPS_LINES,
    RAW_MARKUP,
    SKIPPED,
)
from indexer.reading.extraction.html.zones import Lines, Zones, repeated_spans
from indexer.reading.extraction.pieces import NotExtracted, PieceKind

__all__ = ["Markup"]

# Words with single blanks between them.
_RUN = re.compile(r"[^\x00-\x20]+(?: [^\x00-\x20]+)*")
# What the tokenizer leaves out of the middle of a text.
_LEFT_OUT = re.compile(r"</>")
_XML = re.compile(
    r"\s*<\?xml\b|(?:\s*<!(?:--.*?--|doctype[^>]*)>)*\s*<html\b[^>]*\sxmlns", re.I | re.S
)
_CDATA = "<![CDATA["


class Markup:
    """Markup that is read into the current place of a builder."""

    def __init__(self, builder: TextBuilder, text: str, offsets: ByteOffsets) -> None:
        self.metadata = PageMetadata()
        self._builder = builder
        self._text = text
        self._offsets = offsets
        self._is_xml = _XML.match(text) is not None
        self._zones = Zones()
        self._lines = Lines()
        self._hidden = Hidden()
        self._skipped = ""  # the element whose content is not text, while it is open
        self._skipped_depth = 0
        self._collected: list[str] | None = None  # the content of an element for the metadata
        self._kept = 0  # open elements that keep lines
        self._raw = False  # whether the next text is markup that is still to be read
        self._links = 0
        self._lists = 0
        self._in_heading = False
        # Cells: a block at the start or the end of a cell does not break its row.
        self._cell_is_empty = False
        self._row_is_empty = True
        self._break = 2
        self._held: tuple[int, int] | None = None  # blanks at the end of kept lines

    def read(self) -> None:
        """Read all of it. Raises NotExtracted if a token is not where it should be."""
        start = self._builder.length
        self._read(0, len(self._text))
        self._end_line()
        self._builder.end_heading()
        end = self._builder.length
        for span in repeated_spans(self._zones, self._lines, start, end):
            self._builder.mark_repeated(span.start, span.end)

    def _read(self, first: int, end: int) -> None:
        """Read a part of the markup."""
        while first < end:
            first = self._read_tokens(first, end)

    def _read_tokens(self, first: int, end: int) -> int:
        """Read tokens; return where to go on, because a tag has to be read as XML, or the end."""
        part = self._text[first:end]
        starts = LineStarts(part)
        tokens = turbohtml.tokenize(part, resolve_references=False, capture_source=True)
        run: tuple[str, int] | None = None
        for token in tokens:
            place = first + starts.character(token.line, token.col)
            if run is not None:
                self._run(*run, place)
                run = None
            kind = token.type
            if kind is TokenType.TEXT:
                run = (token.data or "", place)
            elif kind is TokenType.START_TAG:
                if self._start_tag(token) and self._is_xml and token.self_closing:
                    self._end_tag(token.tag or "")
                    return place + len(token.source or "")
            elif kind is TokenType.END_TAG:
                self._end_tag(token.tag or "")
            elif kind is TokenType.CHARACTER_REFERENCE:
                self._reference(token.source or "", place)
            elif kind is TokenType.COMMENT:
                self._comment(token, place)
        if run is not None:
            self._run(*run, end)
        return end

    # Tokens

    def _run(self, data: str, start: int, end: int) -> None:
        """Read a run of text, which is somewhere in this part of the source."""
        if self._collected is not None:
            self._collected.append(data)
        if self._skipped or self._hidden:
            return
        if not self._kept and data.isspace():
            self._builder.blank()
            return
        source = self._text[start:end]
        if self._skipped_markup(data):
            self._read(start, end)
            return
        if source != data and with_plain_ends(source) != data:
            self._run_with_gaps(data, start, end)
        elif self._kept:
            self._lines_of(start, end)
        else:
            self._words_of(source, start)

    def _skipped_markup(self, data: str) -> bool:
        """Return whether the run is markup, which the tokenizer has left as it was."""
        raw, self._raw = self._raw, False
        return raw and "<" in data

    def _run_with_gaps(self, data: str, start: int, end: int) -> None:
        """Read a run that has lost what no reader shows."""
        edges = [start]
        for gap in _LEFT_OUT.finditer(self._text, start, end):
            edges += [gap.start(), gap.end()]
        edges.append(end)
        parts = list(zip(edges[::2], edges[1::2], strict=True))
        found = with_plain_ends("".join([self._text[first:last] for first, last in parts]))
        if not found.startswith(data):
            detail = f"the tokenizer's text at character {start:,} is not in the source"
            raise NotExtracted(SkipReason.DAMAGED, detail)
        if found != data:
            # The file ends inside a tag.
            first, last = parts[-1]
            kept = len(with_plain_ends(self._text[first:last])) - (len(found) - len(data))
            parts[-1] = (first, first + length_in_source(self._text[first:last], kept))
        for first, last in parts:
            if self._kept:
                self._lines_of(first, last)
            else:
                self._words_of(self._text[first:last], first)

    def _words_of(self, source: str, start: int) -> None:
        builder, at = self._builder, self._offsets.at
        last = 0
        for run in _RUN.finditer(source):
            text = run[0]
            if run.start() > last:
                builder.blank()
            last = run.end()
            if text.isspace():
                builder.blank()
                continue
            first_byte = at(start + run.start())
            self._add(PieceKind.VERBATIM, text, first_byte, at(start + last))
        if last < len(source):
            builder.blank()

    def _lines_of(self, start: int, end: int) -> None:
        """Read text whose lines and blanks count."""
        line_start = start
        for line in self._text[start:end].splitlines(keepends=True):
            text = line.rstrip("\r\n")
            if text.strip():
                self._add_held()
                words = text.rstrip()
                self._add_kept(line_start, line_start + len(words))
                if len(words) < len(text):
                    self._held = (line_start + len(words), line_start + len(text))
            elif text:
                self._held = (line_start, line_start + len(text))
            if len(text) < len(line):
                self._held = None
                self._kept_break()
            line_start += len(line)

    def _add_held(self) -> None:
        """Add the blanks that the text goes on after."""
        if self._held is not None:
            self._add_kept(*self._held)
        self._held = None

    def _add_kept(self, start: int, end: int) -> None:
        at = self._offsets.at
        first_byte = at(start)
        self._add(PieceKind.VERBATIM, self._text[start:end], first_byte, at(end))

    def _kept_break(self) -> None:
        self._break = 2 if self._break else 1

    def _reference(self, source: str, start: int) -> None:
        text = html.unescape(source)
        if self._collected is not None:
            self._collected.append(text)
        if self._skipped or self._hidden:
            return
        if text.isspace() or text == "\0":
            self._builder.blank()
            return
        self._add_held()
        first_byte = self._offsets.at(start)
        kind = PieceKind.VERBATIM if text == source else PieceKind.REFERENCE
        self._add(kind, text, first_byte, self._offsets.at(start + len(source)))

    def _comment(self, token: Token, start: int) -> None:
        source = token.source or ""
        if self._is_xml and source.startswith(_CDATA) and source.endswith("]]>"):
            first, last = start + len(_CDATA), start + len(source) - len("]]>")
            if not (self._skipped or self._hidden):
                self._words_of(self._text[first:last], first)
        else:
            self.metadata.comment(token.data or "")

    def _add(self, kind: PieceKind, text: str, first_byte: int, end_byte: int) -> None:
        builder = self._builder
        if self._break:
            self._end_line()
            if builder.length:
                builder.line_break(self._break)
            self._break = 0
        builder.add(kind, text, first_byte, end_byte)
        self._cell_is_empty = False
        end = builder.length
        self._lines.add(end - len(text), end, is_link=self._links > 0)

    def _end_line(self) -> None:
        self._lines.end(self._builder.length, is_heading=self._in_heading)

    # Tags

    def _start_tag(self, token: Token) -> bool:
        """Read a start tag; return whether the tokenizer reads what follows in another way."""
        tag = token.tag or ""
        if tag in SKIPPED:
            self._skip(tag, token)
            return True
        if self._skipped:
            return False
        if self._hidden.start(tag, token):
            return True
        self._zones.start(tag, token, self._builder.length)
        if breaks := BREAKS.get(tag):
            self._block(tag, breaks)
        elif tag in HEADINGS:
            self._heading(HEADINGS[tag])
        elif tag == "a":
            self._links += token.attr("href") is not None
        elif tag in {"td", "th"}:
            self._cell()
        elif tag in {"table", "ul", "ol"}:
            self._group(tag, 1)
        elif tag == "annotation":
            # The source of a formula, after the formula.
            self._builder.blank()
        elif tag in {"html", "meta", "link", "base", "time"}:
            self._describe(tag, token)
        if tag in KEEPS_LINES:
            self._kept += 1
        self._raw = tag in RAW_MARKUP
        return tag in KEEPS_LINES or tag in RAW_MARKUP

    def _end_tag(self, tag: str) -> None:
        if self._skipped:
            if tag == self._skipped:
                self._end_skip()
            return
        if self._hidden.end(tag):
            return
        self._raw = False
        if tag in KEEPS_LINES and self._kept:
            self._kept -= 1
            self._held = None
        self._zones.end(tag, self._builder.length)
        if breaks := BREAKS.get(tag):
            self._block(tag, breaks, is_end=True)
        elif tag in HEADINGS:
            self._end_heading()
        elif tag == "a":
            self._links = 0
        elif tag in {"td", "th"}:
            self._break = 0
        elif tag in {"table", "ul", "ol"}:
            self._group(tag, -1)

    def _skip(self, tag: str, token: Token) -> None:
        if self._skipped:
            self._skipped_depth += tag == self._skipped
            return
        self._skipped, self._skipped_depth = tag, 1
        linked = tag == "script" and (token.attr("type") or "").lower() == "application/ld+json"
        self._collected = [] if linked or tag == "title" else None

    def _end_skip(self) -> None:
        self._skipped_depth -= 1
        if self._skipped_depth:
            return
        if self._collected is not None:
            content = "".join(self._collected)
            if self._skipped == "title":
                self.metadata.title(content)
            else:
                self.metadata.linked_data(content)
        self._skipped, self._collected = "", None

    def _block(self, tag: str, breaks: int, *, is_end: bool = False) -> None:
        if tag == "tr":
            self._row(is_end=is_end)
        elif tag == "br" and self._break == 1:
            self._break = 2
        elif not self._cell_is_empty:
            self._break = max(self._break, breaks)

    def _group(self, tag: str, change: int) -> None:
        """A list breaks paragraphs, one inside another does not; a table always does."""
        if tag == "table":
            self._cell_is_empty = False
            self._break = 2
        else:
            is_inner = self._lists + min(change, 0) > 0
            self._lists = max(self._lists + change, 0)
            if not self._cell_is_empty:
                self._break = max(self._break, 1 if is_inner else 2)

    def _row(self, *, is_end: bool) -> None:
        self._cell_is_empty = False
        self._break = max(self._break, 1)
        self._row_is_empty = not is_end

    def _cell(self) -> None:
        if self._row_is_empty:
            self._row_is_empty = False
        else:
            self._break = 0
            self._builder.tab()
        self._cell_is_empty = True

    def _heading(self, level: int) -> None:
        self._end_heading()
        if self._zones.is_inside:
            return
        self._end_line()
        self._break = 0
        self._builder.heading(level)
        self._in_heading = True

    def _end_heading(self) -> None:
        if self._in_heading:
            self._end_line()
            self._builder.end_heading()
        self._in_heading = False
        self._break = 2

    def _describe(self, tag: str, token: Token) -> None:
        if tag == "html":
            self.metadata.meta("lang", token.attr("lang") or token.attr("xml:lang"))
        elif tag == "link":
            if "canonical" in (token.attr("rel") or "").lower().split():
                self.metadata.meta("canonical", token.attr("href"))
        elif tag == "time":
            if token.attr("pubdate") is not None or token.attr("itemprop") == "datePublished":
                self.metadata.meta("pubdate", token.attr("datetime"))
        else:
            for name in ("property", "name", "itemprop", "http-equiv"):
                self.metadata.meta(token.attr(name), token.attr("content"))
