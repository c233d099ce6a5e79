"""Documents and passages by their public ids, read from the index, not from the original files."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from threading import BoundedSemaphore

from api.contract.documents import DocumentMetadata, DocumentText, SpanOut
from api.contract.errors import DocumentNotFound, PassageNotFound
from api.contract.passages import PassageContext
from api.contract.sources import DocumentSource
from api.documents.highlighter import find_matches, highlight
from api.documents.presentation import document_metadata, passage_out, span_out
from api.documents.sources.images import PageImages
from api.documents.sources.originals import original
from api.documents.sources.origins import passage_source
from api.documents.sources.outline import Outline, outline_of
from api.documents.sources.pieces import document_source
from api.query.parser import parse_query
from api.telemetry.stages import stage, turn_of
from indexer.index.clauses import QueryTerms
from indexer.index.records import LONGEST_RUN, StoredDocument, StoredPassage
from indexer.index.snapshot import Snapshot
from indexer.spans import Span

__all__ = ["DocumentReader"]

# How many documents are cached: as many as a few pages of results show.
REMEMBERED = 128
# At most this many passages are searched for a match; the first one nearly always has it.
PASSAGES_LOOKED_AT = 20
# This many neighbours are tried before the index is asked, which is slow if most passages of a long
# document match.
PASSAGES_NEARBY = 3
# A file is read whole into memory.
ORIGINALS_AT_ONCE = 2


class DocumentReader:
    """Reads the documents of one generation."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._images = PageImages(snapshot)
        self._turns = BoundedSemaphore(ORIGINALS_AT_ONCE)
        # A page of hits reads many parts of the same few documents.
        self._find = lru_cache(REMEMBERED)(snapshot.document_with_id)

    def metadata(self, document_id: str) -> DocumentMetadata:
        return document_metadata(self._stored(document_id), self._snapshot.folder)

    def text(self, document_id: str, start: int = 0, end: int | None = None) -> DocumentText:
        """Return a part of the document's text; the span is clipped to the document's length."""
        with stage("text"):
            return self._part(document_id, start, end)

    def _part(self, document_id: str, start: int, end: int | None) -> DocumentText:
        stored = self._stored(document_id)
        last = stored.length if end is None else min(end, stored.length)
        span = Span(min(start, last), last)
        return DocumentText(
            id=stored.id,
            sha256=stored.sha256,
            encoding=stored.encoding,
            span=span_out(span),
            length=stored.length,
            text=self._snapshot.text(stored, span),
        )

    def source(self, document_id: str, start: int = 0, end: int | None = None) -> DocumentSource:
        """Return the pieces of a part of the document's text, and where they are in its file.

        Raises InvalidQuery if the part is too long.
        """
        with stage("text"):
            return document_source(self._snapshot, self._stored(document_id), start, end)

    def outline(self, document_id: str, part: Span) -> Outline | None:
        """Return the pages, slides and so on of a part of an extracted text; None for others."""
        stored = self._stored(document_id)
        piece_map = self._snapshot.map_of(stored)
        return None if piece_map is None else outline_of(piece_map, stored.length, part)

    def original(self, document_id: str) -> tuple[DocumentMetadata, bytes]:
        """Return a document with the bytes that were indexed.

        Raises OriginalChanged if its file has other bytes now.
        """
        stored = self._stored(document_id)
        with turn_of(self._turns), stage("original"):
            content = original(self._snapshot, stored)
        return document_metadata(stored, self._snapshot.folder), content

    def page_image(self, document_id: str, number: int, span: Span, width: int) -> bytes:
        """Return a page of a PDF as a PNG, with the words of a span marked; see PageImages."""
        return self._images.page(self._stored(document_id), number, span, width)

    def line_number(self, document_id: str, position: int) -> int:
        """Return the 1-based number of the line at a position of the document's text."""
        stored = self._stored(document_id)
        place = min(position, stored.length)
        passage = self._passage_at(stored, place)
        before = passage.piece[: place - passage.piece_start]
        leading = passage.piece[: passage.span.start - passage.piece_start]
        return passage.line_start + before.count("\n") - leading.count("\n")

    def marks(self, document_id: str, q: str, start: int, end: int) -> list[SpanOut]:
        """Return where the words of a query match in a part of the text."""
        part = self._part(document_id, start, end)
        terms = self._terms(q)
        return [
            span_out(span.shifted(part.span.start))
            for span in highlight(find_matches(part.text, terms, self._snapshot.analyzer))
        ]

    def mark_before(self, document_id: str, q: str, place: int) -> SpanOut | None:
        """Return the last match of the query's words that begins before a place, if any."""
        stored, terms = self._stored(document_id), self._terms(q)
        for row in islice(self._rows_before(stored, terms, place), PASSAGES_LOOKED_AT):
            before = [mark for mark in self._marks_of(stored, row, terms) if mark.start < place]
            if before:
                return span_out(before[-1])
        return None

    def mark_after(self, document_id: str, q: str, place: int) -> SpanOut | None:
        """Return the first match of the query's words that ends after a place, if any."""
        stored, terms = self._stored(document_id), self._terms(q)
        for row in islice(self._rows_after(stored, terms, place), PASSAGES_LOOKED_AT):
            after = [mark for mark in self._marks_of(stored, row, terms) if mark.end > place]
            if after:
                return span_out(after[0])
        return None

    def passage(self, passage_id: str, *, before: int = 0, after: int = 0) -> PassageContext:
        """Return a passage with its neighbours. Raises PassageNotFound."""
        stored, rows = self.locate(passage_id)
        first = max(stored.first_row, rows.start - before)
        end = min(stored.end_row, rows.stop + after)
        single = [range(row, row + 1) for row in range(first, end)]
        runs = [*single[: rows.start - first], rows, *single[rows.stop - first :]]
        metadata = document_metadata(stored, self._snapshot.folder)
        around = [
            passage_out(passage, stored, metadata, passage_source(self._snapshot, stored, passage))
            for passage in self._snapshot.joined_passages(runs)
        ]
        place = rows.start - first
        return PassageContext(
            passage=around[place], before=around[:place], after=around[place + 1 :]
        )

    def locate(self, wanted: str) -> tuple[StoredDocument, range]:
        """Return the document of a passage and its rows. Raises PassageNotFound."""
        try:
            stored = self._stored(wanted.partition("-")[0])
        except DocumentNotFound:
            raise PassageNotFound(f"there is no passage {wanted!r}") from None
        rows = self._snapshot.rows_of(stored, wanted)
        if rows is None:
            raise PassageNotFound(f"there is no passage {wanted!r}; its file may have changed")
        return stored, rows

    def _stored(self, document_id: str) -> StoredDocument:
        stored = self._find(document_id)
        if stored is None:
            raise DocumentNotFound(f"there is no document {document_id!r}")
        return stored

    def _passage_at(self, stored: StoredDocument, place: int) -> StoredPassage:
        """Return the passage whose piece contains a place of the text."""
        place = min(place, stored.length)
        return self._snapshot.pieces(stored, Span(place, place))[0]

    def _terms(self, q: str) -> QueryTerms:
        return self._snapshot.query_terms(parse_query(q).clauses)

    def _rows_before(self, stored: StoredDocument, terms: QueryTerms, place: int) -> Iterator[int]:
        """Yield rows that may contain a term, backwards from the row at a place."""
        here = self._passage_at(stored, place).row
        near = max(stored.first_row - 1, here - PASSAGES_NEARBY)
        yield from range(here, near, -1)
        rows = sorted(self._snapshot.rows_with_any_term(terms, stored.document), reverse=True)
        yield from (row for row in rows if row <= near)

    def _rows_after(self, stored: StoredDocument, terms: QueryTerms, place: int) -> Iterator[int]:
        """Yield rows that may contain a term, forwards from the row at a place."""
        here = self._passage_at(stored, place).row
        near = min(stored.first_row + stored.passages, here + PASSAGES_NEARBY)
        yield from range(here, near)
        rows = sorted(self._snapshot.rows_with_any_term(terms, stored.document))
        yield from (row for row in rows if row >= near)

    def _marks_of(self, stored: StoredDocument, row: int, terms: QueryTerms) -> list[Span]:
        """Return where the terms occur in a passage, and phrases that cross its borders, at least.

        The spans count from the start of the document.
        """
        passages = self._around(stored, row, max(map(len, terms.phrases), default=0))
        text = "".join([passage.piece for passage in passages])
        found = highlight(find_matches(text, terms, self._snapshot.analyzer))
        return [span.shifted(passages[0].piece_start) for span in found]

    def _around(self, stored: StoredDocument, row: int, words: int) -> list[StoredPassage]:
        """Return a passage with its neighbours, as far as a phrase of so many words extends."""
        before = self._while_short(range(row - 1, stored.first_row - 1, -1), words)
        after = self._while_short(range(row + 1, stored.end_row), words)
        return [*reversed(before), *self._snapshot.passages([row]), *after]

    def _while_short(self, rows: range, words: int) -> list[StoredPassage]:
        """Return the passages of the first rows that together have all words but one, at most."""
        taken: list[StoredPassage] = []
        for row in rows[:LONGEST_RUN]:
            if words < 2:
                break
            (passage,) = self._snapshot.passages([row])
            taken.append(passage)
            words -= len(self._snapshot.analyzer.word_texts(passage.piece))
        return taken
