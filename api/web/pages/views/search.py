"""The content of the search page: its form, its hits, and the pages before and after."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR
from itertools import islice

from markupsafe import Markup
from starlette.datastructures import QueryParams

from api.contract.documents import DocumentMetadata, DocumentText
from api.contract.hits import Hit, RetrieverExplanation
from api.contract.limits import LONG_QUERY_CHARS, MAX_REACH
from api.contract.passages import Duplicate
from api.contract.search import Facet, FacetCount, SearchRequest, SearchResponse, SearchWarning
from api.web.pages.addresses import (
    HASH_CHARS,
    PAGING,
    Place,
    document_address,
    given_parameters,
    quotation_address,
    search_address,
)
from api.web.pages.citations import CONTEXT_CHARS, Quotation, Surroundings, citation, selectors
from api.web.pages.marked_text import Layer, mark_text
from indexer.reading.formats.front_matter import read_front_matter
from indexer.spans import Span

__all__ = [
    "ContributionView",
    "DuplicateView",
    "FacetView",
    "HitView",
    "SearchForm",
    "SearchView",
    "Section",
    "beginning",
    "view_duplicates",
    "view_hits",
    "view_search",
]

# Four lines on a wide screen; a best span alone has up to 450 code points.
SNIPPET_CHARS = 380
# Enough text before the best span to see what it is about.
LEAD_CHARS = 110
# Enough of a passage to recognise it.
BEGINNING_CHARS = 240
# This many repetitions of a hit are quoted; the others are only listed.
QUOTED_DUPLICATES = 3
# The name of a retriever on the page, and the name of its score.
RETRIEVERS = {
    "lexical": ("Words", "BM25"),
    "semantic": ("Meaning", "cosine"),
    "reranker": ("Reranker", "score"),
}
FACET_NAMES = {Facet.FOLDER: "Folder", Facet.TYPE: "Type", Facet.YEAR: "Year"}
# A filter or an exclusion as it is typed: everything up to a blank outside quotation marks.
TYPED_FILTER = re.compile(r'(?:"[^"]*"?|\([^)]*\)?|[^\s"(])+')
# A quotation in a query, in quotation marks of any shape; the last one may not be closed.
QUOTED = re.compile(r"[\"“”„«»]([^\"“”„«»]+)[\"“”„«»]?")
FILTERS = frozenset({"path", "type", "modified_after", "modified_before"})
FIELDS = FILTERS | {"q", "mode", "group_by", "fold_duplicates"}

ReadText = Callable[[str, int, int], DocumentText]


@dataclass(frozen=True, slots=True)
class SearchForm:
    """The form as it was filled in, even if it is not valid."""

    parameters: QueryParams

    def value(self, name: str) -> str:
        return self.parameters.get(name, "")

    def values(self, name: str) -> list[str]:
        """Return the values of a repeatable field; an empty one if there is none."""
        return [value for value in self.parameters.getlist(name) if value.strip()] or [""]

    @property
    def filtered(self) -> bool:
        return bool(self.filters)

    @property
    def filters(self) -> list[str]:
        """The filters of the form, such as `path=notes/`."""
        given = given_parameters(self.parameters)
        return [f"{name}={value}" for name, value in given if name in FILTERS]

    @property
    def others(self) -> list[tuple[str, str]]:
        """Parameters without a field in the form, which the next search keeps."""
        left_out = FIELDS | PAGING
        return [
            (name, value)
            for name, value in given_parameters(self.parameters)
            if name not in left_out
        ]

    @property
    def first_page(self) -> str:
        return search_address(self.parameters)

    @property
    def without_filters(self) -> str:
        return search_address(self.parameters, **dict.fromkeys(FILTERS))

    def without(self, warning: SearchWarning) -> str | None:
        """Return the address of the search without what a warning is about, if that is a filter."""
        if warning.code != "filter_leaves_nothing":
            return None
        if warning.parameter in FILTERS:
            return search_address(self.parameters, **{warning.parameter: None})
        q, place = self.value("q"), warning.position
        part = None if place is None else TYPED_FILTER.match(q, place)
        rest = None if part is None else " ".join((q[:place] + q[part.end() :]).split())
        return self.asking(rest) if rest else None

    @property
    def check(self) -> str | None:
        """The address that checks the longest quotation in the query, if it has one."""
        quoted = max(QUOTED.findall(self.value("q")), key=len, default="").strip()
        return quotation_address(quoted) if quoted else None

    def asking(self, q: str) -> str:
        return search_address(self.parameters, q=q)

    def in_mode(self, mode: str) -> str:
        return search_address(self.parameters, mode=mode)


@dataclass(frozen=True, slots=True)
class ContributionView:
    """What a retriever added to a hit; `share` is how much of its bar is filled, in percent."""

    retriever: str
    label: str
    measure: str
    explanation: RetrieverExplanation
    share: float


@dataclass(frozen=True, slots=True)
class DuplicateView:
    """A passage that repeats another; `beginning` is its first words, if they are quoted."""

    duplicate: Duplicate
    address: str
    beginning: str | None


@dataclass(frozen=True, slots=True)
class HitView:
    """A hit with all texts, addresses and marks that the page shows.

    `snippet` is the best span with the text around it. `citation` and `selectors` quote the best
    span. `address` opens the whole passage; `link` is the same with the server's origin. `similar`
    is the address of similar passages.
    """

    hit: Hit
    address: str
    link: str
    similar: str
    snippet: Markup
    cut_before: bool
    cut_after: bool
    citation: str
    selectors: str
    contributions: list[ContributionView]
    duplicates: list[DuplicateView]


@dataclass(frozen=True, slots=True)
class FacetView:
    """The values of a facet with their counts, and addresses that narrow the search to them."""

    label: str
    values: list[tuple[FacetCount, str | None]]


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
    read_text: ReadText,
) -> SearchView:
    """Return the view of an answer. `origin` is the beginning of links to this server."""
    nearest = bool(response.nearest)
    hits = response.nearest or list(_hits(response))
    # A pasted text would be in every link of the page.
    q = search.q if len(search.q) <= LONG_QUERY_CHARS else None
    views = iter(view_hits(hits, q, origin=origin, read_text=read_text))
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
        facets=_facets(response, parameters),
        first=first,
        last=last,
        previous=_page_from(parameters, max(0, first - 1 - search.limit)) if first > 1 else None,
        next=(
            _page_from(parameters, min(last, MAX_REACH - search.limit))
            if shown and last < response.total.value
            else None
        ),
    )


def view_hits(
    hits: Sequence[Hit], q: str | None, *, origin: str, read_text: ReadText
) -> list[HitView]:
    """Return the views of hits; `q` is the query that found them, if there was one."""
    return [_view_hit(hit, q, origin, read_text) for hit in hits]


def view_duplicates(
    duplicates: Sequence[Duplicate], q: str | None, read_text: ReadText
) -> list[DuplicateView]:
    """Return the views of repetitions; only the first ones are quoted."""
    return [
        DuplicateView(
            duplicate,
            _duplicate_address(duplicate, q),
            _duplicate_beginning(duplicate, read_text) if number < QUOTED_DUPLICATES else None,
        )
        for number, duplicate in enumerate(duplicates)
    ]


def beginning(text: str) -> str:
    """Return the first words of a text in one line."""
    text = " ".join(text.split())
    if len(text) <= BEGINNING_CHARS:
        return text
    cut = text[:BEGINNING_CHARS]
    return (cut.rpartition(" ")[0] or cut) + " …"


def _hits(response: SearchResponse) -> Iterator[Hit]:
    yield from response.hits
    for group in response.groups or ():
        yield from group.hits


def _page_from(parameters: QueryParams, offset: int) -> str:
    return search_address(parameters, offset=offset or None)


def _facets(response: SearchResponse, parameters: QueryParams) -> list[FacetView]:
    """Return the facets that have more than one value among the hits."""
    return [
        FacetView(
            FACET_NAMES[facet],
            [(each, _narrowed(facet, each.value, parameters)) for each in counts],
        )
        for facet, counts in response.facets.items()
        if len(counts) > 1
    ]


def _narrowed(facet: Facet, value: str, parameters: QueryParams) -> str | None:
    """Return the address of the search narrowed to this value of the facet; None if impossible."""
    if facet is Facet.FOLDER:
        # No glob matches only the files at the top.
        return None if value == "." else search_address(parameters, path=_folder_glob(value))
    if facet is Facet.TYPE:
        return search_address(parameters, type=value)
    following = f"{int(value) + 1:04}-01-01" if int(value) < MAXYEAR else None
    return search_address(
        parameters, modified_after=f"{int(value):04}-01-01", modified_before=following
    )


def _folder_glob(folder: str) -> str:
    return "/" + re.sub(r"([\\*?\[])", r"\\\1", folder) + "/"


def _view_hit(hit: Hit, q: str | None, origin: str, read_text: ReadText) -> HitView:
    best = Span(hit.best.start, hit.best.end)
    shown = _snippet_span(hit)
    quotation = _quotation(hit, best, read_text)
    place = Place(
        start=hit.span.start,
        end=hit.span.end,
        best=f"{best.start}-{best.end}",
        q=q,
        sha256=hit.document.sha256[:HASH_CHARS],
    )
    address = document_address(hit.document.id, place)
    return HitView(
        hit=hit,
        address=address,
        link=origin + address,
        similar=f"/passages/{hit.passage_id}/similar",
        snippet=_snippet(hit, shown),
        cut_before=shown.start > hit.span.start,
        cut_after=shown.end < hit.span.end,
        citation=citation(quotation),
        selectors=selectors(quotation, f"{origin}/documents/{hit.document.id}"),
        contributions=_contributions(hit),
        duplicates=view_duplicates(hit.duplicates, q, read_text),
    )


def _snippet_span(hit: Hit) -> Span:
    """Return the best span with whole words around it, inside the passage.

    It begins after the front matter unless the best span is part of that.
    """
    offset = hit.span.start
    body = offset
    if offset == 0:
        rest = hit.text[read_front_matter(hit.text).end :].lstrip()
        body = len(hit.text) - len(rest)
    first = body if body <= hit.best.start else offset
    room = max(0, SNIPPET_CHARS - (hit.best.end - hit.best.start))
    start = max(first, hit.best.start - min(LEAD_CHARS, room))
    end = min(hit.span.end, hit.best.end + room - (hit.best.start - start))
    if start > first:
        start += hit.text[start - offset : hit.best.start - offset].find(" ") + 1
    if end < hit.span.end:
        blank = hit.text.rfind(" ", hit.best.end - offset, end - offset)
        end = offset + blank if blank >= 0 else end
    return Span(start, end)


def _snippet(hit: Hit, shown: Span) -> Markup:
    text = hit.text[shown.start - hit.span.start : shown.end - hit.span.start]
    highlights = [Span(highlight.start, highlight.end) for highlight in hit.highlights]
    layers = [Layer("best", [Span(hit.best.start, hit.best.end)]), Layer("highlight", highlights)]
    return mark_text(text, shown.start, layers)


def _quotation(hit: Hit, best: Span, read_text: ReadText) -> Quotation:
    before = hit.text[: best.start - hit.span.start]
    return Quotation(
        document=hit.document,
        span=best,
        first_line=hit.lines.start + before.count("\n"),
        surroundings=_surroundings(hit, best, read_text),
    )


def _surroundings(hit: Hit, best: Span, read_text: ReadText) -> Surroundings:
    """Return the span with its context, from the passage if it contains enough of it."""
    start, end = max(0, best.start - CONTEXT_CHARS), best.end + CONTEXT_CHARS
    if hit.span.start <= start and end <= hit.span.end:
        return Surroundings(hit.span.start, hit.text)
    part = read_text(hit.document.id, start, end)
    return Surroundings(part.span.start, part.text)


def _contributions(hit: Hit) -> list[ContributionView]:
    """Return what each retriever added, each with its bar.

    The bars of a hit are together as long as its confidence, which means the same for every query.
    A hit without one has a score that does.
    """
    length = hit.score if hit.confidence is None else hit.confidence
    return [
        ContributionView(
            retriever,
            *RETRIEVERS[retriever],
            explanation=explanation,
            share=max(0.0, 100 * length * explanation.contribution / hit.score) if hit.score else 0,
        )
        for retriever, explanation in hit.explanation or ()
        if explanation is not None
    ]


def _duplicate_beginning(duplicate: Duplicate, read_text: ReadText) -> str:
    span = duplicate.span
    # Runs of blanks become one, so twice as much text is nearly always enough.
    end = min(span.end, span.start + 2 * BEGINNING_CHARS)
    return beginning(read_text(duplicate.document_id, span.start, end).text)


def _duplicate_address(duplicate: Duplicate, q: str | None) -> str:
    place = Place(start=duplicate.span.start, end=duplicate.span.end, q=q)
    return document_address(duplicate.document_id, place)
