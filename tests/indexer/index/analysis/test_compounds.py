"""Words with signs inside: their words, and other words that find them."""

import pytest

from indexer.index.analysis.analyzer import Analyzer

ANALYZER = Analyzer("english")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("can't CAN'T can’t", "cannot cannot cannot"),
        ("won't shan't isn't wouldn't've", "will not shall not is not would not have"),
        ("I'm you're we've they'll he'd it's dogs'", "i am you are we have they will he it dogs"),
        ("O'Brien o'clock Qur'an rock'n'roll", "obrien oclock quran rocknroll"),
        ("l'homme qu'il dell'arte D'Arcy b'abc'", "l homme qu il dell arte d arcy b abc"),
        ("м'ята צה״ל", "мята צהל"),
        ("U.N. N.A.T.O. U.S.A e.g.The J.R.R. Tolkien", "un nato usa eg the jrr tolkien"),
        ("A&E R&D AT&T Q&A Marks&Spencer x&&y", "a&e r&d at&t q&a marks spencer x y"),
        ("1,000 12,34,567 1,2 1'000 1.000,50", "1000 1234567 1 2 1000 1 000 50"),
        ("70% $5 5 € 20°C § 12 £ 70", "70 % $ 5 5 € 20 ° c § 12 £ 70"),
        ("% $x £ 50", "x £ 50"),
        ("C# C++ F# g++ C++11", "c# c++ f# g++ c 11"),
        ("e-mail cli-\nmate", "e mail cli mate"),
    ],
)
def test_words(text: str, words: str) -> None:
    assert [term.text for term in ANALYZER.words(text)] == words.split()


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("e-mail mother-in-law covid-19", "email motherinlaw covid19"),
        ("state-of-the-art 19-year a/b-c", ""),
        ("cli-\nmate well-\r\n  known New-\nYork", "climate wellknown"),
        ("1\u00a0000 10\u202f000\u202f000", "1000 10000000"),
        ("D'Arcy l'homme", "darcy"),
        ("O'Brien can't U.N.", "o brien can t u n"),
        ("1,000 C#", "1 000 c"),
        ("plain words, only", ""),
    ],
)
def test_other_spellings(text: str, others: str) -> None:
    assert [term.text for term in ANALYZER.other_words(text)] == others.split()


def test_a_query_is_searched_by_what_means_something() -> None:
    assert ANALYZER.content_stems("the e-mail of T-cell") == ["email", "mail", "t", "cell"]
    assert ANALYZER.content_stems("cats https://t.co/x") == ["cat"]
    assert ANALYZER.content_stems("https://t.co/x") == ["https", "t", "co", "x"]
    assert ANALYZER.content_stems("the of") == ["the", "of"]
    assert ANALYZER.content_stems("do not") == ["not"]
    assert ANALYZER.joined_stems("well-known cats") == ["wellknown"]
