from indexer.config import IndexConfig
from indexer.spans import Span
from indexer.splitting.pieces import SECTION, Sentence
from indexer.splitting.windows import windows_of

CONFIG = IndexConfig(window_chars=40, longest_window_chars=60)


def windows(*described: int | tuple[int, int, bool]) -> list[tuple[int, int]]:
    """Return the first and last number of the sentences in each window.

    A sentence is described by its weight, and by its depth and whether it is left out if it is not
    plain prose.
    """
    run: list[Sentence] = []
    start = 0
    for each in described:
        weight, depth, is_left_out = (each, 0, False) if isinstance(each, int) else each
        run.append((start, start + weight, weight, depth, is_left_out))
        start += weight + 1
    starts, ends = [each[0] for each in run], [each[1] for each in run]
    return [(starts.index(span.start), ends.index(span.end)) for span in windows_of(run, CONFIG)]


def test_a_window_has_at_most_three_sentences_of_about_the_configured_length() -> None:
    assert windows(5, 5, 5, 5) == [(0, 2), (3, 3)]
    assert windows(20, 20, 20) == [(0, 0), (1, 1), (2, 2)]
    assert windows(60) == [(0, 0)]
    assert list(windows_of([], CONFIG)) == []


def test_a_window_begins_at_a_heading() -> None:
    assert windows(5, (5, SECTION, False), 5) == [(0, 0), (1, 2)]


def test_what_is_left_out_is_in_no_window() -> None:
    assert windows((5, 0, True), 5, (5, 0, True), 5) == [(1, 1), (3, 3)]
    assert windows((5, 0, True)) == []
    assert windows(5, (5, 2, True), (5, 2, False), 5) == [(0, 0), (2, 2), (3, 3)]


def test_a_short_record_counts_as_one_sentence() -> None:
    assert windows(5, (2, 2, False), (2, 2, False), 5, (2, 2, False), 5, 5) == [(0, 5), (6, 6)]


def test_a_long_record_shares_no_window() -> None:
    assert windows(5, 15, (15, 2, False), (15, 2, False), 5) == [(0, 0), (1, 2), (3, 3), (4, 4)]


def test_windows_are_spans_of_the_text() -> None:
    run: list[Sentence] = [(3, 9, 6, 0, False), (11, 15, 4, 0, False)]
    assert list(windows_of(run, CONFIG)) == [Span(3, 15)]
