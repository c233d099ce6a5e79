"""The headings of a PDF: lines that its outline names, or else lines in larger letters."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from indexer.documents import Heading
from indexer.reading.extraction.pdf.engine import Bookmark
from indexer.reading.extraction.pdf.rows import Row, half_points, usual_size
from indexer.spans import Span

__all__ = ["headings_of"]

# A heading may take this many lines.
MOST_LINES = 3
LONGEST = 200
# The longest number of a heading, without points.
LONGEST_NUMBER = 8
# Headings in the text are larger than most of it by this factor.
LARGER = 1.15
# With more sizes, or with a larger share of the text, large letters mean something else.
MOST_SIZES = 5
LARGEST_SHARE = 0.3


def headings_of(
    text: str, rows: Sequence[Row], bookmarks: Iterable[Bookmark], repeated: Sequence[Span]
) -> list[Heading]:
    """Return the headings in the order of the text."""
    running = {span.start for span in repeated}
    proper = [row for row in rows if row.start not in running]
    found = dict(_by_outline(text, proper, bookmarks)) or dict(_by_size(text, proper))
    return [found[start] for start in sorted(found)]


def _by_outline(
    text: str, rows: Sequence[Row], bookmarks: Iterable[Bookmark]
) -> Iterator[tuple[int, Heading]]:
    """Yield the lines that are entries of the outline, each with its start."""
    by_page: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        by_page[row.page].append(row)
    taken: set[int] = set()
    for bookmark in bookmarks:
        title = _letters(bookmark.title)
        for start, end in _named(text, by_page[bookmark.page], title):
            if start not in taken:
                taken.add(start)
                yield start, Heading(start, bookmark.level, _one_line(text[start:end]))
                break


def _named(text: str, rows: list[Row], title: str) -> list[tuple[int, int]]:
    """Return where lines with a title start and end, the most similar ones first.

    The lines may lack the number of the title, or have one that it lacks.
    """
    if not title:
        return []
    letters = [_letters(text[row.start : row.end]) for row in rows]
    found: list[tuple[int, int, int]] = []
    for first, row in enumerate(rows):
        together = ""
        for last in range(first, min(first + MOST_LINES, len(rows))):
            together += letters[last]
            if len(together) > len(title) + LONGEST_NUMBER:
                break
            if _is_same(together, title):
                found.append((abs(len(together) - len(title)), row.start, rows[last].end))
                break
    return [(start, end) for _, start, end in sorted(found)]


def _is_same(line: str, title: str) -> bool:
    shorter, longer = sorted((line, title), key=len)
    number = longer.removesuffix(shorter)
    named = bool(shorter) and longer.endswith(shorter)
    return named and (not number or number.isdecimal() or len(number) == 1)


def _by_size(text: str, rows: Sequence[Row]) -> Iterator[tuple[int, Heading]]:
    """Yield the lines in larger letters than most, if they look like headings."""
    smallest = LARGER * usual_size(rows)
    groups = [group for group in _groups(text, rows, smallest) if _is_title(text, group)]
    sizes = sorted({half_points(group[0].size) for group in groups}, reverse=True)
    length = sum(row.end - row.start for group in groups for row in group)
    most = LARGEST_SHARE * sum(row.end - row.start for row in rows)
    if len(sizes) > MOST_SIZES or length > most:
        return
    for group in groups:
        start, end = group[0].start, group[-1].end
        level = 1 + sizes.index(half_points(group[0].size))
        yield start, Heading(start, level, _one_line(text[start:end]))


def _groups(text: str, rows: Sequence[Row], smallest: float) -> Iterator[list[Row]]:
    """Yield the lines of each paragraph in letters of at least this size."""
    group: list[Row] = []
    for row in rows:
        goes_on = bool(group) and (
            row.page == group[-1].page
            and half_points(row.size) == half_points(group[-1].size)
            and text[group[-1].end : row.start] == "\n"
        )
        if group and not goes_on:
            yield group
            group = []
        if row.size >= smallest:
            group.append(row)
    if group:
        yield group


def _is_title(text: str, group: list[Row]) -> bool:
    start = group[0].start
    title = text[start : group[-1].end]
    letters = sum(map(str.isalpha, title))
    begins_paragraph = text[max(0, start - 2) : start] in ("", "\n\n")
    # Neither a number in large letters nor the large first letter of a text nor a sentence.
    return (
        begins_paragraph
        and len(group) <= MOST_LINES
        and 1 < len(title) <= LONGEST
        and 2 * letters > len(title)
        and not title.endswith((".", ",", ";"))
    )


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _one_line(text: str) -> str:
    return " ".join(text.split())
