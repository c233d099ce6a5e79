"""Routes of documents, of their passages, and of quotations."""

from typing import Annotated

from fastapi import Path, Query, Response

from api.contract.documents import DocumentMetadata, DocumentText
from api.contract.errors import DocumentNotFound
from api.contract.limits import MAX_LIMIT
from api.contract.passages import PassageContext
from api.contract.quotations import Verification, VerifyRequest
from api.contract.search import SimilarResponse
from api.web.problems import blaming
from api.web.routes.dependencies import Current, json_response, versioned_router

__all__ = ["router"]

router = versioned_router("documents")

DocumentId = Annotated[str, Path(max_length=64, description="`document.id` of a hit.")]
PassageId = Annotated[str, Path(max_length=64, description="`passage_id` of a hit.")]


@router.get("/documents/{document_id}")
def document(document_id: DocumentId, searcher: Current) -> DocumentMetadata:
    """Return what is known of a document."""
    return searcher.documents.metadata(document_id)


@router.get("/documents/{document_id}/text")
def document_text(
    document_id: DocumentId,
    searcher: Current,
    start: Annotated[int, Query(ge=0, description="First code point.")] = 0,
    end: Annotated[int | None, Query(ge=0, description="Code point after the last.")] = None,
) -> DocumentText:
    """Return a document's text as it was indexed, or a part of it."""
    return searcher.documents.text(document_id, start, end)


@router.get("/passages/{passage_id}")
def passage(
    passage_id: PassageId,
    searcher: Current,
    before: Annotated[int, Query(ge=0, le=20, description="Passages before it.")] = 0,
    after: Annotated[int, Query(ge=0, le=20, description="Passages after it.")] = 0,
) -> PassageContext:
    """Return a passage and those around it."""
    return searcher.documents.passage(passage_id, before=before, after=after)


@router.get("/passages/{passage_id}/similar", response_model=SimilarResponse)
def similar(
    passage_id: PassageId,
    searcher: Current,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Passages to return.")] = 10,
    fold_duplicates: Annotated[
        bool, Query(description="List a passage that repeats a more similar one under that one.")
    ] = True,
    explain: Annotated[bool, Query(description="Include what the score is made of.")] = False,
) -> Response:
    """Find the passages that are like this one, by the vectors stored with it.

    Needs no model, and answers by the most telling words of the passage where there are no vectors.
    """
    return json_response(
        searcher.similar.find(
            passage_id, limit=limit, fold_duplicates=fold_duplicates, explain=explain
        )
    )


@router.post("/verify")
def verify(quotation: VerifyRequest, searcher: Current) -> Verification:
    """Say whether a quotation still stands in its file, as the file is now.

    A path that is not that of a document in the index is 404, whatever it leads to.
    """
    with blaming("path", DocumentNotFound):
        return searcher.quotations.check(quotation)
