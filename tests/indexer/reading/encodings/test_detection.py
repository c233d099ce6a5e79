from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from indexer.documents import EncodingSource
from indexer.reading.encodings.decoding import Decoded, decode
from tests.indexer.reading.encodings.legacy_texts import LEGACY_TEXTS

PAIRS = [
    (language, encoding) for language, (found, _) in LEGACY_TEXTS.items() for encoding in found
]
PARTS = 12


def parts(text: str, length: int, random: Random) -> Iterator[str]:
    """Yield parts of the text that begin at words, where it has any."""
    for _ in range(PARTS):
        start = random.randrange(max(1, len(text) - length + 1))
        start = text.rfind(" ", 0, start) + 1 if " " in text else start
        part = text[start : start + length]
        if not part.isascii():
            yield part


def outcome(text: str, encoding: str) -> str:
    content = text.encode(encoding)
    decoded = decode(content)
    if not isinstance(decoded, Decoded):
        return "refused"
    return "right" if decoded.text == text else "wrong"


@pytest.mark.parametrize(("language", "encoding"), PAIRS)
def test_a_paragraph_is_read_in_any_of_its_encodings(language: str, encoding: str) -> None:
    text = LEGACY_TEXTS[language][1].encode(encoding, "ignore").decode(encoding)
    decoded = decode(text.encode(encoding))
    assert isinstance(decoded, Decoded)
    assert (decoded.text, decoded.source) == (text, EncodingSource.DETECTED)


@pytest.mark.parametrize(
    ("length", "least_right", "most_wrong"),
    [(5, 0.4, 0.01), (10, 0.5, 0.01), (20, 0.6, 0.01), (40, 0.8, 0.002), (80, 0.94, 0.002)],
)
def test_short_texts_are_refused_rather_than_misread(
    length: int, least_right: float, most_wrong: float
) -> None:
    outcomes: Counter[str] = Counter()
    for language, encoding in PAIRS:
        text = LEGACY_TEXTS[language][1].encode(encoding, "ignore").decode(encoding)
        random = Random(f"{language} {encoding}")
        outcomes.update(outcome(part, encoding) for part in parts(text, length, random))
    total = outcomes.total()
    assert outcomes["right"] >= least_right * total
    assert outcomes["wrong"] <= most_wrong * total


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("La città è là.", "cp850"),
        ("He said “yes”", "macintosh"),
        ("Spotkanie w Łodzi, św. Anna.", "windows-1250"),
        ("Où est la clé ?", "macintosh"),
        ("Der Bär wäscht sich früh.", "cp437"),
        ("Żółw mieszka w źródle.", "cp852"),
        ("你好", "gb18030"),
        ("谢谢您的帮助", "gb18030"),
        ("こんにちは", "ms932"),
        ("안녕하세요", "euc-kr"),
        ("Привет, мир!", "koi8-r"),
        ("Привет, мир!", "mac-cyrillic"),
        ("┌──────┐\r\n│ Über │\r\n└──────┘\r\n", "cp850"),
    ],
)
def test_a_short_text_is_never_misread(text: str, encoding: str) -> None:
    assert outcome(text, encoding) != "wrong"
