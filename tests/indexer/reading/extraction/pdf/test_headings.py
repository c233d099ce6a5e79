"""Which lines of a PDF are its headings."""

from indexer.reading.extraction.pdf.engine import Bookmark
from indexer.reading.extraction.pdf.headings import headings_of
from indexer.reading.extraction.pdf.rows import Row
from indexer.spans import Span

# Lines with the sizes of their letters, all on one page.
Sized = list[tuple[str, float]]


def headings(
    lines: Sized, bookmarks: tuple[Bookmark, ...] = (), running: int = 0
) -> list[tuple[int, str]]:
    """Return the levels and titles found in these lines; the first `running` ones are repeated."""
    text, rows = "", []
    for line, size in lines:
        rows.append(Row(len(text), len(text) + len(line), 0, size, 0.5))
        text += f"{line}\n" if line.startswith("A book") else f"{line}\n\n"
    repeated = [Span(row.start, row.end) for row in rows[:running]]
    return [(each.level, each.title) for each in headings_of(text, rows, bookmarks, repeated)]


PROSE: Sized = [("The text of a page has many letters, all of the same size.", 10)] * 5


def test_an_entry_of_the_outline_is_found_whatever_its_blanks_and_letters() -> None:
    lines = [("1  The  WELL", 10), *PROSE]
    assert headings(lines, (Bookmark(0, 2, "1. The well"),)) == [(2, "1 The WELL")]


def test_an_entry_may_have_a_number_that_its_line_lacks_and_the_other_way() -> None:
    assert headings([("Wells", 10), *PROSE], (Bookmark(0, 1, "2.1 Wells"),)) == [(1, "Wells")]
    assert headings([("2.1 Wells", 10), *PROSE], (Bookmark(0, 1, "Wells"),)) == [(1, "2.1 Wells")]


def test_a_page_number_before_a_heading_is_not_part_of_it() -> None:
    lines = [("1", 10), ("1 Wells", 10), *PROSE]
    assert headings(lines, (Bookmark(0, 1, "1 Wells"),)) == [(1, "1 Wells")]


def test_an_entry_may_take_several_lines() -> None:
    lines = [("A history of the wells", 10), ("and springs", 10), *PROSE]
    title = "A history of the wells and springs"
    assert headings(lines, (Bookmark(0, 1, title),)) == [(1, title)]


def test_a_running_header_is_no_heading() -> None:
    lines = [("Wells", 8), *PROSE, ("Wells", 10)]
    text = "\n".join(line for line, _ in lines)
    rows = [Row(0, 5, 0, 8, 0.1), Row(text.rindex("Wells"), len(text), 0, 10, 0.5)]
    [heading] = headings_of(text, rows, [Bookmark(0, 1, "Wells")], [Span(0, 5)])
    assert heading.start == text.rindex("Wells")


def test_entries_without_their_line_are_left_out() -> None:
    assert (
        headings(PROSE, (Bookmark(0, 1, "Wells"), Bookmark(0, 1, "?!"), Bookmark(7, 1, "a"))) == []
    )


def test_larger_letters_are_headings_by_size() -> None:
    lines = [("A book", 20), *PROSE, ("A chapter", 14), *PROSE, ("Another", 14), *PROSE]
    assert headings(lines) == [(1, "A book"), (2, "A chapter"), (2, "Another")]


def test_a_heading_by_size_may_take_several_lines() -> None:
    assert headings([("A book", 20), ("of wells", 20), *PROSE]) == [(1, "A book of wells")]


def test_numbers_and_sentences_in_large_letters_are_no_headings() -> None:
    assert headings([("42 000", 20), *PROSE, ("It ends with a point.", 14), *PROSE]) == []


def test_large_words_inside_a_paragraph_and_large_first_letters_are_no_headings() -> None:
    text = "The text of a page is\nLARGE\nin places.\n\nT\n\nhe end"
    lines = [(0, 10.0), (22, 20.0), (28, 10.0), (40, 40.0), (43, 10.0)]
    rows = [
        Row(start, text.index("\n", start) if start < 43 else len(text), 0, size, 0.5)
        for start, size in lines
    ]
    assert headings_of(text, rows, [], []) == []


def test_a_page_in_many_sizes_has_no_headings() -> None:
    poster: Sized = [(f"Line of a poster {size}", size) for size in range(12, 30, 3)]
    assert headings([*PROSE * 9, *poster]) == []


def test_much_text_in_large_letters_is_no_heading() -> None:
    slides: Sized = [("A slide with a title", 20), ("and three lines", 12)] * 3
    assert headings(slides) == []


def test_no_text_has_no_headings() -> None:
    assert headings([]) == []
