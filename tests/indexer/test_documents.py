import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import Candidate, Passage, SkipReason, SourceFile
from indexer.spans import Span

#       0         1         2         3
#       0123456789012345678901234567890123456789
TEXT = "Menu. Wolves howl. Menu. The moon rose."


def passage(windows: list[Span], repeated: list[Span], start: int = 0) -> Passage:
    return Passage(Span(start, len(TEXT)), "", tuple(windows), tuple(repeated))


def test_content_is_the_text_without_repeated_lines() -> None:
    assert passage([], []).content(TEXT) == TEXT
    assert passage([], [Span(19, 24)]).content(TEXT) == "Menu. Wolves howl.  The moon rose."
    assert passage([], [Span(19, 24)], start=6).content(TEXT) == "Wolves howl.  The moon rose."


def test_repetitions_at_the_edges_leave_the_content_without_them() -> None:
    assert passage([], [Span(0, 5)]).content(TEXT) == " Wolves howl. Menu. The moon rose."
    assert passage([], [Span(25, 39)]).content(TEXT) == "Menu. Wolves howl. Menu. "
    assert passage([], [Span(0, 39)]).content(TEXT) == ""


def test_windows_move_by_the_length_left_out_before_them() -> None:
    found = passage([Span(6, 18), Span(25, 39)], [Span(0, 5), Span(19, 24)])
    content = found.content(TEXT)
    assert found.content_windows() == ((1, 13), (15, 29))
    assert [content[a:b] for a, b in found.content_windows()] == ["Wolves howl.", "The moon rose."]


@st.composite
def passages(draw: st.DrawFn) -> tuple[str, Passage]:
    """Sentences as from the splitter: some are repeated, and the others form windows."""
    sentences = draw(st.lists(st.text("ab. ", min_size=1, max_size=6), min_size=1, max_size=8))
    start = draw(st.integers(0, 5))
    text = "x" * start + "".join(sentences)
    windows: list[Span] = []
    repeated: list[Span] = []
    for sentence in sentences:
        span = Span(start, start + len(sentence))
        (repeated if draw(st.booleans()) else windows).append(span)
        start = span.end
    first = min(windows + repeated).start
    return text, Passage(Span(first, len(text)), "", tuple(windows), tuple(repeated))


@given(passages())
def test_every_window_is_the_same_text_in_the_content(given_passage: tuple[str, Passage]) -> None:
    text, found = given_passage
    content = found.content(text)
    assert [content[a:b] for a, b in found.content_windows()] == [
        window.of(text) for window in found.windows
    ]
    assert content == "".join(window.of(text) for window in found.windows)


def test_values_are_frozen() -> None:
    source = SourceFile("a.txt", 1, 2, 3, 4)
    with pytest.raises(dataclasses.FrozenInstanceError):
        source.path = "b.txt"  # type: ignore[misc]
    assert source == SourceFile("a.txt", 1, 2, 3, 4)


def test_a_candidate_is_a_row_with_a_score() -> None:
    assert tuple(Candidate(3, 0.5)) == (3, 0.5)


def test_reasons_are_readable_words() -> None:
    # These words appear in the command's summary.
    assert [str(reason) for reason in SkipReason] == [
        "binary",
        "too large",
        "unreadable",
        "undecodable",
        "empty",
        "ignored",
        "name",
        "temporary",
        "damaged",
        "encrypted",
        "no text",
        "too costly",
        "unsupported",
    ]
