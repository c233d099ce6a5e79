"""The positions of a query's terms, shown by a line of marks below each text."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.documents.highlighter import (
    BestSpan,
    Evidence,
    Kind,
    Part,
    best_span,
    find_matches,
    highlight,
)
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


def highlights(text: str, wanted: QueryTerms) -> list[Span]:
    return highlight(find_matches(text, wanted, ANALYZER))


def marks(text: str, wanted: QueryTerms) -> str:
    """Return a line with `^` under every marked code point; `|` where a mark begins."""
    line = [" "] * len(text)
    for span in highlights(text, wanted):
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
            terms("us"),
            "    |^^^",
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
    assert highlights("some text", terms()) == []
    assert highlights("", terms("text", words=("text",), phrases=("text",))) == []


def test_an_empty_phrase_marks_nothing() -> None:
    assert highlights("some text", terms(phrases=("",))) == []


@given(texts, st.data())
def test_highlights_are_sorted_disjoint_and_cover_every_match(
    text: str, data: st.DataObject
) -> None:
    found = ANALYZER.stems(text)
    words = [term.text for term in ANALYZER.words(text)]
    chosen = data.draw(st.sets(st.sampled_from(found))) if found else set()
    phrase = " ".join(data.draw(st.lists(st.sampled_from(words), max_size=3))) if words else ""
    spans = highlights(text, terms(*(term.text for term in chosen), phrases=(phrase,)))
    edges = [edge for span in spans for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    assert all(len(span) > 0 and span.end <= len(text) for span in spans)
    for term in chosen:
        assert any(span.contains(term.span) for span in spans)


# The best span

#       0         10        20        30        40
TEXT = "A ferry sails. The bridge is shut. No ferry."
SENTENCES = [Span(0, 14), Span(15, 34), Span(35, 44)]


def best(
    wanted: QueryTerms,
    weights: dict[str, float],
    cosines: tuple[float, ...] = (0.0, 0.0, 0.0),
    semantic_weight: float = 0.0,
    asides: int = 0,
) -> tuple[str, float]:
    """Return the text of the best span, and its score; `weights` are of the terms by their text.

    The first `asides` sentences are asides.
    """
    kinds = {
        Kind.STEM: wanted.stems,
        Kind.WORD: wanted.words,
        Kind.PHRASE: [" ".join(phrase) for phrase in wanted.phrases],
    }
    found = best_span(
        [
            Part(span, cosine, number < asides)
            for number, (span, cosine) in enumerate(zip(SENTENCES, cosines, strict=True))
        ],
        find_matches(TEXT, wanted, ANALYZER),
        {Evidence(kind, text): weights[text] for kind in kinds for text in kinds[kind]},
        semantic_weight,
    )
    assert found is not None
    return found.span.of(TEXT), round(found.score, 6)


def test_the_part_with_most_of_the_weight_is_best() -> None:
    found = best(terms("ferri", "bridg"), {"ferri": 1.0, "bridg": 3.0})
    assert found == ("The bridge is shut.", 3 / (1 + 3))


def test_equal_parts_go_to_the_earlier_one() -> None:
    assert best(terms("ferri"), {"ferri": 2.0}) == ("A ferry sails.", 1.0)


@given(st.lists(st.floats(0.1, 10.0), min_size=6, max_size=12))
def test_parts_with_the_same_words_are_equal_whatever_the_order(weights: list[float]) -> None:
    # Sets have no fixed order, and a plain sum of floats depends on it.
    words = [f"word{chr(ord('a') + number)}" for number in range(len(weights))]
    first, second = " ".join(words), " ".join(reversed(words))
    text = f"{first} {second}"
    stems = [term.text for term in ANALYZER.stems(first)]
    rarity = {Evidence(Kind.STEM, stem): each for stem, each in zip(stems, weights, strict=True)}
    parts = [Part(Span(0, len(first))), Part(Span(len(first) + 1, len(text)))]
    found = best_span(parts, find_matches(text, terms(*stems), ANALYZER), rarity, 0.0)
    assert found == BestSpan(parts[0].span, 1.0)


def test_words_and_meaning_count_by_the_weight() -> None:
    # The weight 1 + 3 is divided: 1/4 in the first part, 3/4 in the second.
    wanted, rarity, cosines = terms("ferri", "bridg"), {"ferri": 1.0, "bridg": 3.0}, (0.9, 0.1, 0.9)
    # 0.2 * 1/4 + 0.8 * 0.9, and 0.8 * 3/4 + 0.2 * 0.1
    assert best(wanted, rarity, cosines, 0.8) == ("A ferry sails.", 0.77)
    assert best(wanted, rarity, cosines, 0.2) == ("The bridge is shut.", 0.62)


def test_negative_cosines_count_as_zero() -> None:
    assert best(terms(), {}, (-0.5, -0.1, -0.9), 1.0) == ("A ferry sails.", 0.0)


def test_meaning_alone_chooses_where_nothing_matches() -> None:
    assert best(terms("boat"), {"boat": 1.0}, (0.1, 0.2, 0.3), 1.0) == ("No ferry.", 0.3)


def test_meaning_chooses_among_parts_with_a_match() -> None:
    found = best(terms("ferri"), {"ferri": 1.0}, (0.1, 0.9, 0.3), 1.0)
    assert found == ("No ferry.", 0.3)


def test_a_phrase_is_shown_whatever_else_matches() -> None:
    wanted = terms("ferri", "shut", phrases=("no ferry",))
    rarity = {"ferri": 1.0, "shut": 9.0, "no ferry": 2.0}
    assert best(wanted, rarity, (0.9, 0.9, 0.0), 0.5)[0] == "No ferry."


def test_a_phrase_across_parts_is_shown_whole() -> None:
    wanted = terms(phrases=("shut no",))
    assert best(wanted, {"shut no": 1.0}) == ("The bridge is shut. No ferry.", 1.0)


def test_words_with_a_prefix_are_shown() -> None:
    assert best(terms(words=("bridge",)), {"bridge": 1.0}) == ("The bridge is shut.", 1.0)


def test_asides_are_shown_only_if_nothing_else_matches() -> None:
    rarity = {"ferri": 1.0, "sail": 3.0}
    assert best(terms("ferri", "sail"), rarity, asides=1)[0] == "No ferry."
    assert best(terms("sail"), rarity, asides=1)[0] == "A ferry sails."
    assert best(terms("boat"), {"boat": 1.0}, asides=1)[0] == "The bridge is shut."
    assert best(terms("boat"), {"boat": 1.0}, asides=3)[0] == "A ferry sails."


def test_a_passage_without_parts_has_no_best_span() -> None:
    assert best_span([], find_matches(TEXT, terms("ferri"), ANALYZER), {}, 0.5) is None


def test_a_match_across_the_edge_of_a_part_is_shown_whole() -> None:
    parts = [Part(Span(0, 4)), Part(Span(4, 14)), Part(Span(15, 44))]
    found = find_matches(TEXT, terms("ferri", "sail"), ANALYZER)
    rarity = {Evidence(Kind.STEM, stem): 1.0 for stem in ("ferri", "sail")}
    assert best_span(parts, found, rarity, 0.0) == BestSpan(Span(0, 14), 1.0)


@given(texts, st.data())
def test_the_best_span_overlaps_a_match_and_contains_a_phrase(
    text: str, data: st.DataObject
) -> None:
    words = [term.text for term in ANALYZER.words(text)]
    stems = [term.text for term in ANALYZER.stems(text)]
    wanted = terms(
        *data.draw(st.sets(st.sampled_from(stems)) if stems else st.just(set())),
        phrases=(" ".join(words[:3]),) if data.draw(st.booleans()) else (),
    )
    edges = data.draw(st.sets(st.integers(0, len(text)), max_size=8)) | {0, len(text)}
    parts = [Part(Span(*pair)) for pair in pairwise(sorted(edges))]
    found = find_matches(text, wanted, ANALYZER)
    best = best_span(parts, found, {match.of: 1.0 for match in found}, 0.5)
    if not found:
        return
    assert best is not None
    phrases = [span for span, of in found if of.kind is Kind.PHRASE]
    assert any(best.span.contains(span) for span in phrases or [span for span, _ in found])
