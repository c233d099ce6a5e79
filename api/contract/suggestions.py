"""What a query may become while it is typed."""

from enum import StrEnum

from pydantic import BaseModel

__all__ = ["SuggestResponse", "Suggestion", "SuggestionKind"]


class SuggestionKind(StrEnum):
    """What a query is completed with: of the corpus in any case."""

    TITLE = "title"
    TERM = "term"
    PHRASE = "phrase"


class Suggestion(BaseModel):
    """`text` is the whole query, completed."""

    text: str
    kind: SuggestionKind


class SuggestResponse(BaseModel):
    """The best first; none where nothing of the corpus begins so."""

    suggestions: list[Suggestion]
