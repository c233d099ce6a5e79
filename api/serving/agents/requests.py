"""What the tools take. The descriptions are what an agent reads before it calls one."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from api.contract.limits import MAX_QUERY_CHARS
from api.contract.lists.files import DocumentState
from api.contract.quotations import VerifyRequest
from api.contract.refusals.strict import Strict
from api.contract.search import Before, MediaTypes, PathGlobs, Since

__all__ = ["ListInput", "Numbers", "ReadInput", "SearchInput", "StatusInput", "VerifyInput"]

MAX_QUOTATIONS = 20
MAX_TOKENS = 20_000

Tokens = Annotated[
    int,
    Field(
        ge=100,
        le=MAX_TOKENS,
        description="About how many tokens of document text to return, at four bytes each.",
    ),
]
Cursor = Annotated[
    str | None, Field(max_length=200, description="`next_cursor` of an earlier answer.")
]
Path = Annotated[
    str | None,
    Field(min_length=1, max_length=4_096, description="Path of a document, as answers name it."),
]


class SearchInput(Strict):
    query: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_QUERY_CHARS,
            description='A question or words. "A phrase", +required and -excluded words are '
            "understood, and so are filters such as path:2024/*.md or type:pdf.",
            examples=["why was the bridge closed"],
        ),
    ]
    limit: Annotated[int, Field(ge=1, le=20, description="Quotations on this page.")] = 5
    max_tokens: Tokens = 2_000
    path: PathGlobs = Field(default=[])
    type: MediaTypes = Field(default=[])
    modified_after: Since = None
    modified_before: Before = None
    cursor: Cursor = None


class Numbers(Strict):
    """From 1, both ends included."""

    start: Annotated[int, Field(ge=1, lt=2**40)]
    end: Annotated[int, Field(ge=1, lt=2**40)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"the end {self.end} is before the start {self.start}")
        return self


class ReadInput(Strict):
    """Which part of a document to read: around a passage, lines, pages, or on from a place."""

    passage_id: Annotated[
        str | None,
        Field(max_length=64, description="`passage_id` of a quotation: read around it."),
    ] = None
    path: Path = None
    lines: Annotated[Numbers | None, Field(description="Lines of the document at `path`.")] = None
    pages: Annotated[
        Numbers | None, Field(description="Pages of the document at `path`, if it has any.")
    ] = None
    start: Annotated[
        int | None,
        Field(
            ge=0,
            lt=2**40,
            description="Code point of the document at `path` to read on from, such as `next_start`"
            " of an earlier answer.",
        ),
    ] = None
    max_tokens: Tokens = 3_000

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.passage_id is None) == (self.path is None):
            raise ValueError("send either passage_id or path")
        places = [each for each in (self.lines, self.pages, self.start) if each is not None]
        if self.passage_id is not None and places:
            raise ValueError("lines, pages and start are places in the document at path; send path")
        if len(places) > 1:
            raise ValueError("send only one of lines, pages and start")
        return self


class VerifyInput(Strict):
    quotations: Annotated[
        list[VerifyRequest],
        Field(
            min_length=1,
            max_length=MAX_QUOTATIONS,
            description="Quotations to compare with the files as they are now.",
        ),
    ]


class ListInput(Strict):
    path: PathGlobs = Field(default=[])
    type: MediaTypes = Field(default=[])
    state: Annotated[
        DocumentState,
        Field(description="Documents of the index, or the files of the folder that it has not."),
    ] = DocumentState.INDEXED
    limit: Annotated[int, Field(ge=1, le=200, description="Files on this page.")] = 50
    cursor: Cursor = None


class StatusInput(Strict):
    """Nothing."""
