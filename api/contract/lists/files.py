"""Lists of documents, and of files that are not in the index."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from api.contract.documents import DocumentMetadata, SkippedOut
from api.contract.limits import MAX_LISTED
from api.contract.refusals.strict import Strict
from api.contract.search import MediaTypes, PathGlobs
from indexer.documents import SkipReason

__all__ = ["DocumentList", "DocumentState", "ListRequest"]


class DocumentState(StrEnum):
    """Whether a file of the folder is in the index."""

    INDEXED = "indexed"
    SKIPPED = "skipped"


class ListRequest(Strict):
    """Which files to list, and from where on."""

    state: Annotated[
        DocumentState, Field(description="Documents of the index, or files that are not in it.")
    ] = DocumentState.INDEXED
    path: PathGlobs = Field(default=[])
    type: MediaTypes = Field(default=[])
    reason: Annotated[
        list[SkipReason],
        Field(max_length=20, description="Why files were skipped; any of them may apply."),
    ] = Field(default=[])
    limit: Annotated[int, Field(ge=1, le=MAX_LISTED, description="Files on this page.")] = 100
    cursor: Annotated[
        str | None, Field(max_length=200, description="`next_cursor` of an earlier answer.")
    ] = None


class DocumentList(BaseModel):
    """One page of the documents, or of the files that are not in the index, sorted by path.

    `total` counts all that the filters keep. `reasons` counts the skipped files by reason, whatever
    `reason` was asked for.
    """

    generation: str
    total: int
    next_cursor: str | None
    documents: list[DocumentMetadata]
    skipped: list[SkippedOut]
    reasons: dict[str, int]
