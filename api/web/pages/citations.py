"""Citations of a quotation, for people and for programs.

Selectors follow the W3C Web Annotation Data Model, https://www.w3.org/TR/annotation-model/. Its
text positions are half-open and count code points from 0, as ours do. Markup and line ends are not
normalised, because the text belongs to the source file and not to a page.
"""

import json
from dataclasses import dataclass
from typing import NamedTuple

from api.contract.documents import DocumentMetadata, LineRange
from indexer.spans import Span

__all__ = ["CONTEXT_CHARS", "Quotation", "Surroundings", "citation", "selectors"]

# The text before and after a quotation distinguishes it from its repetitions.
CONTEXT_CHARS = 32
ENCODER = json.JSONEncoder(ensure_ascii=False)


class Surroundings(NamedTuple):
    """A part of a document's text, and where it starts."""

    start: int
    text: str


@dataclass(frozen=True, slots=True)
class Quotation:
    """A span of a document; `surroundings` contain the span."""

    document: DocumentMetadata
    span: Span
    first_line: int
    surroundings: Surroundings

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

    def _part(self, start: int, end: int) -> str:
        offset = self.surroundings.start
        return self.surroundings.text[max(0, start - offset) : end - offset]


def citation(quotation: Quotation) -> str:
    """Return the quotation and its place, for people."""
    lines = quotation.lines
    where = (
        f"line {lines.start}" if lines.start == lines.end else f"lines {lines.start}–{lines.end}"
    )
    document = quotation.document
    return (
        f"“{quotation.text}”\n"
        f"{document.path}, {where}, characters {quotation.span.start}–{quotation.span.end}, "
        f"SHA-256 {document.sha256}"
    )


def selectors(quotation: Quotation, source: str) -> str:
    """Return the target of a Web Annotation as JSON; `source` is the document's address.

    Both selectors select the same text. Positions are valid for one version of a file only. The
    model therefore recommends naming the version, by its time.
    """
    modified = quotation.document.modified.isoformat().replace("+00:00", "Z")
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
  "selector": [
    {{
      "type": "TextPositionSelector",
      "start": {quotation.span.start},
      "end": {quotation.span.end}
    }},
    {{
      "type": "TextQuoteSelector",
      "exact": {_json(quotation.text)},
      "prefix": {_json(quotation.prefix)},
      "suffix": {_json(quotation.suffix)}
    }}
  ]
}}"""


def _json(text: str) -> str:
    return ENCODER.encode(text)
