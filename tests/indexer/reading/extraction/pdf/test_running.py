"""Which lines are running headers, footers and page numbers."""

from indexer.reading.extraction.pdf.rows import Row
from indexer.reading.extraction.pdf.running import running_lines


def running(*pages: list[tuple[str, float]], size: float = 10) -> list[str]:
    """Return the running lines of pages, which are lines and how far down their page they are.

    `size` is the size of the letters of lines above and below; others have 10 points.
    """
    text, rows = "", []
    for index, lines in enumerate(pages):
        for line, height in lines:
            points = 10 if 0.2 < height < 0.8 else size
            rows.append(Row(len(text), len(text) + len(line), index, points, height))
            text += f"{line}\n\n"
    return [span.of(text) for span in running_lines(text, rows, len(pages))]


def test_the_same_line_at_the_same_place_of_three_pages_is_running() -> None:
    assert (
        running(*[[("Header", 0.05), (f"Text {at * at}", 0.1)] for at in range(3)])
        == ["Header"] * 3
    )


def test_a_line_in_the_middle_of_a_page_is_not() -> None:
    assert running(*[[("Refrain", 0.5)] for _ in range(5)]) == []


def test_a_line_that_moves_is_not() -> None:
    assert running(*[[("Refrain", 0.02 + at / 40)] for at in range(5)]) == []


def test_two_of_many_pages_are_too_few() -> None:
    assert running([("Header", 0.05)], [("Header", 0.05)], [("Text", 0.5)]) == []


def test_two_pages_are_enough_if_there_are_no_more() -> None:
    assert running([("Header", 0.05)], [("Header", 0.05)]) == ["Header", "Header"]


def test_left_and_right_pages_may_have_headers_of_their_own() -> None:
    pages = [[("The book" if at % 2 else "The chapter", 0.05)] for at in range(6)]
    assert len(running(*pages)) == 6


def test_numbers_that_grow_with_the_pages_are_page_numbers() -> None:
    assert running(*[[(f"Page {at + 7} of 12", 0.95)] for at in range(3)]) == [
        "Page 7 of 12",
        "Page 8 of 12",
        "Page 9 of 12",
    ]
    assert running(*[[(number, 0.95)] for number in ("iii", "iv", "v")]) == ["iii", "iv", "v"]


def test_other_numbers_are_not() -> None:
    assert running(*[[(f"{number} ships", 0.95)] for number in (4, 8, 3, 7)]) == []


def test_a_header_with_the_page_number_is_running_whatever_its_chapter_is() -> None:
    chapters = ["Springs", "Springs", "Springs", "Wells", "Wells"]
    pages = [[(f"{chapter} {at}", 0.05)] for at, chapter in enumerate(chapters)]
    assert len(running(*pages)) == 5


def test_the_number_of_a_page_is_one_at_its_other_edge_too() -> None:
    pages = [[(f"Springs {at}", 0.05)] for at in range(4)]
    assert "4" in running(*pages, [("4", 0.95)], [("6", 0.95)])
    assert "6" not in running(*pages, [("4", 0.95)], [("6", 0.95)])


def test_numbers_in_large_letters_are_those_of_headings() -> None:
    pages = [[(f"Step {at}", 0.05), ("What to do in this step", 0.5)] for at in range(4)]
    assert len(running(*pages)) == 4
    assert running(*pages, size=20) == []


def test_only_the_outermost_lines_are_running() -> None:
    lines = [(f"Line {letter}", 0.01 + at / 50) for at, letter in enumerate("abcde")]
    assert running(*[lines] * 3) == ["Line a", "Line b", "Line c"] * 3
    lines = [(f"Line {letter}", 0.99 - at / 50) for at, letter in enumerate("abcde")]
    assert running(*[lines] * 3) == ["Line a", "Line b", "Line c"] * 3
