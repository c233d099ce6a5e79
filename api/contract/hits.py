"""Hits: passages that answer, why they rank where they do, and groups of them."""

from dataclasses import dataclass

from pydantic import BaseModel, Field

from api.contract.documents import DocumentMetadata, SpanOut
from api.contract.passages import Duplicate, PassageOut

__all__ = ["BestSpan", "Explanation", "Group", "Hit", "RetrieverExplanation"]


@dataclass(slots=True)
class BestSpan(SpanOut):
    """The sentences of a hit that answer best, usually one to three.

    They contain a quoted phrase whole if the hit has one, or else one of the highlights.
    """

    score: float


class RetrieverExplanation(BaseModel):
    """What one retriever added to a score. `score` is its own: BM25, cosine, or a logit.

    Feedback from the best passages is part of `scaled`.
    """

    rank: int | None
    score: float
    scaled: float
    contribution: float


class Explanation(BaseModel):
    """What each retriever added; the sum is the hit's score. Only reranked hits have `reranker`."""

    lexical: RetrieverExplanation | None = None
    semantic: RetrieverExplanation | None = None
    reranker: RetrieverExplanation | None = None


class Hit(PassageOut):
    """A passage that answers. `best` and `highlights` lie inside `span`, in the same units."""

    rank: int
    score: float
    confidence: float | None = None
    best: BestSpan
    highlights: list[SpanOut]
    explanation: Explanation | None = None
    duplicates: list[Duplicate] = Field(default=[])


class Group(BaseModel):
    """A document with its best passages."""

    rank: int
    document: DocumentMetadata
    score: float
    hits: list[Hit]
