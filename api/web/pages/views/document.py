"""The content of the document view: a part of the text, with a span and highlights marked."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from api.contract.documents import DocumentMetadata, LineRange
from api.contract.limits import MAX_SOURCE_CHARS
from api.documents.document_reader import DocumentReader
from api.documents.sources.place_names import text_directive
from api.web.pages.addresses import HASH_CHARS, Place, document_address
from api.web.pages.citations import CONTEXT_CHARS, Quotation, Surroundings, citation, selectors
from api.web.pages.marked_text import Layer, mark_text
from api.web.pages.type_names import type_name
from api.web.pages.views.document_parts import PART_CHARS, choose_window
from api.web.pages.views.hits import credit, original_address
from api.web.pages.views.sections import SectionView, view_sections
from indexer.spans import Span

__all__ = ["DocumentView", "MarkedSpan", "view_document"]

# How much text to show around a match in another part.
CONTEXT_OF_MARK_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class MarkedSpan:
    """The span that is quoted, and how to cite it."""

    lines: LineRange
    address: str
    link: str
    citation: str
    selectors: str


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A part of a document, which has `length` code points.

    Addresses are None if there is nothing to lead to. `highlights` is the number of highlights in
    the part, and `mark` is the number of the current one. `mark_before` and `mark_after` lead to
    the nearest ones in other parts. `outdated`: the offsets refer to another version of the file.
    An extracted text is in `sections`, and any other one is `text`. `on_the_web` is where the
    document says that it is from, and `original` the file, if a browser can open it at the marked
    span.
    """

    document: DocumentMetadata
    length: int
    part: Span
    text: Markup
    sections: list[SectionView]
    type_name: str
    credit: str
    original: str | None
    on_the_web: str | None
    marked: MarkedSpan | None
    shows_span: bool
    beyond_end: bool
    outdated: bool
    highlights: int
    mark: int | None
    previous_mark: str | None
    next_mark: str | None
    mark_before: str | None
    mark_after: str | None
    earlier: str | None
    later: str | None


def view_document(
    documents: DocumentReader, document_id: str, place: Place, origin: str
) -> DocumentView:
    """Return the view of a document. `origin` is the beginning of links to this server."""
    document = documents.metadata(document_id)
    length = documents.text(document_id, 0, 0).length
    part, text = _part(documents, document_id, place, length)
    outline = documents.outline(document_id, part)
    highlights = _highlights(documents, document_id, place, part)
    mark = place.mark if place.mark and place.mark <= len(highlights) else None
    previous, following = _neighbours(highlights, mark, place.start or 0)
    layers = _layers(place, highlights)
    span = place.span
    quoted = _quoted(documents, document, place, length)

    def address(anchor: str, **changes: int | None) -> str:
        return document_address(document_id, place.model_copy(update=changes), anchor)

    earlier = address("end", before=part.start, after=None, mark=None)
    later = address("text", after=part.end, before=None, mark=None)
    return DocumentView(
        document=document,
        length=length,
        part=part,
        text=_numbered(documents, document_id, text, part, layers) if outline is None else Markup(),
        sections=(
            view_sections(document, outline, text, part, layers, place.best_span or span)
            if outline is not None
            else []
        ),
        type_name=type_name(document.media_type),
        credit=credit(document),
        original=_original(document, quoted),
        on_the_web=_on_the_web(document, quoted),
        marked=_marked_span(quoted, place, origin) if quoted is not None else None,
        shows_span=span is not None and span.start < part.end and part.start < span.end,
        beyond_end=span is not None and span.end > length,
        outdated=place.sha256 is not None and not document.sha256.startswith(place.sha256),
        highlights=len(highlights),
        mark=mark,
        previous_mark=address(f"m{previous}", mark=previous) if previous else None,
        next_mark=address(f"m{following}", mark=following) if following else None,
        mark_before=_mark_before(documents, document_id, place, part, length),
        mark_after=_mark_after(documents, document_id, place, part, length),
        earlier=earlier if part.start > 0 else None,
        later=later if part.end < length else None,
    )


def _part(
    documents: DocumentReader, document_id: str, place: Place, length: int
) -> tuple[Span, str]:
    """Return the part of the document that the place asks for, and its text."""
    window = choose_window(length, place=place.start or 0, begin=place.after, end=place.before)
    text = documents.text(document_id, window.start, window.end).text
    part = window.whole_lines(text)
    return part, text[part.start - window.start : part.end - window.start]


def _mark_before(
    documents: DocumentReader, document_id: str, place: Place, part: Span, length: int
) -> str | None:
    """Return the address of the last match before the part, shown in another part."""
    if place.q is None or part.start == 0:
        return None
    mark = documents.mark_before(document_id, place.q, part.start)
    if mark is None:
        return None
    end = max(mark.end, min(mark.end + CONTEXT_OF_MARK_CHARS, part.start))
    behind = documents.text(document_id, mark.end, end).text
    before = mark.end + (behind.rfind("\n") + 1 or len(behind))
    there = place.model_copy(update={"before": before, "after": None, "mark": None})
    around, _ = _part(documents, document_id, there, length)
    number = len(_highlights(documents, document_id, place, around))
    if not number:
        return None
    return document_address(
        document_id, there.model_copy(update={"mark": number}), anchor=f"m{number}"
    )


def _mark_after(
    documents: DocumentReader, document_id: str, place: Place, part: Span, length: int
) -> str | None:
    """Return the address of the first match after the part, shown in another part."""
    if place.q is None or part.end == length:
        return None
    mark = documents.mark_after(document_id, place.q, part.end)
    if mark is None:
        return None
    start = min(mark.start, max(mark.start - CONTEXT_OF_MARK_CHARS, part.end))
    ahead = documents.text(document_id, start, mark.start).text
    after = start if start == part.end else start + ahead.find("\n") + 1
    there = place.model_copy(update={"after": after, "before": None, "mark": 1})
    return document_address(document_id, there, anchor="m1")


def _highlights(
    documents: DocumentReader, document_id: str, place: Place, part: Span
) -> list[Span]:
    if place.q is None:
        return []
    marks = documents.marks(document_id, place.q, part.start, part.end)
    return [Span(mark.start, mark.end) for mark in marks]


def _layers(place: Place, highlights: Sequence[Span]) -> list[Layer]:
    return [
        Layer("span", [place.span] if place.span else [], anchor="span"),
        Layer("best", [place.best_span] if place.best_span else []),
        Layer("highlight", highlights, anchor="m{n}"),
    ]


def _neighbours(
    highlights: Sequence[Span], mark: int | None, start: int
) -> tuple[int | None, int | None]:
    """Return the numbers of the highlights before and after the current one, or around `start`."""
    if mark is None:
        before = bisect_left(highlights, start, key=lambda span: span.start)
        previous, following = before, before + 1
    else:
        previous, following = mark - 1, mark + 1
    return previous or None, following if following <= len(highlights) else None


def _numbered(
    documents: DocumentReader, document_id: str, text: str, part: Span, layers: Sequence[Layer]
) -> Markup:
    """Return a part of a text file with marks and the numbers of its lines."""
    first_line = documents.line_number(document_id, part.start)
    return mark_text(text, part.start, layers, first_line=first_line)


def _quoted(
    documents: DocumentReader, document: DocumentMetadata, place: Place, length: int
) -> Quotation | None:
    """Return the best span, or else the span; None if it is empty or too long."""
    span = place.best_span or place.span
    if span is None or span.end > length or not 0 < len(span) <= PART_CHARS:
        return None
    around = documents.text(
        document.id, max(0, span.start - CONTEXT_CHARS), span.end + CONTEXT_CHARS
    )
    source = None
    if document.extraction is not None:
        # The beginning of a long span says where it is.
        end = min(span.end, span.start + MAX_SOURCE_CHARS)
        source = documents.source(document.id, span.start, end).source
    first_line = documents.line_number(document.id, span.start)
    return Quotation(
        document, span, first_line, Surroundings(around.span.start, around.text), source
    )


def _original(document: DocumentMetadata, quoted: Quotation | None) -> str | None:
    source, text = (quoted.source, quoted.text) if quoted else (None, "")
    return original_address(document, source, text)


def _on_the_web(document: DocumentMetadata, quoted: Quotation | None) -> str | None:
    """Return the address of the document on the web, opened at the quotation if it has one."""
    address = document.source_url or ""
    # Anything else, such as `javascript:`, would be dangerous in a link.
    if not address.startswith(("https://", "http://")):
        return None
    directive = text_directive(quoted.text) if quoted else ""
    return address if not directive or "#" in address else f"{address}#{directive}"


def _marked_span(quotation: Quotation, place: Place, origin: str) -> MarkedSpan:
    """Return how to cite the quotation."""
    document = quotation.document
    unmoved = {"after": None, "before": None, "mark": None}
    version = {"sha256": document.sha256[:HASH_CHARS]}
    address = document_address(document.id, place.model_copy(update=unmoved | version))
    return MarkedSpan(
        lines=quotation.lines,
        address=address,
        link=origin + address,
        citation=citation(quotation),
        selectors=selectors(quotation, origin),
    )
