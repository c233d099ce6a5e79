"""The content of a page of results: its hits, its facets, and the pages before and after."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from starlette.datastructures import QueryParams

from api.contract.documents import DocumentMetadata
from api.contract.hits import Hit
from api.contract.limits import LONG_QUERY_CHARS, MAX_REACH
from api.contract.search import SearchRequest, SearchResponse
from api.documents.document_reader import DocumentReader
from api.web.pages.addresses import search_address
from api.web.pages.views.facets import FacetView, view_facets
from api.web.pages.views.hits import HitView, view_hits

__all__ = ["SearchView", "Section", "view_search"]


@dataclass(frozen=True, slots=True)
class Section:
    """Hits under one heading, which is a document if hits are grouped, or else none."""

    document: DocumentMetadata | None
    hits: list[HitView]


@dataclass(frozen=True, slots=True)
class SearchView:
    """A page of results. `previous` and `next` are addresses, or None if there is no such page.

    `nearest` says that the hits are not results but neighbours by chance.
    """

    response: SearchResponse
    sections: list[Section]
    nearest: bool
    facets: list[FacetView]
    first: int
    last: int
    previous: str | None
    next: str | None


def view_search(
    search: SearchRequest,
    response: SearchResponse,
    parameters: QueryParams,
    *,
    origin: str,
    documents: DocumentReader,
) -> SearchView:
    """Return the view of an answer. `origin` is the beginning of links to this server."""
    nearest = bool(response.nearest)
    hits = response.nearest or list(_hits(response))
    # A pasted text would be in every link of the page.
    q = search.q if len(search.q) <= LONG_QUERY_CHARS else None
    views = iter(view_hits(hits, q, origin=origin, documents=documents))
    sections = [
        Section(group.document, list(islice(views, len(group.hits))))
        for group in response.groups or ()
    ] or [Section(None, list(views))]
    shown = len(response.groups if response.groups is not None else response.hits)
    ranks = response.groups or response.hits
    first = ranks[0].rank if ranks else search.offset + 1
    last = first + shown - 1
    return SearchView(
        response=response,
        sections=sections,
        nearest=nearest,
        facets=view_facets(response, parameters),
        first=first,
        last=last,
        previous=_page_from(parameters, max(0, first - 1 - search.limit)) if first > 1 else None,
        next=(
            _page_from(parameters, min(last, MAX_REACH - search.limit))
            if shown and last < response.total.value
            else None
        ),
    )


def _hits(response: SearchResponse) -> Iterator[Hit]:
    yield from response.hits
    for group in response.groups or ():
        yield from group.hits


def _page_from(parameters: QueryParams, offset: int) -> str:
    return search_address(parameters, offset=offset or None)
