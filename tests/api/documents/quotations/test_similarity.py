"""Texts that are changed in every way that a quotation may be, and then found."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.contract.quotations import DifferenceKind
from api.documents.quotations.similarity import Quotation, SimilarPlace
from tests.property_examples import examples

LETTER = """\
The clerk counted crate number 9 on the quay — “all of it,” he said — and didn't look up.
We sold the last barge on Friday, and nobody will see the money again... Not even I.
Größe und Maß: der Fährmann heißt ‹Jürgen›. Ещё зелёная ёлка. الكتابُ الجديد هنا.
茶馆门口排起了长队，最受欢迎的是绿茶。 ตลาดน้ำเปิดทุกวัน เรือออกตอนเที่ยง
Orders below 1,000 crowns are not shipped; the well-known 3.5 % fee (see § 12) is never waived.
"""
CHANGED: dict[str, Callable[[str], str]] = {
    "quotation marks": lambda text: text.translate(str.maketrans("“”'‹›", '""’""')),
    "dashes": lambda text: text.replace("—", "-").replace("well-known", "well–known"),
    "no dashes": lambda text: text.replace(" — ", " "),
    "two blanks": lambda text: text.replace(" ", "  "),
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "line breaks": lambda text: text.replace(" ", "\r\n"),
    "one line": lambda text: text.replace("\n", " "),
    "upper case": str.upper,
    "small letters": str.lower,
    "case folded": str.casefold,
    "dots": lambda text: text.replace("...", "…"),
    "composed": lambda text: unicodedata.normalize("NFC", text),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "soft hyphens": lambda text: text.replace("counted", "coun\u00adted"),
    "zero-width": lambda text: text.replace("barge", "bar\u200bge"),
    "no accents": lambda text: text.replace("ä", "a").replace("ё", "е").replace("بُ", "ب"),
    "hyphenated": lambda text: text.replace("nobody", "no-\nbody").replace("counted", "coun-\nted"),
    "no commas": lambda text: text.replace(",", ""),
    "quoted": lambda text: f"“{text.strip()}”",
    "cut at both ends": lambda text: f"... {text.strip()} […]",
}


def applied(given_text: str, place: SimilarPlace, text: str) -> str:
    """Return the given text with each difference replaced; what is between them must agree."""
    parts, done, reached = [], 0, place.span.start
    for difference in place.differences:
        before = given_text[done : difference.given.start]
        assert before == text[reached : difference.found.start]
        assert difference.given.of(given_text) != difference.found.of(text)
        parts += [before, difference.found.of(text)]
        done, reached = difference.given.end, difference.found.end
    assert given_text[done:] == text[reached : place.span.end]
    return "".join([*parts, given_text[done:]])


def only_place(given_text: str, text: str = LETTER) -> SimilarPlace:
    (place,) = Quotation(given_text).similar_places(text, 5)
    assert applied(given_text, place, text) == place.span.of(text)
    return place


def told(given_text: str, text: str = LETTER) -> list[tuple[str, str, str]]:
    """Return each difference as its kind, what was given and what is found."""
    return [
        (each.kind.value, each.given.of(given_text), each.found.of(text))
        for each in only_place(given_text, text).differences
    ]


@pytest.mark.parametrize("name", CHANGED)
def test_no_word_differs_if_only_signs_blanks_case_and_form_do(name: str) -> None:
    place = only_place(CHANGED[name](LETTER))
    assert place.changes == 0
    assert place.span.of(LETTER).strip() == LETTER.strip()


@pytest.mark.parametrize(
    ("given_text", "differences"),
    [
        ("sold the last barge", []),
        ('"all of it," he', [("quotation_mark", '"', "“"), ("quotation_mark", '"', "”")]),
        ("didn’t look", [("quotation_mark", "’", "'")]),
        ("the quay - “all", [("dash", "-", "—")]),
        ("the quay “all", [("dash", "", "— ")]),
        ("look\u00a0up.\n We", [("blank", "\u00a0", " "), ("blank", "\n ", "\n")]),
        ("the last Barge", [("case", "Barge", "barge")]),
        ("Not even I!", [("punctuation", "!", "")]),
        ("again… Not even", [("punctuation", "…", "...")]),
        ("Orders below 1000 crowns are not", [("punctuation", "1000", "1,000")]),
        ("der Fahrmann", [("form", "Fahrmann", "Fährmann")]),
        ("We sold … nobody", [("omission", "…", "the last barge on Friday, and")]),
        ("We sold [...] on Friday", [("omission", "[...]", "the last barge")]),
        ("and nobody will ever see the money", [("word", "ever ", "")]),
        ("and nobody see the money again", [("word", "", "will ")]),
        ("and nobody may see the money again", [("word", "may", "will")]),
        ("Orders below 1,500 crowns are not shipped", [("word", "1,500", "1,000")]),
        ("the well-known 35 % fee", [("word", "35", "3.5")]),
        ("crowns are shipped; the well-known", [("word", "", "not ")]),
        ("最受欢迎的是红茶", [("word", "红", "绿")]),
        ("ตลาดน้ำเปิดบางวัน เรือออก", [("word", "บาง", "ทุก")]),
    ],
)  # fmt: skip
def test_differences_say_what_was_given_and_what_is_found(
    given_text: str, differences: list[tuple[str, str, str]]
) -> None:
    assert told(given_text) == differences


@pytest.mark.parametrize(
    "given_text",
    [
        *[
            "We bought the barge",
            "sold the barge",
            "nobody",
            "He was absent and sent his apologies.",
        ],
        *["...", "", " ", "“”", "the quay … the treasurer of the bank"],
        "The cook served bowl number 9 in the canteen and wiped the long table",
    ],
)
def test_other_texts_are_not_similar(given_text: str) -> None:
    text = LETTER.replace("nobody", "everybody").replace("We sold", "They lost")
    assert Quotation(given_text).similar_places(text, 5) == []


def test_one_word_in_five_may_differ_and_at_most_twenty() -> None:
    words = [f"w{number}" for number in range(400)]
    text = " ".join(words)
    for changed, is_similar in [(20, True), (21, False)]:
        given_text = " ".join(
            "x" if n % 19 == 0 and n // 19 < changed else w for n, w in enumerate(words)
        )
        assert bool(Quotation(given_text).similar_places(text, 5)) is is_similar
    assert Quotation("w1 w2 w3 w4 x").similar_places(text, 5)
    assert not Quotation("w1 w2 w3 x").similar_places(text, 5)
    assert not Quotation("w1 w2 w3 w4 x w6 w7 y w9").similar_places(text, 5)


def test_all_places_are_found_the_most_similar_first() -> None:
    text = "“One two three four five.” Six. One two three four nine, and one  two three four five!"
    places = Quotation("one two three four five").similar_places(text, 5)
    assert [place.span.of(text) for place in places] == [
        "One two three four five",
        "one  two three four five",
        "One two three four nine",
    ]
    assert Quotation("one two three four five").similar_places(text, 2) == places[:2]


def test_an_ellipsis_may_replace_several_sentences_but_not_a_chapter() -> None:
    begin, end = "The first words of the story.", "The last words of all."
    quoted = "first words of the story… last words of all"
    for left_out, found in [(60, True), (700, False)]:
        text = f"{begin} {'And so it went. ' * left_out}{end}"
        places = Quotation(quoted).similar_places(text, 5)
        assert bool(places) is found


def test_parts_around_ellipses_keep_their_order() -> None:
    text = "One two three. Four five six. Seven eight nine."
    assert Quotation("one two … four five … eight nine").similar_places(text, 5)
    assert not Quotation("four five … one two … eight nine").similar_places(text, 5)


# Changes of every kind, at random

CHANGES = st.sampled_from(["  ", "\n", "\u00a0", " — ", ", ", " “", "… ", "-", ""])


@st.composite
def mangled(draw: st.DrawFn) -> tuple[str, str]:
    """Return a text and a version of it with other signs, blanks and cases, and a few words."""
    words = draw(
        st.lists(st.text("aäбж9茶ท", min_size=1, max_size=5), min_size=5, max_size=40, unique=True)
    )
    text = " ".join(words)
    pieces = []
    changes = len(words) // 5
    for word in words:
        odd = draw(st.integers(0, 9))
        if odd == 0 and changes > 0:
            changes -= 1
            pieces.append("Zebra")
        elif odd < 3:
            pieces.append(word.upper())
        else:
            pieces.append(word)
        pieces.append(draw(CHANGES) if draw(st.integers(0, 5)) == 0 else " ")
    return text, "".join(pieces)


@examples(300)
@given(mangled())
def test_applied_differences_turn_one_text_into_the_other(texts: tuple[str, str]) -> None:
    text, given_text = texts
    for place in Quotation(given_text).similar_places(f"Before. {text} After.", 3):
        assert applied(given_text, place, f"Before. {text} After.") == place.span.of(
            f"Before. {text} After."
        )


@examples(200)
@given(st.text(max_size=40), st.text(max_size=80))
def test_any_texts_can_be_compared(given_text: str, text: str) -> None:
    for place in Quotation(given_text).similar_places(text, 3):
        assert applied(given_text, place, text) == place.span.of(text)


@examples(200)
@given(
    st.lists(st.sampled_from(["a", "b", "é", "茶", "ท้", "99"]), min_size=1, unique=True),
    st.lists(st.sampled_from([" ", ".", " … ", "’", "\n", "-", ", “", ".' "]), min_size=12),
    st.data(),
)
def test_words_of_any_text_are_similar_to_themselves(
    words: list[str], between: list[str], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    pieces = [piece for pair in zip(words, between, strict=False) for piece in pair]
    text, given_text = "".join(pieces), "".join(pieces[2 * first : 2 * last + 1])
    places = Quotation(given_text).similar_places(text, 20)
    assert any(place.changes == 0 for place in places)


@pytest.mark.parametrize("word", ["a ", "a b ", "… a ", "“", "— ", "茶", "a … b "])
def test_repetition_takes_no_longer(word: str) -> None:
    """Every way to align these is as good, and an algorithm may try them all."""
    given_text = word * 3_000
    for place in Quotation(given_text).similar_places(word * 10_000, 20):
        assert place.changes == 0


def test_every_kind_of_difference_is_found() -> None:
    given_text = '"All  of it" - he SAID, and didn`t … We sold a last barge, on friday'
    assert {kind for kind, _, _ in told(given_text)} >= {"quotation_mark", "case", "omission"}
    assert len(DifferenceKind) == 8
