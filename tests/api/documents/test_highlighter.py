"""The positions of a query's terms, shown by a line of marks below each text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.documents.highlighter import BestWindow, best_window, highlight
from indexer.index.analysis.analyzer import Analyzer
from indexer.index.clauses import QueryTerms
from indexer.spans import Span
from tests.indexer.strategies import texts

ANALYZER = Analyzer("english")


def terms(
    *stems: str,
    words: tuple[str, ...] = (),
    identifiers: tuple[str, ...] = (),
    phrases: tuple[str, ...] = (),
) -> QueryTerms:
    return QueryTerms(
        frozenset(stems),
        frozenset(words),
        frozenset(identifiers),
        tuple(tuple(phrase.split()) for phrase in phrases),
    )


def marks(text: str, wanted: QueryTerms) -> str:
    """Return a line with `^` under every marked code point; `|` where a mark begins."""
    line = [" "] * len(text)
    for span in highlight(text, wanted, ANALYZER):
        line[span.start : span.end] = ["|"] + ["^"] * (len(span) - 1)
    return "".join(line).rstrip()


@pytest.mark.parametrize(
    ("text", "wanted", "expected"),
    [
        (
            "Voters voted, and votes were counted.",
            terms("vote"),
            "       |^^^^      |^^^^",
        ),
        (
            "A café, a Cafe and a cafe\u0301.",
            terms("cafe"),
            "  |^^^    |^^^       |^^^^",
        ),
        (
            "on and on",
            terms("on"),
            "|^     |^",
        ),
        (
            "the U.S. left",
            terms("u", "s"),
            "    | |",
        ),
        (
            "北约联盟将继续",
            terms("北约", "约联"),
            "|^^",
        ),
        (
            "北约联盟",
            terms("北约", "联盟"),
            "|^|^",
        ),
        (
            "联盟和联盟",
            terms("联盟"),
            "|^ |^",
        ),
        (
            "alarm, alarms, alarming",
            terms(words=("alarm", "alarming")),
            "|^^^^          |^^^^^^^",
        ),
        (
            "snake_case is snake case",
            terms(identifiers=("snake_case",)),
            "|^^^^^^^^^",
        ),
        (
            "snake_case is snake case",
            terms("snake", identifiers=("snake_case",)),
            "|^^^^^^^^^    |^^^^",
        ),
        (
            "to be or not to be, to be",
            terms(phrases=("to be",)),
            "|^^^^        |^^^^  |^^^^",
        ),
        (
            "To\u00a0be -- that is it",
            terms(phrases=("to be",)),
            "|^^^^",
        ),
        (
            "be to be to be",
            terms(phrases=("be to be",)),
            "|^^^^^^^^^^^^^",
        ),
    ],
)
def test_marks_beneath_a_text(text: str, wanted: QueryTerms, expected: str) -> None:
    assert marks(text, wanted) == expected


def test_without_terms_nothing_is_marked() -> None:
    assert highlight("some text", terms(), ANALYZER) == []
    assert highlight("", terms("text", words=("text",), phrases=("text",)), ANALYZER) == []


def test_an_empty_phrase_marks_nothing() -> None:
    assert highlight("some text", terms(phrases=("",)), ANALYZER) == []


@given(texts, st.data())
def test_highlights_are_sorted_disjoint_and_cover_every_match(
    text: str, data: st.DataObject
) -> None:
    found = ANALYZER.stems(text)
    words = [term.text for term in ANALYZER.words(text)]
    chosen = data.draw(st.sets(st.sampled_from(found))) if found else set()
    phrase = " ".join(data.draw(st.lists(st.sampled_from(words), max_size=3))) if words else ""
    spans = highlight(text, terms(*(term.text for term in chosen), phrases=(phrase,)), ANALYZER)
    edges = [edge for span in spans for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    assert all(len(span) > 0 and span.end <= len(text) for span in spans)
    for term in chosen:
        assert any(span.contains(term.span) for span in spans)


# The best window

#       0         10        20        30        40
TEXT = "A ferry sails. The bridge is shut. No ferry."
WINDOWS = [Span(0, 14), Span(15, 34), Span(35, 44)]


def best(
    rarity: dict[str, float], cosines: list[float] | None = None, semantic_weight: float = 0.5
) -> tuple[str, float]:
    """Return the text of the best window, and its score."""
    found = best_window(WINDOWS, rarity, ANALYZER.stems(TEXT, rarity), cosines, semantic_weight)
    assert found is not None
    return found.span.of(TEXT), round(found.score, 6)


def test_the_window_with_most_of_the_weight_is_best() -> None:
    assert best({"ferri": 1.0, "bridg": 3.0}) == ("The bridge is shut.", 3 / (1 + 3))


def test_equal_windows_go_to_the_earlier_one() -> None:
    assert best({"ferri": 2.0}) == ("A ferry sails.", 1.0)


@given(st.lists(st.floats(0.1, 10.0), min_size=6, max_size=12))
def test_windows_with_the_same_words_are_equal_whatever_the_order(weights: list[float]) -> None:
    # Sets have no fixed order, and a plain sum of floats depends on it.
    words = [f"word{chr(ord('a') + number)}" for number in range(len(weights))]
    first, second = " ".join(words), " ".join(reversed(words))
    stems = ANALYZER.stems(f"{first} {second}")
    rarity = dict(zip([term.text for term in stems], weights, strict=False))
    windows = [Span(0, len(first)), Span(len(first) + 1, len(first) + 1 + len(second))]
    assert best_window(windows, rarity, stems, None, 0.0) == BestWindow(windows[0], 1.0)


def test_words_and_meaning_count_by_the_weight() -> None:
    # The weight 1 + 3 is divided: 1/4 in the first window, 3/4 in the second.
    rarity, cosines = {"ferri": 1.0, "bridg": 3.0}, [0.9, 0.1, 0.9]
    assert best(rarity, cosines, 0.8) == ("A ferry sails.", 0.77)  # 0.2 * 1/4 + 0.8 * 0.9
    assert best(rarity, cosines, 0.2) == ("The bridge is shut.", 0.62)  # 0.8 * 3/4 + 0.2 * 0.1


def test_negative_cosines_count_as_zero() -> None:
    assert best({}, [-0.5, -0.1, -0.9], 1.0) == ("A ferry sails.", 0.0)


def test_without_a_query_vector_only_words_count() -> None:
    assert best({"shut": 1.0}, None, 1.0) == ("The bridge is shut.", 1.0)


def test_a_passage_without_windows_has_no_best_one() -> None:
    assert best_window([], {"ferri": 1.0}, [], None, 0.5) is None


def test_a_term_across_the_edge_of_a_window_is_not_inside() -> None:
    windows = [Span(0, 4), Span(4, 14)]
    stems = ANALYZER.stems(TEXT, {"ferri"})
    assert best_window(windows, {"ferri": 1.0}, stems, None, 0.0) == BestWindow(Span(0, 4), 0.0)
