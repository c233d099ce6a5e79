"""Searches and their answers, single or in batches, and similar passages."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo, field_validator

from api.contract.hits import Group, Hit
from api.contract.limits import (
    MAX_AUTHOR_CHARS,
    MAX_GLOB_CHARS,
    MAX_LIMIT,
    MAX_MEDIA_TYPE_CHARS,
    MAX_QUERY_CHARS,
    MAX_REACH,
)
from api.contract.passages import Duplicate, PassageOut
from api.contract.refusals.strict import UNTYPED, Strict, is_number
from api.ranking.fusion import FusionMethod
from api.ranking.verdict import Answers

__all__ = [
    "Authors",
    "BatchRequest",
    "BatchResponse",
    "Before",
    "Coverage",
    "Facet",
    "FacetCount",
    "GroupBy",
    "JsonSearch",
    "MediaTypes",
    "Mode",
    "PathGlobs",
    "Scope",
    "SearchRequest",
    "SearchResponse",
    "SearchWarning",
    "SimilarResponse",
    "Since",
    "Total",
]


class Mode(StrEnum):
    HYBRID = "hybrid"
    LEXICAL = "lexical"
    SEMANTIC = "semantic"


class GroupBy(StrEnum):
    PASSAGE = "passage"
    DOCUMENT = "document"


class Scope(StrEnum):
    """What `+` and `-` in a query speak of."""

    DOCUMENT = "document"
    PASSAGE = "passage"


class Facet(StrEnum):
    FOLDER = "folder"
    TYPE = "type"
    YEAR = "year"
    PUBLISHED_YEAR = "published_year"
    PUBLISHED_MONTH = "published_month"


PathGlobs = Annotated[
    list[Annotated[str, Field(max_length=MAX_GLOB_CHARS)]],
    Field(max_length=20, description="Globs over the relative path; any of them may match."),
]
MediaTypes = Annotated[
    list[Annotated[str, Field(max_length=MAX_MEDIA_TYPE_CHARS)]],
    Field(
        max_length=20,
        description="Media types such as `text/markdown`, or short names such as `pdf`.",
    ),
]
Authors = Annotated[
    list[Annotated[str, Field(max_length=MAX_AUTHOR_CHARS)]],
    Field(max_length=20, description="Names of authors, or words of them; any may match."),
]
Since = Annotated[str | None, Field(max_length=40, description="RFC 3339 date or time, inclusive.")]
Before = Annotated[
    str | None, Field(max_length=40, description="RFC 3339 date or time, exclusive.")
]


class SearchRequest(Strict):
    """A search. `GET` takes the same fields as query parameters."""

    q: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_QUERY_CHARS,
            description="What to look for; see the query language in api/README.md.",
            examples=["will america stay in the alliance"],
        ),
    ]
    mode: Annotated[Mode | None, Field(description="Which retrievers answer; default hybrid.")] = (
        None
    )
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Hits on this page.")] = 10
    offset: Annotated[
        int, Field(ge=0, lt=MAX_REACH, description="Hits to skip before this page.")
    ] = 0
    cursor: Annotated[
        str | None,
        Field(max_length=200, description="`next_cursor` of an earlier answer, instead of offset."),
    ] = None
    fusion: Annotated[
        FusionMethod | None,
        Field(description="How the two rankings are combined; default from the index."),
    ] = None
    semantic_weight: Annotated[
        float | None,
        Field(ge=0, le=1, description="0 ranks as lexical, 1 as semantic; default from the index."),
    ] = None
    path: PathGlobs = Field(default=[])
    type: MediaTypes = Field(default=[])
    modified_after: Since = None
    modified_before: Before = None
    author: Authors = Field(default=[])
    published_after: Since = None
    published_before: Before = None
    scope: Annotated[
        Scope,
        Field(description="Whether `+` and `-` speak of the whole document or of each passage."),
    ] = Scope.DOCUMENT
    group_by: Annotated[
        GroupBy, Field(description="Whether a page counts passages or documents.")
    ] = GroupBy.PASSAGE
    group_size: Annotated[
        int, Field(ge=1, le=10, description="Passages of each document when grouping.")
    ] = 3
    fold_duplicates: Annotated[
        bool, Field(description="List a passage that repeats a better one under the better one.")
    ] = True
    min_score: Annotated[
        float, Field(ge=0, le=1, description="Leave out hits with lower confidence.")
    ] = 0.0
    facets: Annotated[list[Facet], Field(max_length=5, description="Counts to return.")] = Field(
        default=[]
    )
    explain: Annotated[
        bool, Field(description="Include what each retriever added to the score.")
    ] = False

    @field_validator("offset")
    @classmethod
    def _within_reach(cls, offset: int, info: ValidationInfo) -> int:
        # An invalid limit is missing from the data.
        if offset + info.data.get("limit", 1) > MAX_REACH:
            raise ValueError(f"offset + limit must be at most {MAX_REACH:,}")
        return offset


FLAGS = frozenset(
    name for name, field in SearchRequest.model_fields.items() if field.annotation is bool
)


NUMBERS = frozenset(
    name
    for name, field in SearchRequest.model_fields.items()
    if field.annotation in (int, float, float | None)
)


def _typed(values: Any) -> Any:
    """Return the fields, with those of a wrong JSON type made invalid, such as "10" or 0 for false.

    In an address every value is text, so its type is guessed there.
    """
    if not isinstance(values, dict):
        return values
    return {name: value if _is_of_type(name, value) else UNTYPED for name, value in values.items()}


def _is_of_type(name: str, value: object) -> bool:
    if value is None:
        return True
    if name in FLAGS:
        return isinstance(value, bool)
    return name not in NUMBERS or is_number(value)


JsonSearch = Annotated[SearchRequest, BeforeValidator(_typed)]
"""A search as it is sent in the body of a request."""


class BatchRequest(Strict):
    searches: Annotated[list[JsonSearch], Field(min_length=1, max_length=100)]


class Total(BaseModel):
    """How many hits paging reaches; `exact` if every matching passage was a candidate.

    A hybrid search counts passages that match by words or that are near enough in meaning.
    """

    value: int
    relation: Literal["exact", "at_least"]


class Coverage(BaseModel):
    """How many passages there are, and how many of them can be found by meaning."""

    passages: int
    with_vectors: int


class SearchWarning(BaseModel):
    """Something that was understood or answered differently than one might expect.

    `suggestion` is a better query, for example with the code `did_you_mean`.
    """

    code: str
    message: str
    parameter: str | None = None
    position: int | None = None
    suggestion: str | None = None


class FacetCount(BaseModel):
    value: str
    count: int


class SearchResponse(BaseModel):
    query: str
    mode: Mode
    generation: str
    took_ms: float
    answers: Annotated[
        Answers | None,
        Field(
            description="Whether the hits seem to answer, from the confidence of the best one; "
            "null for a query of filters alone."
        ),
    ]
    total: Total
    next_cursor: str | None = None
    facets: dict[Facet, list[FacetCount]] = {}
    coverage: Coverage
    warnings: list[SearchWarning] = []
    hits: list[Hit] = []
    groups: list[Group] | None = None
    nearest: Annotated[
        list[Hit],
        Field(
            description="The passages nearest in meaning, on the first page of a hybrid search "
            "without hits. They are not counted."
        ),
    ] = []


class BatchResponse(BaseModel):
    results: list[SearchResponse]


class SimilarResponse(BaseModel):
    """Passages that resemble `passage`, the most similar first, without the passage itself.

    In mode `semantic`, a hit's `score` is the one that a semantic search for the passage would
    give. Mode `lexical` is used if there are no vectors: the score is then the BM25 of the
    passage's most distinctive words as a share of the largest, which is usually the passage's own.
    `duplicates` repeat the passage itself.
    """

    passage: PassageOut
    mode: Mode
    generation: str
    took_ms: float
    warnings: list[SearchWarning] = []
    duplicates: list[Duplicate] = []
    hits: list[Hit]
