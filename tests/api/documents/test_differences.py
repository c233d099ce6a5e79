"""The words in which near copies tell different things."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.documents.differences import find_differences
from indexer.index.analysis.analyzer import Analyzer
from tests.indexer.strategies import texts

ANALYZER = Analyzer("english")
TEXT = "Passes are valid for six days, and the porter keeps a list of all who came and went."


def differences(here: str, there: str) -> list[tuple[str, str]]:
    found = find_differences(here, there, ANALYZER.is_stop_word)
    return [(each.here.of(here), each.there.of(there)) for each in found]


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        ("for six days", "for ten days", [("six", "ten")]),
        ("for 6 days", "for 60 days", [("6", "60")]),
        ("costs £70 now", "costs $70 now", [("£70", "$70")]),
        ("70% came", "70 came", [("70%", "70")]),
        ("at -5 degrees", "at 5 degrees", [("-5", "5")]),
        ("on 2031-05-03.", "on 2031-05-04.", [("2031-05-03", "2031-05-04")]),
        ("in May they met", "in June they met", [("May", "June")]),
        ("it is allowed", "it is not allowed", [("", "not")]),
        ("they can go", "they can\u2019t go", [("can", "can\u2019t")]),
        ("er darf gehen", "er darf nicht gehen", [("", "nicht")]),
        ("il dort bien", "il ne dort pas bien", [("", "ne"), ("", "pas")]),
        ("said Odile Brandt", "said Aldith Crane", [("Odile Brandt", "Aldith Crane")]),
        ("ask (Brandt).", "ask (Crane).", [("Brandt", "Crane")]),
        ("会议在五月举行", "会议在六月举行", [("五", "六")]),
        ("встреча без Анны", "встреча с Анной", [("без Анны", "с Анной")]),
    ],
)
def test_numbers_dates_negations_and_names_differ(
    here: str, there: str, expected: list[tuple[str, str]]
) -> None:
    assert differences(here, there) == expected
    assert differences(there, here) == [(there, here) for here, there in expected]
    assert differences(f"{TEXT} {here}", f"{TEXT} {there}") == expected


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("for six days", "for 6 days"),
        ("lost 1,000 jobs", "lost 1000 jobs"),
        ("THE END IS NEAR", "the end\nis near!"),
        ("\u201cyes,\u201d he said", '"yes", he said'),
        ("they can't go", "they can\u2019t go"),
        ("a long walk", "a short walk"),
        ("The list", "A list"),
        ("", ""),
    ],
)
def test_other_words_and_other_writing_do_not_count(here: str, there: str) -> None:
    assert differences(here, there) == []


def test_a_text_that_was_cut_short_does_not_differ() -> None:
    rest = "On Monday Odile Brandt counted 17 of them, and on Tuesday Aldith Crane counted 18 more."
    assert differences(f"{TEXT} {rest}", TEXT) == []
    assert differences(f"{TEXT} {rest}", f"{TEXT} Read more") == []
    assert differences(f"{rest} {TEXT}", TEXT) == []
    assert len(differences(f"{TEXT} {rest} {TEXT}", f"{TEXT} {TEXT}")) == 1


@given(texts, texts)
def test_spans_are_in_order_and_inside_their_texts(here: str, there: str) -> None:
    assert differences(here, here) == []
    found = find_differences(here, there, ANALYZER.is_stop_word)
    for spans, text in (
        ([each.here for each in found], here),
        ([each.there for each in found], there),
    ):
        edges = [edge for span in spans for edge in (span.start, span.end)]
        assert edges == sorted(edges)
        assert all(0 <= edge <= len(text) for edge in edges)
    assert all(len(each.here) or len(each.there) for each in found)


VARIED = "he the a not no never can't six 6 1,000 first one-way May Odile mill; (down) don"
VARIED_WORDS = VARIED.split()


@given(st.integers(0, 1 << 32))
def test_a_text_in_ascii_is_read_as_any_other(seed: int) -> None:
    chance = Random(seed)
    here = chance.choices(VARIED_WORDS, k=30)
    there = [chance.choice([word, word, chance.choice(VARIED_WORDS)]) for word in here]
    # One character outside ASCII, which is equal in both, takes the other way.
    mark = "\N{BLACK CIRCLE}"
    plain = differences(" ".join([*here, "*"]), " ".join([*there, "*"]))
    assert plain == differences(" ".join([*here, mark]), " ".join([*there, mark]))


@given(st.integers(0, 1 << 32))
def test_small_words_tell_nothing_unless_they_are_numbers_or_negations(seed: int) -> None:
    chance = Random(seed)
    here = chance.choices(VARIED_WORDS, k=30)
    there = [chance.choice([word, word, chance.choice(VARIED_WORDS)]) for word in here]
    # A pipe is not a word, and makes every run one to be looked at.
    marked = [[f"|{word}|" for word in words] for words in (here, there)]
    expected = [
        (one.replace("|", ""), other.replace("|", ""))
        for one, other in differences(*map(" ".join, marked))
    ]
    assert differences(" ".join(here), " ".join(there)) == expected
