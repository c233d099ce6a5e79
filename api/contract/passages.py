"""Passages of documents, with their neighbours and their duplicates."""

from dataclasses import dataclass

from pydantic import BaseModel

from api.contract.documents import DocumentMetadata, LineRange, SpanOut

__all__ = ["Duplicate", "PassageContext", "PassageOut"]


class PassageOut(BaseModel):
    """A passage: `text` is verbatim, `bytes.decode(encoding)[span.start:span.end]`."""

    passage_id: str
    document: DocumentMetadata
    heading: str
    text: str
    span: SpanOut
    byte_span: SpanOut
    utf16_span: SpanOut
    lines: LineRange


class PassageContext(BaseModel):
    """A passage and its neighbours in the document, in reading order."""

    passage: PassageOut
    before: list[PassageOut]
    after: list[PassageOut]


@dataclass(slots=True)
class Duplicate:
    """A passage that repeats another; `similarity` is the Jaccard index of their word shingles."""

    passage_id: str
    document_id: str
    path: str
    span: SpanOut
    similarity: float
