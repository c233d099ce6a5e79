"""Routes of documents, passages and quotations."""

from typing import Annotated

from fastapi import Path, Query, Response

from api.contract.documents import DocumentMetadata, DocumentText
from api.contract.errors import DocumentNotFound
from api.contract.limits import MAX_LIMIT
from api.contract.lists.files import DocumentList, ListRequest
from api.contract.passages import PassageContext
from api.contract.quotations import Verification, VerifyRequest
from api.contract.search import SimilarResponse
from api.contract.sources import DocumentSource
from api.web.problems import blaming
from api.web.routes.dependencies import Current, DocumentId, tagged_response, versioned_router

__all__ = ["router"]

router = versioned_router("documents")

PassageId = Annotated[str, Path(max_length=64, description="`passage_id` of a hit.")]


@router.get("/documents", operation_id="list_documents", response_model=DocumentList)
def documents(request: Annotated[ListRequest, Query()], searcher: Current) -> Response:
    """List the documents of the index, or the files of the folder that are not in it, by path."""
    return tagged_response(searcher, searcher.lister.files(request))


@router.get(
    "/documents/{document_id}", operation_id="get_document", response_model=DocumentMetadata
)
def document(document_id: DocumentId, searcher: Current) -> Response:
    """Return the metadata of a document."""
    return tagged_response(searcher, searcher.documents.metadata(document_id))


@router.get(
    "/documents/{document_id}/text", operation_id="get_document_text", response_model=DocumentText
)
def document_text(
    document_id: DocumentId,
    searcher: Current,
    start: Annotated[int, Query(ge=0, description="First code point.")] = 0,
    end: Annotated[int | None, Query(ge=0, description="Code point after the last.")] = None,
) -> Response:
    """Return the text of a document, or a part of it, as it was indexed."""
    return tagged_response(searcher, searcher.documents.text(document_id, start, end))


@router.get(
    "/documents/{document_id}/source",
    operation_id="get_document_source",
    response_model=DocumentSource,
)
def document_source(
    document_id: DocumentId,
    searcher: Current,
    start: Annotated[int, Query(ge=0, description="First code point.")] = 0,
    end: Annotated[int | None, Query(ge=0, description="Code point after the last.")] = None,
) -> Response:
    """Return the pieces of a part of a document's text, and where each is in the file.

    The part may have 10,000 characters.
    """
    return tagged_response(searcher, searcher.documents.source(document_id, start, end))


@router.get("/passages/{passage_id}", operation_id="get_passage", response_model=PassageContext)
def passage(
    passage_id: PassageId,
    searcher: Current,
    before: Annotated[int, Query(ge=0, le=20, description="Passages before it.")] = 0,
    after: Annotated[int, Query(ge=0, le=20, description="Passages after it.")] = 0,
) -> Response:
    """Return a passage and its neighbours."""
    context = searcher.documents.passage(passage_id, before=before, after=after)
    return tagged_response(searcher, context)


@router.get(
    "/passages/{passage_id}/similar", operation_id="find_similar", response_model=SimilarResponse
)
def similar(
    passage_id: PassageId,
    searcher: Current,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Passages to return.")] = 10,
    fold_duplicates: Annotated[
        bool,
        Query(description="List a passage that repeats a more similar one under the latter."),
    ] = True,
    other_documents: Annotated[
        bool, Query(description="Leave out the other passages of the same document.")
    ] = False,
    explain: Annotated[
        bool, Query(description="Include what each retriever added to the score.")
    ] = False,
) -> Response:
    """Find the passages that are most similar to this one.

    They are compared by their stored vectors, so no model is needed. Without vectors, they are
    compared by the most distinctive words of the passage.
    """
    found = searcher.similar.find(
        passage_id,
        limit=limit,
        fold_duplicates=fold_duplicates,
        other_documents=other_documents,
        explain=explain,
    )
    return tagged_response(searcher, found, varying="took_ms")


@router.post("/verify", operation_id="verify")
def verify(quotation: VerifyRequest, searcher: Current) -> Verification:
    """Check whether a quotation is in its file, or in any file, and how it differs if it does.

    With a path, the text is compared with the current content of that file. A path that is not in
    the index gives 404, even if such a file exists. Without a path, all indexed documents are
    searched, and those whose files have changed since are read again.
    """
    with blaming("path", DocumentNotFound):
        return searcher.quotations.check(quotation)
