"""Hits with all texts, addresses and marks that the pages show of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from api.contract.documents import DocumentMetadata, State
from api.contract.hits import Hit, RetrieverExplanation
from api.contract.passages import Duplicate, PassageOut
from api.contract.sources import PdfSource, Source
from api.documents.document_reader import DocumentReader
from api.documents.sources.place_names import fragment_of, place_words
from api.web.pages.addresses import HASH_CHARS, Place, document_address
from api.web.pages.citations import (
    CONTEXT_CHARS,
    Quotation,
    Surroundings,
    citation,
    day_of,
    selectors,
)
from api.web.pages.marked_text import Layer, mark_text
from indexer.reading.formats.front_matter import read_front_matter
from indexer.spans import Span

__all__ = [
    "ContributionView",
    "DuplicateView",
    "HitView",
    "beginning",
    "credit",
    "original_address",
    "place_of",
    "view_duplicates",
    "view_hits",
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

# Files that a browser shows as they are; anything else is saved.
SHOWN_BY_BROWSERS = frozenset({"application/pdf", "text/html"})


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

    `place` is where in the file it is, in words: for a file that is more than text, where its best
    span is. `credit` is who wrote it and when, as far as that is known. `snippet` is the best span
    with the text around it. `citation` and `selectors` quote the best span. `address` opens the
    whole passage; `link` is the same with the server's origin. `original` is the file itself at the
    best span, if a browser can open it there. `similar` is the address of similar passages.
    """

    hit: Hit
    place: str
    credit: str
    original: str | None
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


def view_hits(
    hits: Sequence[Hit], q: str | None, *, origin: str, documents: DocumentReader
) -> list[HitView]:
    """Return the views of hits; `q` is the query that found them, if there was one."""
    return [_view_hit(hit, q, origin, documents) for hit in hits]


def view_duplicates(
    duplicates: Sequence[Duplicate], q: str | None, documents: DocumentReader
) -> list[DuplicateView]:
    """Return the views of repetitions; only the first ones are quoted."""
    return [
        DuplicateView(
            duplicate,
            _duplicate_address(duplicate, q),
            _duplicate_beginning(duplicate, documents) if number < QUOTED_DUPLICATES else None,
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


def credit(document: DocumentMetadata) -> str:
    """Return who wrote the document and when it was published, as far as that is known."""
    return ", ".join(filter(None, [document.author, day_of(document.published)]))


def original_address(document: DocumentMetadata, source: Source | None, text: str) -> str | None:
    """Return the address of the file that a browser opens at a text; None if it cannot."""
    if document.media_type not in SHOWN_BY_BROWSERS or document.state is not State.CURRENT:
        return None
    if document.extraction is None:
        return None
    return f"/v1/documents/{document.id}/file?inline=true{fragment_of(source, text)}"


def _view_hit(hit: Hit, q: str | None, origin: str, documents: DocumentReader) -> HitView:
    best = Span(hit.best.start, hit.best.end)
    shown = _snippet_span(hit)
    quotation = _quotation(hit, best, documents)
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
        place=place_of(hit) if quotation.source is None else place_words(quotation.source),
        credit=credit(hit.document),
        original=original_address(hit.document, quotation.source, quotation.text),
        address=address,
        link=origin + address,
        similar=f"/passages/{hit.passage_id}/similar",
        snippet=_snippet(hit, shown),
        cut_before=shown.start > hit.span.start,
        cut_after=shown.end < hit.span.end,
        citation=citation(quotation),
        selectors=selectors(quotation, origin),
        contributions=_contributions(hit),
        duplicates=view_duplicates(hit.duplicates, q, documents),
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


def place_of(passage: PassageOut) -> str:
    """Return where in its file a passage is, in words; lines of an extracted text mean nothing."""
    if passage.document.extraction is not None:
        return place_words(passage.source)
    first, last = passage.lines.start, passage.lines.end
    return f"line {first:,}" if first == last else f"lines {first:,}–{last:,}"


def _quotation(hit: Hit, best: Span, documents: DocumentReader) -> Quotation:
    before = hit.text[: best.start - hit.span.start]
    return Quotation(
        document=hit.document,
        span=best,
        first_line=hit.lines.start + before.count("\n"),
        surroundings=_surroundings(hit, best, documents),
        source=_source(hit, best, documents),
    )


def _source(hit: Hit, best: Span, documents: DocumentReader) -> Source | None:
    """Return where the best span is from. On a page of a PDF that is the place of the hit."""
    if isinstance(hit.source, PdfSource) and len(hit.source.pages) == 1:
        return hit.source
    if hit.source is None:
        return None
    return documents.source(hit.document.id, best.start, best.end).source


def _surroundings(hit: Hit, best: Span, documents: DocumentReader) -> Surroundings:
    """Return the span with its context, from the passage if it contains enough of it."""
    start, end = max(0, best.start - CONTEXT_CHARS), best.end + CONTEXT_CHARS
    if hit.span.start <= start and end <= hit.span.end:
        return Surroundings(hit.span.start, hit.text)
    part = documents.text(hit.document.id, start, end)
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


def _duplicate_beginning(duplicate: Duplicate, documents: DocumentReader) -> str:
    span = duplicate.span
    # Runs of blanks become one, so twice as much text is nearly always enough.
    end = min(span.end, span.start + 2 * BEGINNING_CHARS)
    return beginning(documents.text(duplicate.document_id, span.start, end).text)


def _duplicate_address(duplicate: Duplicate, q: str | None) -> str:
    place = Place(start=duplicate.span.start, end=duplicate.span.end, q=q)
    return document_address(duplicate.document_id, place)
