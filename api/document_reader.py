"""Documents and passages by their public ids, read from the store: never from disk."""

from api.answers import document_metadata, passage_id, passage_out, span_out
from api.highlighter import highlight
from api.query import parse_query
from api.schemas import DocumentMetadata, DocumentText, PassageContext, SpanOut
from indexer.errors import DocumentNotFound, PassageNotFound
from indexer.open_generation import OpenGeneration
from indexer.spans import Span
from indexer.store import StoredDocument

__all__ = ["DocumentReader"]


class DocumentReader:
    """Reads the documents of one generation."""

    def __init__(self, opened: OpenGeneration) -> None:
        self._opened = opened

    def metadata(self, document_id: str) -> DocumentMetadata:
        return document_metadata(self._stored(document_id), self._opened.folder)

    def text(self, document_id: str, start: int = 0, end: int | None = None) -> DocumentText:
        """Return a part of the document's text; the span is cut to the document's length."""
        stored = self._stored(document_id)
        last = stored.length if end is None else min(end, stored.length)
        span = Span(min(start, last), last)
        return DocumentText(
            id=stored.id,
            sha256=stored.sha256,
            encoding=stored.encoding,
            span=span_out(span),
            length=stored.length,
            text=self._text(stored, span),
        )

    def line_number(self, document_id: str, position: int) -> int:
        """Return the 1-based line that holds a place of the document's text."""
        stored = self._stored(document_id)
        place = min(position, stored.length)
        first, end = self._opened.store.rows_overlapping(stored, Span(place, place))
        passage = next(self._opened.store.passages_between(first, end))
        before = passage.piece[: place - passage.piece_start]
        leading = passage.piece[: passage.span.start - passage.piece_start]
        return passage.line_start + before.count("\n") - leading.count("\n")

    def marks(self, document_id: str, q: str, start: int, end: int) -> list[SpanOut]:
        """Return all places of a part of the text that the words of a query match."""
        part = self.text(document_id, start, end)
        terms = self._opened.lexical.terms(parse_query(q).clauses)
        return [
            span_out(span.shifted(part.span.start))
            for span in highlight(part.text, terms, self._opened.analyzer)
        ]

    def passage(self, passage_id: str, *, before: int, after: int) -> PassageContext:
        """Return a passage with its neighbours. Raises PassageNotFound."""
        stored, row = self.locate(passage_id)
        first = max(stored.first_row, row - before)
        end = min(stored.first_row + stored.passages, row + after + 1)
        metadata = document_metadata(stored, self._opened.folder)
        around = [
            passage_out(passage, stored, metadata)
            for passage in self._opened.store.passages_between(first, end)
        ]
        place = row - first
        return PassageContext(
            passage=around[place], before=around[:place], after=around[place + 1 :]
        )

    def locate(self, wanted: str) -> tuple[StoredDocument, int]:
        """Return the document of a passage and its row. Raises PassageNotFound."""
        try:
            stored = self._stored(wanted.partition("-")[0])
        except DocumentNotFound:
            raise PassageNotFound(f"there is no passage {wanted!r}") from None
        for row, span in self._opened.store.passage_spans(stored):
            if passage_id(stored, span) == wanted:
                return stored, row
        raise PassageNotFound(f"there is no passage {wanted!r}; its file may have changed")

    def _stored(self, document_id: str) -> StoredDocument:
        number = self._opened.manifest.number
        stored = self._opened.store.document_with_id(document_id, number)
        if stored is None:
            raise DocumentNotFound(f"there is no document {document_id!r}")
        return stored

    def _text(self, stored: StoredDocument, span: Span) -> str:
        first, end = self._opened.store.rows_overlapping(stored, span)
        pieces = list(self._opened.store.passages_between(first, end))
        if not pieces:
            return ""
        return span.shifted(-pieces[0].piece_start).of("".join(each.piece for each in pieces))
