"""Document -> passages, and the windows inside each. Pure: text in, spans out.

Passages do not overlap and contain all text that is not blank.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from indexer.config import IndexConfig
from indexer.documents import Document, Heading, Passage
from indexer.spans import Span
from indexer.splitting.packing import passage_runs
from indexer.splitting.pieces import Sentence, sentences_of
from indexer.splitting.tables import Table, tables
from indexer.splitting.windows import windows_of

__all__ = ["split_passages"]


def split_passages(
    document: Document, config: IndexConfig, *, left_out: Sequence[Span] = ()
) -> list[Passage]:
    """Return the passages of the document, in order.

    `left_out` are runs of whole lines that other documents repeat, in order. No sentence crosses
    their edges, and the sentences inside them count as repeated. So does front matter, which is
    data, unless the document has no other text.
    """
    if document.body_start and document.text[document.body_start :].strip():
        left_out = [Span(0, document.body_start), *left_out]
    found = list(tables(document))
    headings = _HeadingPaths(document.headings, found)
    sentences = sentences_of(document, found, config, left_out)
    return [_passage(run, headings, config) for run in passage_runs(sentences, config)]


def _passage(run: list[Sentence], headings: "_HeadingPaths", config: IndexConfig) -> Passage:
    start, end = run[0][0], run[-1][1]
    return Passage(
        span=Span(start, end),
        heading=headings.path_at(start),
        windows=tuple(windows_of(run, config)),
        repeated=tuple([Span(start, end) for start, end, _, _, is_left_out in run if is_left_out]),
    )


class _HeadingPaths:
    """The path of headings above each position of a document.

    Inside a table, below its first row, the header of the table is the last heading.
    """

    def __init__(self, headings: Sequence[Heading], tables: Sequence[Table]) -> None:
        self._starts = [heading.start for heading in headings]
        paths: list[tuple[Heading, ...]] = list(accumulate(headings, _descend, initial=()))  # type: ignore[arg-type]
        self._paths = [" > ".join(heading.title for heading in path) for path in paths]
        self._tables = tables
        self._table_starts = [table.span.start for table in tables]

    def path_at(self, position: int) -> str:
        path = self._paths[bisect_right(self._starts, position)]
        header = self._header_at(position)
        return " > ".join(filter(None, [path, header])) if header else path

    def _header_at(self, position: int) -> str:
        place = bisect_left(self._table_starts, position)
        if not place or position >= self._tables[place - 1].span.end:
            return ""
        return self._tables[place - 1].header


def _descend(path: tuple[Heading, ...], heading: Heading) -> tuple[Heading, ...]:
    return (*(above for above in path if above.level < heading.level), heading)
