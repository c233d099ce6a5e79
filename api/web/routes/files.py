"""Routes of the files themselves, and of pages of PDFs as images."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Path, Query, Response

from api.contract.errors import OriginalsOff
from api.web.problems import problem_responses
from api.web.routes.dependencies import Current, DocumentId, versioned_router
from api.web.services import Provided
from indexer.spans import Span

__all__ = ["router"]

router = versioned_router("documents")

PAGE_WIDTH = 1_000
NARROWEST, WIDEST = 50, 2_400
# No document is this long.
LAST = 2**40
# A browser that shows the file runs nothing in it, loads nothing for it, and treats it as another
# site's.
ALONE = "sandbox; default-src 'none'; frame-ancestors 'none'"
# What browsers show instead of saving it, if they are asked to. A web page has its own styles; the
# viewers of PDFs, which run no scripts of pages, do not work in a sandbox.
INLINE = {
    "application/pdf": "frame-ancestors 'none'",
    "text/html": f"{ALONE}; style-src 'unsafe-inline'",
}


@router.get(
    "/documents/{document_id}/file",
    operation_id="get_document_file",
    response_class=Response,
    responses={
        200: {"description": "The bytes of the file.", "content": {"*/*": {}}},
        **problem_responses(409),
    },
)
def original(
    document_id: DocumentId,
    services: Provided,
    searcher: Current,
    inline: Annotated[
        bool, Query(description="Let browsers show PDFs and web pages instead of saving them.")
    ] = False,
) -> Response:
    """Return the bytes of a document's file, as long as they are those that were indexed.

    409 `original_changed` tells that the file has changed since, or cannot be read any more. 403
    `originals_off` tells that the server is set not to give out files.
    """
    if not services.settings.originals:
        raise OriginalsOff("this server does not give out files; ask its administrator")
    metadata, content = searcher.documents.original(document_id)
    name = quote(metadata.path.rpartition("/")[2])
    policy = INLINE.get(metadata.media_type) if inline else None
    disposition = "inline" if policy else "attachment"
    return Response(
        content,
        headers={
            # The framework would add a charset to types of text.
            "Content-Type": metadata.media_type,
            "Content-Disposition": f"{disposition}; filename*=UTF-8''{name}",
            "Content-Security-Policy": policy or ALONE,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-cache",
            "ETag": f'"{metadata.sha256}"',
        },
    )


@router.get(
    "/documents/{document_id}/pages/{page}.png",
    operation_id="get_page_image",
    response_class=Response,
    responses={
        200: {"description": "The page.", "content": {"image/png": {}}},
        **problem_responses(409),
    },
)
def page_image(
    document_id: DocumentId,
    page: Annotated[int, Path(ge=1, le=1_000_000, description="Number of the page, from 1.")],
    searcher: Current,
    start: Annotated[int, Query(ge=0, lt=LAST, description="First code point to mark.")] = 0,
    end: Annotated[int, Query(ge=0, lt=LAST, description="Code point after the last.")] = 0,
    width: Annotated[
        int, Query(ge=NARROWEST, le=WIDEST, description="Width of the image in pixels.")
    ] = PAGE_WIDTH,
) -> Response:
    """Return a page of a PDF as an image, with the words of a span marked on it.

    Pages that are much longer than wide are drawn narrower. 409 `original_changed` tells that the
    file is no longer the one that was indexed.
    """
    span = Span(start, max(start, end))
    png = searcher.documents.page_image(document_id, page, span, width)
    headers = {"Cache-Control": "private, no-cache"}
    return Response(png, media_type="image/png", headers=headers)
