"""Citations of a quotation, for people and for programs.

Selectors follow the W3C Web Annotation Data Model, https://www.w3.org/TR/annotation-model/. Its
text positions are half-open and count code points from 0, as ours do. Markup and line ends are not
normalised, because the text belongs to the source file and not to a page. The text of a PDF, a web
page and so on has no positions that others would find, so these are selected by page or bytes.
"""

import json
from dataclasses import dataclass
from typing import NamedTuple

from api.contract.documents import DocumentMetadata, LineRange, SpanOut
from api.contract.sources import (
    HtmlSource,
    JsonSource,
    MailSource,
    PdfSource,
    RtfSource,
    Source,
    SubtitlesSource,
)
from api.documents.sources.place_names import place_words
from indexer.spans import Span

__all__ = ["CONTEXT_CHARS", "Quotation", "Surroundings", "citation", "day_of", "selectors"]

# The text before and after a quotation distinguishes it from its repetitions.
CONTEXT_CHARS = 32
ENCODER = json.JSONEncoder(ensure_ascii=False)


class Surroundings(NamedTuple):
    """A part of a document's text, and where it starts."""

    start: int
    text: str


@dataclass(frozen=True, slots=True)
class Quotation:
    """A span of a document; `surroundings` contain it.

    `source` is where the text of a file that is more than text is from.
    """

    document: DocumentMetadata
    span: Span
    first_line: int
    surroundings: Surroundings
    source: Source | None = None

    @property
    def text(self) -> str:
        return self._part(self.span.start, self.span.end)

    @property
    def prefix(self) -> str:
        return self._part(self.span.start - CONTEXT_CHARS, self.span.start)

    @property
    def suffix(self) -> str:
        return self._part(self.span.end, self.span.end + CONTEXT_CHARS)

    @property
    def lines(self) -> LineRange:
        """The lines of the first and of the last code point."""
        last = self.first_line + self.text[:-1].count("\n")
        return LineRange(start=self.first_line, end=last)

    @property
    def place(self) -> str:
        """The place in the file, in words; empty for a web page, which has none."""
        if self.document.extraction is not None:
            return place_words(self.source)
        first, last = self.lines.start, self.lines.end
        return f"line {first}" if first == last else f"lines {first}–{last}"

    def _part(self, start: int, end: int) -> str:
        offset = self.surroundings.start
        return self.surroundings.text[max(0, start - offset) : end - offset]


def citation(quotation: Quotation) -> str:
    """Return the quotation, who wrote it and its place, for people."""
    document, span = quotation.document, quotation.span
    where = [
        document.path,
        quotation.place,
        f"characters {span.start}–{span.end}{' of its text' if document.extraction else ''}",
        f"SHA-256 {document.sha256}",
    ]
    lines = [f"“{quotation.text}”", _work(document), ", ".join(filter(None, where))]
    return "\n".join(filter(None, lines))


def _work(document: DocumentMetadata) -> str:
    """Return author, title, publisher, date and address, if more than the title is known."""
    known = [document.author, document.publisher, document.published, document.source_url]
    if not any(known):
        return ""
    author, publisher, published, address = known
    title = f"“{document.title}”"
    return ", ".join(filter(None, [author, title, publisher, day_of(published), address]))


def day_of(published: str | None) -> str:
    """Return the day of a date or time in ISO 8601, or the month or year if that is all."""
    return (published or "").partition("T")[0]


def selectors(quotation: Quotation, origin: str) -> str:
    """Return the target of a Web Annotation as JSON; `origin` begins addresses of this server.

    All selectors select the same text. Positions are valid for one version of a file only. The
    model therefore recommends naming the version, by its time.
    """
    document = quotation.document
    source = (
        f"{origin}/documents/{document.id}"
        if document.extraction is None
        else f"{origin}/v1/documents/{document.id}/file"
    )
    modified = document.modified.isoformat().replace("+00:00", "Z")
    # Indented by hand, because `json` takes ten times as long to indent, for every hit of a page.
    return f"""\
{{
  "@context": "http://www.w3.org/ns/anno.jsonld",
  "type": "SpecificResource",
  "source": {_json(source)},
  "state": {{
    "type": "TimeState",
    "sourceDate": {_json(modified)}
  }},
  "selector": [{_position(quotation)}
    {{
      "type": "TextQuoteSelector",
      "exact": {_json(quotation.text)},
      "prefix": {_json(quotation.prefix)},
      "suffix": {_json(quotation.suffix)}
    }}
  ]
}}"""


def _position(quotation: Quotation) -> str:
    """Return the selector by position, with a comma after it; empty if there is none."""
    match quotation.source:
        case PdfSource(pages=[first, *_]):
            return f"""
    {{
      "type": "FragmentSelector",
      "conformsTo": "http://tools.ietf.org/rfc/rfc3778",
      "value": "page={first.page}"
    }},"""
        case HtmlSource() | RtfSource() | JsonSource() | SubtitlesSource():
            return _span("DataPositionSelector", quotation.source.bytes)
        case MailSource(bytes=SpanOut() as found, others=[]):
            # Bytes of a decoded part, or of several parts, are no range of the file.
            return _span("DataPositionSelector", found)
    if quotation.document.extraction is not None:
        return ""
    return _span("TextPositionSelector", quotation.span)


def _span(type_: str, span: Span | SpanOut) -> str:
    return f"""
    {{
      "type": "{type_}",
      "start": {span.start},
      "end": {span.end}
    }},"""


def _json(text: str) -> str:
    return ENCODER.encode(text)
