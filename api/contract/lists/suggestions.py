"""Completions of a query while it is typed."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from api.contract.limits import MAX_QUERY_CHARS
from api.contract.refusals.strict import Strict
from api.contract.search import Authors, Before, MediaTypes, PathGlobs, Since

__all__ = ["SuggestRequest", "SuggestResponse", "Suggestion", "SuggestionKind"]


class SuggestRequest(Strict):
    """A query so far, and the filters of a search that it will be asked with."""

    q: Annotated[str, Field(max_length=MAX_QUERY_CHARS, description="What was typed so far.")]
    limit: Annotated[int, Field(ge=1, le=20, description="Suggestions to return.")] = 8
    path: PathGlobs = Field(default=[])
    type: MediaTypes = Field(default=[])
    modified_after: Since = None
    modified_before: Before = None
    author: Authors = Field(default=[])
    published_after: Since = None
    published_before: Before = None


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
