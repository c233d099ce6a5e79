"""The tool `read`: a part of a document, as it was indexed."""

from api.documents.paths import document_at
from api.search.searcher import Searcher
from api.serving.agents.answers import Part
from api.serving.agents.budget import BYTES_PER_TOKEN, Budget, size_of
from api.serving.agents.parts import PartReader
from api.serving.agents.requests import ReadInput
from indexer.spans import Span

__all__ = ["read"]


def read(searcher: Searcher, asked: ReadInput) -> Part:
    """Return the part that was asked for, or its beginning if the budget is too small."""
    if asked.passage_id is not None:
        return _around(searcher, asked.passage_id, asked.max_tokens)
    assert asked.path is not None
    reader = PartReader(searcher, document_at(searcher.snapshot, asked.path))
    span = _wanted(reader, asked)
    # A code point has at least one byte.
    most = min(span.end, span.start + asked.max_tokens * BYTES_PER_TOKEN)
    text = Budget.of_tokens(asked.max_tokens).beginning(reader.text(span.start, most))
    return _part(reader, span.start, text)


def _wanted(reader: PartReader, asked: ReadInput) -> Span:
    if asked.lines is not None:
        return reader.of_lines(asked.lines)
    if asked.pages is not None:
        return reader.of_pages(asked.pages)
    length = reader.stored.length
    return Span(min(asked.start or 0, length), length)


def _around(searcher: Searcher, passage_id: str, tokens: int) -> Part:
    """Return a passage with about as much text before it as after it."""
    passage = searcher.documents.passage(passage_id).passage
    reader = PartReader(searcher, document_at(searcher.snapshot, passage.document.path))
    budget = Budget.of_tokens(tokens)
    start = passage.span.start
    middle = budget.beginning(passage.text)
    if middle != passage.text:
        return _part(reader, start, middle)
    budget.take(middle)
    end, reach = start + len(middle), budget.left
    before, after = reader.text(start - reach, start), reader.text(end, end + reach)
    # What one side does not need is left for the other one.
    after = Budget(max(reach // 2, reach - size_of(before))).beginning(after)
    budget.take(after)
    before = budget.end(before)
    return _part(reader, start - len(before), before + middle + after)


def _part(reader: PartReader, start: int, text: str) -> Part:
    end, length = start + len(text), reader.stored.length
    return Part(
        **dict(reader.place(start, text)),
        title=reader.metadata.title,
        length=length,
        next_start=end if end < length else None,
    )
