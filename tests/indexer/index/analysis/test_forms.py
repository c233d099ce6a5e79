"""What the index gets of a text is what queries and highlights read in it, only found faster."""

from hypothesis import given
from hypothesis import strategies as st

from indexer.index.analysis.forms import forms
from indexer.index.analysis.parsing import LONGEST_TERM, chunks, places, read, tokens

# Words, and what makes a difference inside or beside them.
PIECES = st.sampled_from(
    [
        *("word", "Word", "The", "com", "x", "X", "C", "t", "s", "7", "12", "000", "1999", "n"),
        *("na\u00efve", "\u5317\u4eac", "\u043c\u0438\u0440", "e\u0301", "\u00df"),
        *" .-:/@+#\\_&'\u2019,;!?%$()[]{}<>\"*`~=|^\u00a7\u00b0\u00a3\u2026\u201c\u201d",
        *(" ", "  ", "\n", "-\n", "- \r\n ", "\t", "\u00a0", "\u202f", "\x1f"),
        *("don't", "O'Brien", "l'homme", "U.N.", "A&E", "1,000", "C++", "C#", "e-mail", "f.Max("),
        *("12(3)(b)", "70 %", "$ 5", "12\u202f345", "../a.md", ".NET", "a.b", "end.The", "--"),
        *(
            "wordf.Max(\\",
            "https://example.com/a-b_c?d=e",
            "snake_case",
            "CVE-2024-1234",
            "::",
            "&#",
            "\\n",
        ),
    ]
)
TEXTS = st.one_of(
    st.lists(PIECES, max_size=12).map("".join),
    st.lists(st.lists(PIECES, max_size=5).map("".join), max_size=6).map(" ".join),
    st.text(max_size=40),
    st.text(st.characters(max_codepoint=0x7F), max_size=40),
)


@given(TEXTS)
def test_the_index_gets_what_queries_read(text: str) -> None:
    words: list[str] = []
    others: list[str] = []
    identifiers: list[str] = []
    for _, chunk in chunks(text):
        reading = read(chunk)
        words += (part.text for part in reading.words)
        others += (part.text for part in [*reading.joined, *reading.parts])
        identifiers += (part.text for part in reading.identifiers)

    found = forms(text)

    assert found.words.split() == " ".join(words).split()
    assert found.others.split() == " ".join(others).split()
    assert found.identifiers.split() == " ".join(identifiers).split()


def test_a_text_without_words_has_none() -> None:
    assert forms(" -- \n| : |") == ("", "", "")


def test_only_the_beginning_of_a_long_word_counts() -> None:
    for long in ("x" * 250, f"({'x' * 250})", f"a-{'x' * 250}"):
        words = forms(f"before {long} after").words.split()

        assert words[0] == "before"
        assert words[-2:] == ["x" * LONGEST_TERM, "after"]


def test_what_is_known_is_forgotten_in_time_and_read_again() -> None:
    texts = [f"[**Word{n}**](/path/to/word-{n}.md) of e-mail{n}" for n in range(3)]
    before = [forms(text) for text in texts]

    # Each of these tokens is new, and together they are more than are kept.
    for number in range(700):
        forms(" ".join(f"some_token_{number}_{each}" for each in range(100)))

    assert [forms(text) for text in texts] == before


@given(TEXTS)
def test_tokens_consist_of_the_parts_of_the_text(text: str) -> None:
    found = [
        part for place, token in places(text, set(tokens(text))) for part in parts_of(token, place)
    ]
    assert sorted(found) == sorted(parts_of(text, 0))


def parts_of(text: str, place: int) -> list[tuple[int, int, str]]:
    """Return the words of a text, and other spellings, with their places."""
    return [
        (place + offset + start, place + offset + end, word)
        for offset, chunk in chunks(text)
        for parts in read(chunk)[:3]
        for word, start, end in parts
    ]
