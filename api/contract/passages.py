"""Passages of documents, with their neighbours and their duplicates."""

from dataclasses import dataclass

from pydantic import BaseModel

from api.contract.documents import DocumentMetadata, LineRange, SpanOut
from api.contract.sources import Source

__all__ = ["DifferenceOut", "DifferingWords", "Duplicate", "PassageContext", "PassageOut"]


class PassageOut(BaseModel):
    """A passage. `text` is verbatim: the document's text from `span.start` to `span.end`.

    The text of a text file is `bytes.decode(encoding)`, and `source` is null. Any other text was
    extracted: `byte_span` is null, and `source` is where in the file the passage is from.
    """

    passage_id: str
    document: DocumentMetadata
    heading: str
    text: str
    span: SpanOut
    byte_span: SpanOut | None
    utf16_span: SpanOut
    lines: LineRange
    source: Source | None


class PassageContext(BaseModel):
    """A passage and its neighbours in the document, in reading order."""

    passage: PassageOut
    before: list[PassageOut]
    after: list[PassageOut]


@dataclass(slots=True)
class DifferingWords(SpanOut):
    """Words of a document, in its code points. If there are none, `text` is empty."""

    text: str


@dataclass(slots=True)
class DifferenceOut:
    """Words of a hit, and what a duplicate has in their place."""

    in_hit: DifferingWords
    in_duplicate: DifferingWords


@dataclass(slots=True)
class Duplicate:
    """A passage that repeats another, or the same text cut short.

    `similarity` is the Jaccard index of their word shingles. `differs` says whether they differ in
    a number, a date, a negation or a name; `differences` are the first places where they do.
    """

    passage_id: str
    document_id: str
    path: str
    span: SpanOut
    similarity: float
    differs: bool
    differences: list[DifferenceOut]
