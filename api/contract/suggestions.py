"""Completions of a query while it is typed."""

from enum import StrEnum

from pydantic import BaseModel

__all__ = ["SuggestResponse", "Suggestion", "SuggestionKind"]


class SuggestionKind(StrEnum):
    """What completes the query; each kind comes from the corpus."""

    TITLE = "title"
    TERM = "term"
    PHRASE = "phrase"


class Suggestion(BaseModel):
    """A completion; `text` is the whole completed query."""

    text: str
    kind: SuggestionKind


class SuggestResponse(BaseModel):
    """Completions, best first; empty if nothing in the corpus begins like the query."""

    suggestions: list[Suggestion]
