import time

import pytest
import tantivy
from hypothesis import example, given
from hypothesis import strategies as st

from indexer.errors import InvalidSetting
from indexer.index.analysis.analyzer import Analyzer, Term
from indexer.index.analysis.stop_words import LANGUAGES
from tests.indexer.strategies import texts
from tests.property_examples import examples

ENGLISH = Analyzer("english")

_awkward = st.sampled_from(
    [
        "running runs",
        "snake_case",
        "C++ C# F#",
        "CVE-2024-1234",
        "http://example.org:80/a_b",
        "北约C++联盟",
        "カ\u3099",  # a combining mark that is not Latin
        "e\u0301te\u0301-x\u0301",
        "\u0301",
        "İstanbul ß ﬁ Ǆ x² ½",
        "__init__ ____",
        "\\_",
        "w" * 201,
        "é" * 101,
        "can't l'homme O’Brien D'Arcy dog's we'd've",
        "U.N. e.g.The A&E AT&amp;T don&#39;t caf&eacute;",
        "70% £70 5 € 20°C 1,000 1\u00a0000 § 12(3)(b) .NET",
        "e-mail cli-\nmate Ge\u00adsamt data\u200bbase \ufeffx",
        '{"a": "b\\nPelican \\ud83d\\ude00 caf\\u00e9 \\"q\\""} C:\\new\\table x\\ty',
        "\x1b[31mERROR\x1b[0m",
        "กินข้าวที่ตลาดน้ำ မြန်မာနိုင်ငံ ភាសាខ្មែរ ສະບາຍດີ",
        "كِتَابٌ می\u200cرود שָׁלוֹם ΛΌΓΟΣ зелёная ｶﾞｷﾞ 10 µm ١٢ हिन्दी क़लम",
        "\u1112\u116c\u110b\u1174",
    ]
)
SIGNS = "aBt1_-.:/@+#\\ \n'’(),&;%£$°\u00a0\u00ad\u0301é北"
awkward_texts = st.lists(texts | _awkward, max_size=12).map(" ".join)


def terms_and_places(terms: list[Term], text: str) -> list[tuple[str, str]]:
    return [(term.text, term.span.of(text)) for term in terms]


def stems(text: str, language: str = "english") -> list[str]:
    return [term.text for term in Analyzer(language).stems(text)]


def words(text: str) -> list[str]:
    return [term.text for term in ENGLISH.words(text)]


def identifiers(text: str) -> list[str]:
    return [term.text for term in ENGLISH.identifiers(text)]


def in_memory_index(kind: str, *contents: str) -> tantivy.Index:
    """Return an index of one field, analysed as this kind, with one entry for each content."""
    schema = tantivy.SchemaBuilder()
    schema.add_text_field("field", tokenizer_name=kind, index_option="position")
    index = tantivy.Index(schema.build())
    ENGLISH.register(index)
    writer = index.writer(15_000_000, 1)
    for content in contents:
        entry = tantivy.Document()
        entry.add_text("field", content)
        writer.add_document(entry)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return index


def indexed_terms(kind: str, content: str) -> set[str]:
    searcher = in_memory_index(kind, content).searcher()
    return {term for term, _ in searcher.terms_with_prefix("field", "", limit=100_000)}


# One analysis for index, query and highlights


@examples(25)
@given(st.one_of(awkward_texts, st.text(st.sampled_from(SIGNS), max_size=40)))
def test_the_index_contains_the_terms_of_queries_and_highlights(text: str) -> None:
    form, identifier_form = ENGLISH.index_forms(text)
    words = {term.text for term in (*ENGLISH.words(text), *ENGLISH.other_words(text))}
    assert indexed_terms("words", form) == words
    stems = indexed_terms("stems", form)
    assert stems == {term.text for term in ENGLISH.stems(text, stems)}
    assert {term.text for term in ENGLISH.stems(text)} <= stems
    assert indexed_terms("identifiers", identifier_form) == set(identifiers(text))


@examples(15)
@given(awkward_texts)
def test_the_words_of_a_text_are_one_phrase_of_the_index(text: str) -> None:
    # Encoded data leaves a gap in the order of the words.
    text = " ".join(word for word in text.split() if len(word) < 100)
    phrase = words(text)
    if len(phrase) < 2:
        return
    index = in_memory_index("words", ENGLISH.index_forms(text).words, "another one")
    query = tantivy.Query.phrase_query(index.schema, "field", list(phrase))
    assert len(index.searcher().search(query, 10).hits) == 1


@given(awkward_texts)
def test_a_term_occurs_at_its_span(text: str) -> None:
    for analyse in (ENGLISH.stems, ENGLISH.words, ENGLISH.identifiers):
        # A sign counts beside a number only.
        for term in filter(lambda term: any(map(str.isalnum, term.text)), analyse(text)):
            assert term.text in [found.text for found in analyse(term.span.of(text))]
    starts = [term.span.start for term in ENGLISH.words(text)]
    assert starts == sorted(starts)


# Stems and words


@given(st.one_of(awkward_texts, st.text(st.characters(max_codepoint=0x7F))))
@example(f"{'a' * 200} {'a' * 201} b")
def test_words_without_spans_are_the_same_words(text: str) -> None:
    assert ENGLISH.word_texts(text) == [term.text for term in ENGLISH.words(text)]


@given(st.one_of(awkward_texts, st.text(st.sampled_from("aAbs1 _-\n"), max_size=40)), st.data())
@example(f"{'a' * 200} {'a' * 201} aa aaa aa", None)
def test_selected_stems_are_filtered_from_all_stems(text: str, data: st.DataObject | None) -> None:
    every = ENGLISH.stems(text)
    stems = sorted({term.text for term in every})
    some = set(stems) if data is None else data.draw(st.sets(st.sampled_from([*stems, "lynx"])))
    found = ENGLISH.stems(text, some)
    assert {term.text for term in found} <= some
    assert [term for term in every if term.text in some and term not in found] == []


@pytest.mark.parametrize(("character", "unspaced"), [("気", True), ("후", True), ("a", False)])
def test_scripts_without_blanks_between_words(character: str, unspaced: bool) -> None:
    assert Analyzer.is_unspaced(character) is unspaced


def test_inflected_words_share_a_stem() -> None:
    text = "Running, he RAN; runners run."
    assert terms_and_places(ENGLISH.stems(text), text) == [
        ("run", "Running"),
        ("he", "he"),
        ("ran", "RAN"),
        ("runner", "runners"),
        ("run", "run"),
    ]


def test_words_are_not_stemmed() -> None:
    assert words("Running RUNS") == ["running", "runs"]


@pytest.mark.parametrize("word", ["cafe", "Café", "CAFÉ", "cafe\u0301", "café"])
def test_accents_are_folded(word: str) -> None:
    text = f"a {word} here"
    assert words(word) == ["cafe"]
    assert stems(word) == stems("cafe")
    assert ENGLISH.words(text)[1].span.of(text) == word


def test_numbers_are_words() -> None:
    assert words("On 24.02.2022 at 5") == ["on", "24", "02", "2022", "at", "5"]


def test_the_beginning_of_encoded_data_is_a_word() -> None:
    assert words("a" * 200) == ["a" * 200]
    assert words("a" * 201 + " b") == ["a" * 200, "b"]
    assert words("é" * 201) == ["e" * 200]
    for text in ("a" * 201, f"({'a' * 300}/{'b' * 300})", "漢" * 300, f"+{'9' * 250}."):
        assert ENGLISH.index_forms(text).words.split() == words(text)


@pytest.mark.parametrize(
    ("language", "stemmed", "others"),
    [
        ("english", ["house", "häus", "1999", "c++", "70%"], ["дом", "東京", "σπιτ", "บ้าน"]),
        ("russian", ["дом", "house"], ["東京", "σπιτ"]),
        ("greek", ["σπιτ", "house"], ["дом"]),
    ],
)
def test_terms_of_some_scripts_are_stemmed(
    language: str, stemmed: list[str], others: list[str]
) -> None:
    analyzer = Analyzer(language)
    assert all(map(analyzer.stems_script_of, stemmed))
    assert not any(map(analyzer.stems_script_of, others))


def test_words_are_analysed_in_the_given_language() -> None:
    assert stems("Häuser", "german") == stems("Haus", "german")
    assert stems("Häuser", "none") == ["hauser"]
    assert stems("chevaux", "french") == stems("cheval", "french")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_an_analyzer(language: str) -> None:
    analyzer = Analyzer(language)
    assert analyzer.stems("one two")
    assert [term.text for term in analyzer.words("One")] == ["one"]


def test_another_language_is_refused() -> None:
    with pytest.raises(InvalidSetting, match=r"'klingon' is not known; choose one of arabic, "):
        Analyzer("klingon")


@pytest.mark.parametrize(
    ("language", "word", "is_stop_word"),
    [
        ("english", "the", True),
        ("english", "The", True),
        ("english", "theory", False),
        ("english", "Which", True),
        ("english", "WHO", False),  # capitals mark a name
        ("english", "I", True),
        ("german", "und", True),
        ("english", "und", False),
        ("turkish", "ve", False),  # has no list of stop words
    ],
)
def test_stop_words_are_recognised_but_indexed(
    language: str, word: str, is_stop_word: bool
) -> None:
    assert Analyzer(language).is_stop_word(word) == is_stop_word
    assert stems(word, language), "stop words must be indexed"


# Scripts without blanks


def test_han_becomes_overlapping_pairs() -> None:
    text = "NATO北约联盟将 继"
    assert terms_and_places(ENGLISH.stems(text), text) == [
        ("nato", "NATO"),
        ("北约", "北约"),
        ("约联", "约联"),
        ("联盟", "联盟"),
        ("盟将", "盟将"),
        ("继", "继"),
    ]


@pytest.mark.parametrize("text", ["ひらがな", "カタカナ", "한국어로", "北约", "𠀀𠀁𠀂"])
def test_kana_and_hangul_become_overlapping_pairs(text: str) -> None:
    assert words(text) == [text[at : at + 2] for at in range(len(text) - 1)]


def test_each_character_is_an_identifier_too() -> None:
    assert identifiers("北约") == ["北", "约"]
    assert ENGLISH.index_forms("北约").identifiers == "北 约"


# Identifiers


@pytest.mark.parametrize(
    "identifier",
    [
        "snake_case",
        "_private",
        "__init__",
        "kebab-case",
        "CVE-2024-1234",
        "C++",
        "C#",
        "v1.2.3",
        "3.11.7-rc1",
        "node.js",
        "std::vector",
        "src/main.py",
        "C:\\Windows\\System32",
        "ann@example.org",
        "http://example.org:8080/a/b#top",
        "192.168.0.1",
        "2024-02-24",
        "é-x",
    ],
)
def test_identifiers_are_terms_as_a_whole_and_in_parts(identifier: str) -> None:
    folded = identifier.lower().replace("é", "e")
    for text in (identifier, f"See ({identifier}), please.", f"**{identifier}**"):
        found = [term for term in ENGLISH.identifiers(text) if term.text == folded]
        assert [term.span.of(text) for term in found] == [identifier]
        assert folded in ENGLISH.index_forms(text).identifiers.lower().replace("é", "e").split()
    assert len(words(identifier)) >= 1
    assert ENGLISH.is_identifier(f" {identifier} ")


@pytest.mark.parametrize(
    "text", ["plain words", "One. Two: three", "42", "____", "-", "##", "北约"]
)
def test_other_words_are_not_identifiers(text: str) -> None:
    assert not ENGLISH.is_identifier(text)
    assert [term for term in ENGLISH.identifiers(text) if len(term.span) > 1] == []


def test_two_identifiers_are_not_one() -> None:
    assert identifiers("a_b c_d") == ["a_b", "c_d"]
    assert not ENGLISH.is_identifier("a_b c_d")


@pytest.mark.parametrize("part", ["x", "é", "x_", "x-", "e\u0301", "北", "+", "\\"])
def test_time_is_linear_in_the_length(part: str) -> None:
    text = "北" + part * 200_000
    started = time.process_time()
    ENGLISH.index_forms(text)
    assert not ENGLISH.is_identifier(text)
    # It takes a tenth of that; quadratic code would take minutes.
    assert time.process_time() - started < 5
