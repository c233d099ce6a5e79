"""Marks of other keyboards, replaced only where they certainly enclose or exclude something."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.query.typography import plain_marks


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("«sea level» rise", '"sea level" rise'),
        ("»sea level«, rise", '"sea level", rise'),
        ("‹a b› 「海面」 『上昇』", '"a b" "海面" "上昇"'),
        ("‚sea level‘ ‘don’t go’", '"sea level" "don’t go"'),
        ("title:«annual report»", 'title:"annual report"'),
        ("treaty −trade –free", "treaty -trade -free"),
        ('treaty –"free trade"', 'treaty -"free trade"'),
        ("treaty –«free trade»", 'treaty -"free trade"'),
        ("«l’été dernier»", '"l’été dernier"'),
    ],
)
def test_marks_around_words_are_replaced(typed: str, plain: str) -> None:
    assert plain_marks(typed) == plain


@pytest.mark.parametrize(
    "text",
    [
        "the dogs’ dinner",
        "‘tis the season’",
        "rock ‘n’ roll in the ‘90s’",
        "‘the dogs’ dinner’",
        "«sea level",
        "a«b»c",
        "«?»",
        "1990–2000 north–south",
        "the bridge –closed since May– was",
        "bridge – closed",
        "–Hello, he said",
        "f(−x)",
        '"a «b» –cd"',
    ],
)
def test_other_marks_stay(text: str) -> None:
    assert plain_marks(text) == text


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ('"he said “no fault” twice"', '"he said  no fault  twice"'),
        ('"“no fault”, he said"', '" no fault , he said"'),
        ('+"a „b“ c" "d “e” f"', '+"a  b  c" "d  e  f"'),
        ('treaty –"free “trade” act"', 'treaty -"free  trade  act"'),
        ('“he said "no fault" twice”', "“he said  no fault  twice”"),
        ('„er sagt "nein" dazu“', "„er sagt  nein  dazu“"),
        ('«he said "no fault" twice»', '"he said  no fault  twice"'),
        ('‘he said "no fault" twice’', '"he said  no fault  twice"'),
        ('「彼は"海"と」', '"彼は 海 と"'),
        ('"in the book. “Nothing was found"', '"in the book.  Nothing was found"'),
        (' +"said so.” Then he left" ', ' +"said so.  Then he left" '),
        ('“he said "no and left”', "“he said  no and left”"),
    ],
)
def test_the_marks_of_a_quotation_inside_another_become_blanks(typed: str, plain: str) -> None:
    assert plain_marks(typed) == plain


@pytest.mark.parametrize(
    "text",
    [
        '"a" “b c” "d"',
        '“a” b “c” "d e"',
        '"a b” c',
        '"a “b c',
        '«a "b» c" d',
        '"sea «level»" «b»',
        'rock“n”roll "a"',
    ],
)
def test_quotations_beside_each_other_and_broken_ones_stay(text: str) -> None:
    assert plain_marks(text) == text


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ('מנכ"ל "או"ם" דו"חות', 'מנכ״ל "או״ם" דו״חות'),
        ('"צה"ל הודיע"', '"צה״ל הודיע"'),
        ('ב"הארץ" כתבו', 'ב"הארץ" כתבו'),
        ('"הארץ" "מעריב"', '"הארץ" "מעריב"'),
    ],
)
def test_a_mark_inside_a_hebrew_acronym_begins_no_quotation(typed: str, plain: str) -> None:
    assert plain_marks(typed) == plain


@given(st.text('אב ab .«»‘’“”「」−–"('))
def test_every_character_keeps_its_place(text: str) -> None:
    plain = plain_marks(text)
    assert len(plain) == len(text)
    assert all(now == before or now in '"- ״' for now, before in zip(plain, text, strict=True))
