"""Lines that pages repeat: running headers and footers, and page numbers."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from indexer.reading.extraction.pdf.rows import Row, usual_size
from indexer.spans import Span

__all__ = ["running_lines"]

# The parts of a page where such lines are, from its top and from its bottom.
MARGIN = 0.15
# How many lines there, at most.
EDGE_LINES = 3
# The same line on this many pages is a running one. Left and right pages may have lines of their
# own, so that one page may be left out.
FEWEST_PAGES = 3
LARGEST_STEP = 2
# Numbers in larger letters than most are those of headings.
LARGER = 1.15
_TOKEN = re.compile(r"\w+")
_ROMAN = re.compile(r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
# The longest line that is compared, in characters.
LONGEST = 200


class _Key(NamedTuple):
    """What is before and after a number of a line, and by how much that is more than the page's.

    Without a number, the line is all `before`.
    """

    before: str
    offset: int | None = None
    after: str = ""


def running_lines(text: str, rows: Sequence[Row], pages: int) -> list[Span]:
    """Return the lines that several pages have at the same place.

    They are the same, or differ by a number that grows with the pages. Once that is known to be the
    page number, the lines that begin or end with it are running lines too, whatever else they say:
    chapters have headers of their own.
    """
    edges = [row for row in _edge_rows(rows) if pages >= FEWEST_PAGES or _is_apart(text, row)]
    largest = LARGER * usual_size(rows)
    found: dict[tuple[_Key, float], list[Row]] = defaultdict(list)
    for row in edges:
        line = text[row.start : row.end]
        keys = _numbered_keys(line, row.page) if row.size <= largest else ()
        for key in (_Key(line), *keys):
            found[key, round(row.height, 2)].append(row)
    fewest = max(2, min(FEWEST_PAGES, pages))
    running: set[Row] = set()
    numbered: set[tuple[int, float]] = set()
    for (key, height), group in found.items():
        if runs := [*_runs(group, fewest)]:
            running.update(runs)
            if key.offset is not None:
                numbered.add((key.offset, height))
    offsets = {offset for offset, _ in numbered}
    for (key, height), group in found.items():
        is_alone = not key.before + key.after and key.offset in offsets
        is_at_an_end = not (key.before and key.after) and (key.offset, height) in numbered
        if is_alone or is_at_an_end:
            running.update(group)
    return [Span(row.start, row.end) for row in sorted(running)]


def _edge_rows(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield the first and the last lines in the margins of each page."""
    by_page: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if not MARGIN < row.height < 1 - MARGIN and row.end - row.start <= LONGEST:
            by_page[row.page].append(row)
    for margin in by_page.values():
        heights = sorted({round(row.height, 2) for row in margin})
        top = [height for height in heights if height <= MARGIN][:EDGE_LINES]
        bottom = [height for height in heights if height > MARGIN][-EDGE_LINES:]
        yield from (row for row in margin if round(row.height, 2) in {*top, *bottom})


def _is_apart(text: str, row: Row) -> bool:
    """Return whether the line is a paragraph of its own."""
    before, after = text[max(0, row.start - 2) : row.start], text[row.end : row.end + 2]
    return before in ("", "\n\n") and after in ("", "\n\n")


def _numbered_keys(line: str, page: int) -> Iterator[_Key]:
    """Yield what a line has in common with those of other pages that have another number."""
    for match in _TOKEN.finditer(line):
        if (number := _number(match[0])) is not None:
            yield _Key(line[: match.start()], number - page, line[match.end() :])


def _number(token: str) -> int | None:
    """Return the value of a number in Arabic or Roman digits."""
    if token.isdecimal() and len(token) < 7:
        return int(token)
    roman = token.lower()
    if len(roman) > 9 or not _ROMAN.fullmatch(roman):
        return None
    values = [_ROMAN_VALUES[digit] for digit in roman]
    return sum(
        -value if value < after else value
        for value, after in zip(values, [*values[1:], 0], strict=True)
    )


def _runs(rows: list[Row], fewest: int) -> Iterator[Row]:
    """Yield the rows that are on enough pages which follow each other."""
    run: list[Row] = []
    for row in [*rows, None]:
        if row and (not run or row.page - run[-1].page <= LARGEST_STEP):
            run.append(row)
            continue
        if len({each.page for each in run}) >= fewest:
            yield from run
        run = [row] if row else []
