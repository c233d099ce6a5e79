import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from math import log, nan
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import IndexDamaged, SpanlightError, StorageError
from indexer.index.analysis.analyzer import Analyzer
from indexer.index.clauses import AnyOf, Clause, Leaf, Occur, Phrase, Prefix, Typo, Words
from indexer.index.lexical import queries
from indexer.index.lexical.entries import Context, lexical_entry
from indexer.index.lexical.queries import FieldWeights
from indexer.index.lexical.reader import LexicalIndex
from indexer.index.lexical.writer import LexicalIndexWriter
from tests.property_examples import examples

ANALYZER = Analyzer("english")
TEXT_ALONE = FieldWeights(title=0.0, heading=0.0, name=0.0, identifiers=0.0)


class Entry(NamedTuple):
    """A passage to index; its row is its place in the list, counted from 1."""

    text: str
    title: str = ""
    heading: str = ""
    document: int = 0


CORPUS = [
    Entry("Hounds hunted at night.", document=1),  # 1
    Entry("The hound howled at the moon; the hound ran.", document=1),  # 2
    Entry("A river froze at night.", document=2),  # 3
    Entry("The moon rose.", title="Tales of the hound", document=3),  # 4
    Entry("They sleep.", heading="Animals > Hounds", document=4),  # 5
    Entry("CVE-2024-1234: use snake_case 2.4.1 in C++, or ask ann@example.org."),  # 6
    Entry("北约联盟将继续。"),  # 7
    Entry("To be, or not to be."),  # 8
    Entry("A snake of no case, in C plus."),  # 9
    Entry("Cafe\u0301 na\u00efve, Stra\u00dfe and \u0412\u043e\u043b\u043a."),  # 10
    Entry(""),  # 11: without searched text
]


def write(directory: Path, entries: Sequence[Entry], first_row: int = 1) -> None:
    writer = LexicalIndexWriter(directory, ANALYZER)
    for row, (text, title, heading, document) in enumerate(entries, start=first_row):
        writer.add_passage(row, document, lexical_entry(text, context=Context(title, heading)))
    writer.commit()


@contextmanager
def indexed(
    entries: Sequence[Entry], weights: FieldWeights | None = None
) -> Iterator[LexicalIndex]:
    with TemporaryDirectory() as directory:
        write(Path(directory), entries)
        yield LexicalIndex(Path(directory), ANALYZER, weights)


@pytest.fixture(scope="module")
def corpus() -> Iterator[LexicalIndex]:
    with indexed(CORPUS) as index:
        yield index


def should(*nodes: Leaf | AnyOf) -> list[Clause]:
    return [Clause(Occur.SHOULD, node) for node in nodes]


def must(*nodes: Leaf | AnyOf) -> list[Clause]:
    return [Clause(Occur.MUST, node) for node in nodes]


def must_not(*nodes: Leaf | AnyOf) -> list[Clause]:
    return [Clause(Occur.MUST_NOT, node) for node in nodes]


def rows(
    index: LexicalIndex, clauses: Sequence[Clause], *, documents: Sequence[int] | None = None
) -> list[int]:
    """Return the found rows in ascending order."""
    candidates, count = index.search(clauses, 100, documents=documents)
    assert count == len(candidates)
    return sorted(candidate.row for candidate in candidates)


# Words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hound", [1, 2, 4, 5]),  # stemmed, in text, title and heading
        ("HOUNDS", [1, 2, 4, 5]),
        ("hunting", [1]),
        ("hound night", [1, 2, 3, 4, 5]),
        ("the hound of the", [1, 2, 4, 5]),  # stop words are left out of a query
        ("lynx", []),
        ("lynx moon", [2, 4]),
        ("", []),
        ("  \n", []),
        ("?!...", []),
        ("\0", []),
        ("cafe", [10]),  # accents are folded in either normal form
        ("caf\u00e9", [10]),
        ("naive", [10]),
        ("strasse", [10]),
        ("\u0432\u043e\u043b\u043a", [10]),
    ],
)
def test_words_find_any_of_their_stems(
    corpus: LexicalIndex, text: str, expected: list[int]
) -> None:
    assert rows(corpus, should(Words(text))) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("to be or to be", [6, 8]), ("be", [8]), ("The", [2, 4])]
)
def test_a_query_of_only_stop_words_finds_them(
    corpus: LexicalIndex, text: str, expected: list[int]
) -> None:
    assert rows(corpus, should(Words(text))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("联盟", [7]),
        ("北约联盟", [7]),
        ("联", [7]),  # a single character
        ("约联", [7]),
        ("盟联", []),
        ("北京", []),
    ],
)
def test_runs_without_blanks_are_found_by_any_part(
    corpus: LexicalIndex, text: str, expected: list[int]
) -> None:
    assert rows(corpus, should(Words(text))) == expected


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("snake_case", "snake case"),
        ("CVE-2024-1234", "CVE 2024 1234"),
        ("2.4.1", "2 4 1"),
        ("ann@example.org", "ann example org"),
    ],
)
def test_an_identifier_counts_as_a_whole_and_in_parts(text: str, parts: str) -> None:
    with indexed([Entry(f"use {parts} here"), Entry(f"use {text} here")]) as index:
        found, _ = index.search(should(Words(text)), 100)
        assert found.rows.tolist() == [2, 1]
        assert found.scores[0] > found.scores[1]


# Phrases, prefixes, typos, alternatives


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at night", [1, 3]),
        ("the hound", [2]),  # not the title of 4
        ("hound the", []),
        ("hounds", [1]),  # unstemmed
        ("moon; the hound", [2]),
        ("TO BE OR NOT", [8]),
        ("or to be", []),
        ("联盟将", [7]),
        ("联", [7]),
        ("snake_case", [6]),
        ("snake case", [6]),
        ("cafe naive", [10]),
        ("", []),
        ("...", []),
    ],
)
def test_a_phrase_matches_its_words_in_order(
    corpus: LexicalIndex, text: str, expected: list[int]
) -> None:
    assert rows(corpus, should(Phrase(text))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hou", [1, 2]),
        ("Hounds", [1]),
        ("hunt", [1]),
        ("z", []),
        ("caf\u00e9", [10]),
        ("北", [7]),
        ("北约", [7]),
        ("", []),
        ("!", []),
    ],
)
def test_a_prefix_matches_every_word_that_begins_with_it(
    corpus: LexicalIndex, text: str, expected: list[int]
) -> None:
    assert rows(corpus, should(Prefix(text))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hond", [2]),  # a letter is missing
        ("houund", [2]),  # a letter is too many
        ("hoand", [2]),  # a letter is wrong
        ("hound", [1, 2]),  # or no letter is wrong
        ("ohund", [2]),  # two letters are swapped
        ("houdn", [2]),
        ("hooound", []),
        ("ohundx", []),
        ("\u0432\u043e\u043b", [10]),  # Cyrillic
        ("\u0432\u043e\u043b\u043b", [10]),
        ("\u0432\u043b\u043a", [10]),
        ("", []),
    ],
)
def test_a_fuzzy_word_matches_every_word_one_edit_away(
    corpus: LexicalIndex, text: str, expected: list[int]
) -> None:
    assert rows(corpus, should(Typo(text))) == expected


def test_alternatives_match_if_any_of_them_does(corpus: LexicalIndex) -> None:
    node = AnyOf((Words("river"), Phrase("the moon"), Prefix("hunt"), Typo("slep")))
    assert rows(corpus, should(node)) == [1, 2, 3, 4, 5]
    assert rows(corpus, must(node)) == [1, 2, 3, 4, 5]
    assert rows(corpus, [*must(node), *must_not(Words("night"))]) == [2, 4, 5]
    assert rows(corpus, should(AnyOf(()))) == []


def test_a_prefix_expands_to_the_most_frequent_words() -> None:
    # 60 words begin with "w", and the last ones are the most frequent.
    entries = [Entry(" ".join(f"w{n:02}" for n in range(first, 60))) for first in (0, 10, 20)]
    with indexed(entries) as index:
        terms = index.terms(should(Prefix("w")))
        assert terms.words == {f"w{n:02}" for n in range(10, 60)}


# Required and excluded words


def test_a_required_clause_needs_all_of_its_words_in_any_field(corpus: LexicalIndex) -> None:
    assert rows(corpus, must(Words("hound"))) == [1, 2, 4, 5]
    assert rows(corpus, must(Words("hound"), Words("moon"))) == [2, 4]
    assert rows(corpus, must(Words("hound moon"))) == [2, 4]  # 4: one in the title, one in the text
    assert rows(corpus, must(Words("hound lynx"))) == []
    assert rows(corpus, must(Words("lynx"))) == []
    assert rows(corpus, [*must(Words("hound")), *should(Words("river"))]) == [1, 2, 4, 5]
    assert rows(corpus, must(Phrase("at night"), Words("hound"))) == [1]
    assert rows(corpus, must(Prefix("houn"), Typo("mon"))) == [2]
    assert rows(corpus, must(Prefix("zz"))) == []


def test_an_excluded_clause_must_not_match(corpus: LexicalIndex) -> None:
    assert rows(corpus, [*should(Words("hound")), *must_not(Words("moon"))]) == [1, 5]
    assert rows(corpus, [*should(Words("hound")), *must_not(Words("hound"))]) == []
    # All words are needed, not any of them.
    assert rows(corpus, [*should(Words("night")), *must_not(Words("hound night"))]) == [3]
    assert rows(corpus, [*should(Words("night")), *must_not(Phrase("hunted at"))]) == [3]
    assert rows(corpus, [*should(Words("night")), *must_not(Prefix("riv"))]) == [1]
    assert rows(corpus, [*should(Words("night")), *must_not(Words("lynx"))]) == [1, 3]
    assert rows(corpus, [*should(Words("night")), *must_not(Words("..."))]) == [1, 3]


@pytest.mark.parametrize("text", ["联", "联盟", "北约联盟"])
def test_a_part_of_a_run_without_blanks_binds(corpus: LexicalIndex, text: str) -> None:
    assert rows(corpus, must(Words(text))) == [7]
    assert rows(corpus, [*should(Words("将继续 night")), *must_not(Words(text))]) == [1, 3]


def test_an_identifier_binds_as_a_whole(corpus: LexicalIndex) -> None:
    assert rows(corpus, must(Words("snake_case"))) == [6]
    assert rows(corpus, must(Words("C++"))) == [6]
    assert rows(corpus, [*should(Words("snake")), *must_not(Words("snake_case"))]) == [9]


def test_an_empty_query_finds_nothing(corpus: LexicalIndex) -> None:
    for clauses in ([], must_not(Words("hound")), should(Words(" ")), must(Phrase("!"))):
        found, count = corpus.search(clauses, 10)
        assert (len(found), count) == (0, 0)
        assert np.isnan(corpus.scores(clauses, np.array([1, 2]))).all()


def test_matching_returns_the_passages_that_binding_clauses_allow(corpus: LexicalIndex) -> None:
    everything = set(range(1, len(CORPUS) + 1))
    assert corpus.matching_rows(should(Words("hound"))) is None
    assert corpus.matching_rows([]) is None
    assert set(corpus.matching_rows(must_not(Words("hound"))) or []) == everything - {1, 2, 4, 5}
    assert set(corpus.matching_rows(must(Words("hound"), Words("moon"))) or []) == {2, 4}
    mixed = [*should(Words("river")), *must(Words("hound")), *must_not(Phrase("the moon"))]
    assert set(corpus.matching_rows(mixed) or []) == {1, 5}
    assert corpus.matching_rows(must(Words("lynx"))) == []


# Rankings


def test_the_depth_limits_candidates_but_not_the_count(corpus: LexicalIndex) -> None:
    candidates, count = corpus.search(should(Words("hound")), 1)
    assert ([candidate.row for candidate in candidates], count) == ([2], 4)
    assert [score for _, score in candidates] == [max(score for _, score in candidates)]
    every, _ = corpus.search(should(Words("hound")), 100)
    assert [candidate.score for candidate in every] == sorted(
        (candidate.score for candidate in every), reverse=True
    )


def test_the_score_is_bm25() -> None:
    with indexed([Entry("hound moon"), Entry("moon river ice frost")], TEXT_ALONE) as index:
        ((row, score),), _ = index.search(should(Words("hound")), 10)
    # One of two passages has the word once. It has 2 words; the average is 3.
    idf = log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    frequency = 1 * (1.2 + 1) / (1 + 1.2 * (1 - 0.75 + 0.75 * 2 / 3))
    assert row == 1
    assert score == pytest.approx(idf * frequency, rel=1e-5)


def test_rarity_is_the_inverse_document_frequency(corpus: LexicalIndex) -> None:
    assert corpus.rarity("night") == pytest.approx(log(1 + (11 - 2 + 0.5) / (2 + 0.5)))
    assert corpus.rarity("lynx") == pytest.approx(log(1 + (11 - 0 + 0.5) / (0 + 0.5)))


def test_the_ideal_score_is_the_sum_of_the_most_that_each_term_can_add(
    corpus: LexicalIndex,
) -> None:
    hound, moon = corpus.rarity("hound"), corpus.rarity("moon")
    for clauses, rarities in [
        (should(Words("the hounds")), [hound]),
        (should(Words("hound moon"), Words("moon")), [hound, moon, moon]),
        (must(AnyOf((Words("hound"), Words("moon")))), [hound, moon]),
        (should(Words("hound")) + must_not(Words("moon")), [hound]),
        # Each of these unstemmed words occurs in one passage.
        (should(Phrase("hounds hunted")), [log(1 + 10.5 / 1.5)] * 2),
        (should(Prefix("hou")), [log(1 + 10.5 / 1.5)]),
        (should(Typo("hounts")), [log(1 + 10.5 / 1.5)]),
        (should(Words("...")), []),
        ([], []),
    ]:
        assert corpus.ideal_score(clauses) == pytest.approx(2.2 * sum(rarities)), clauses


def test_only_words_near_each_other_pass_the_ideal_score() -> None:
    fillers = [Entry(" ".join(f"word{number}" for number in range(200)))] * 20
    shares = {}
    for text in ("hound " * 60, "hound " * 60 + "word1 " * 40 + "moon " * 60, "hound moon " * 60):
        clauses = should(Words(" ".join(sorted({"hound", "moon"} & {*text.split()}))))
        with indexed([Entry(text), *fillers], TEXT_ALONE) as index:
            (best,) = index.search(clauses, 1)[0]
            shares[text] = best.score / index.ideal_score(clauses)
    one, apart, beside = shares.values()
    assert 0.9 < one < 1
    assert 0.9 < apart < 1
    assert beside > 1


def test_weights_are_factors_on_each_field() -> None:
    entries = [
        Entry("moon"),
        Entry("sun", title="moon"),
        Entry("sun", heading="moon"),
        Entry("x_y"),
    ]
    scores = {}
    for weight in (1.0, 2.0):
        with indexed(entries, FieldWeights(*[weight] * len(FieldWeights._fields))) as index:
            scores[weight] = dict(index.search(should(Words("moon x_y")), 10)[0])
    assert scores[1.0].keys() == {1, 2, 3, 4}
    assert scores[2.0] == pytest.approx({row: 2 * score for row, score in scores[1.0].items()})
    with indexed(entries, TEXT_ALONE) as index:
        assert rows(index, should(Words("moon"))) == [1]


def test_a_word_typed_twice_counts_twice(corpus: LexicalIndex) -> None:
    once = dict(corpus.search(should(Words("river")), 10)[0])
    twice = dict(corpus.search(should(Words("river rivers")), 10)[0])
    assert twice == pytest.approx({row: 2 * score for row, score in once.items()})


def test_ties_at_the_cut_are_all_returned() -> None:
    entries = (
        [Entry("hound moon")] * 30 + [Entry("hound hound moon")] + [Entry("hound and much more")]
    )
    with indexed(entries) as index:
        found, count = index.search(should(Words("hound")), 5)
        candidates = list(found)
        assert count == 32
        assert candidates[0].row == 31
        assert sorted(candidate.row for candidate in candidates[1:31]) == list(range(1, 31))
        assert len({candidate.score for candidate in candidates[1:31]}) == 1


def test_only_passages_of_the_given_documents_are_found(corpus: LexicalIndex) -> None:
    assert rows(corpus, should(Words("hound")), documents=[1]) == [1, 2]
    assert rows(corpus, should(Words("hound")), documents=[3, 4, 99]) == [4, 5]
    assert rows(corpus, should(Words("hound")), documents=[99]) == []
    assert rows(corpus, should(Words("hound")), documents=[]) == []
    whole = dict(corpus.search(should(Words("hound night")), 100)[0])
    part = dict(corpus.search(should(Words("hound night")), 100, documents=[1])[0])
    assert part == pytest.approx({row: whole[row] for row in (1, 2)}, abs=1e-6)


def test_given_passages_that_match_are_scored(corpus: LexicalIndex) -> None:
    clauses = [*should(Words("hound moon")), *must_not(Words("hunted"))]
    found = dict(corpus.search(clauses, 100)[0])
    scores = corpus.scores(clauses, np.array([5, 2, 1, 3, 99]))
    assert scores == pytest.approx([found[5], found[2], nan, nan, nan], abs=1e-6, nan_ok=True)
    assert len(corpus.scores(clauses, np.empty(0, np.int64))) == 0


def test_a_query_expands_to_its_terms(corpus: LexicalIndex) -> None:
    clauses = [
        *should(Words("the Hounds' snake_case"), Phrase("At night"), Prefix("hun"), Typo("mon")),
        *must(AnyOf((Words("rivers"), Phrase("the end")))),
        *must_not(Words("lynx"), Prefix("fro")),
    ]
    terms = corpus.terms(clauses)
    assert terms.stems == {"hound", "snake", "case", "river"}
    assert terms.words == {"hunted", "moon"}
    assert terms.identifiers == {"snake_case"}
    assert terms.phrases == (("at", "night"), ("the", "end"))


def test_passages_and_rows_and_titles(corpus: LexicalIndex) -> None:
    assert corpus.passages == len(CORPUS)
    assert sorted(corpus.rows()) == list(range(1, len(CORPUS) + 1))
    assert corpus.rows_with_title("Tales of the Hound") == [4]
    assert corpus.rows_with_title("hounds") == corpus.rows_with_title("TALE OF") == [4]
    for words in ("of tales", "hound lynx", "lynx", "", "!"):
        assert corpus.rows_with_title(words) == []


def test_passages_of_a_document_are_found_by_any_of_the_terms(corpus: LexicalIndex) -> None:
    def holding(document: int, *nodes: Leaf | AnyOf) -> list[int]:
        return sorted(corpus.rows_with_any_term(corpus.terms(should(*nodes)), document))

    assert holding(1, Words("hound")) == [1, 2]
    assert holding(1, Words("moon night")) == [1, 2]
    assert holding(3, Words("hound")) == []  # in the title only
    assert holding(4, Words("hound")) == []  # in the heading only
    assert holding(1, Phrase("at the moon")) == holding(1, Prefix("howl")) == [2]
    assert holding(0, Words("CVE-2024-1234")) == [6]
    assert holding(1, Words("lynx")) == holding(1) == holding(99, Words("hound")) == []


def test_words_are_found_by_their_beginning_and_counted_by_passages(corpus: LexicalIndex) -> None:
    assert corpus.words_with_prefix("ho", 10) == [("hound", 1), ("hounds", 1), ("howled", 1)]
    assert corpus.words_with_prefix("", 1) == [("at", 3)]
    assert corpus.words_with_prefix("h", 10, after=["at", "night"]) == [
        ("hounds", 1),
        ("hunted", 1),
    ]
    assert corpus.words_with_prefix("zz", 10) == []


def test_passages_with_consecutive_words_are_counted(corpus: LexicalIndex) -> None:
    assert sorted(corpus.rows_with_phrase(["at", "night"], 10)[0]) == [1, 3]
    rows, passages = corpus.rows_with_phrase(["the"], 1)
    assert (len(rows), passages) == (1, 2)
    assert corpus.rows_with_phrase(["night", "at"], 10) == ([], 0)
    assert corpus.rows_with_phrase([], 10) == ([], 0)
    without_hounds = [Clause(Occur.MUST_NOT, Words("hound"))]
    assert corpus.rows_with_phrase(["night"], 10, clauses=without_hounds) == ([3], 1)
    assert corpus.rows_with_phrase(["night"], 10, documents=[1]) == ([1], 1)
    assert corpus.rows_with_phrase(["night"], 10, documents=[]) == ([], 0)


@pytest.mark.parametrize("word", ["hounds", "hunting", "tales", "animal"])
def test_known_words_are_found(corpus: LexicalIndex, word: str) -> None:
    assert corpus.has_word(word)
    assert not corpus.has_word(f"{word}q")


def test_words_near_a_misspelt_one_are_found(corpus: LexicalIndex) -> None:
    assert corpus.words_one_edit_away("hund") == [("hound", 1)]
    assert corpus.words_one_edit_away("hundt") == []
    assert corpus.words_one_edit_away("nigth") == [("night", 2)]
    assert sorted(corpus.rows_with_similar_word("nihgts", 10)) == [1, 3]
    assert corpus.rows_with_similar_word("qqqqqqqq", 10) == []


def test_an_empty_index_finds_nothing() -> None:
    with indexed([]) as index:
        assert rows(index, should(Words("hound"), Prefix("w"), Typo("w"))) == []
        assert index.matching_rows(must_not(Words("hound"))) == []
        assert index.passages == 0


# Comparison with a plain model of clauses

WORDS = ["wolf", "moon", "ice", "sun", "the"]
STOP_WORDS = {"the"}

texts = st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join)
leaves: st.SearchStrategy[Leaf] = (
    st.builds(Words, texts)
    | st.builds(Phrase, texts)
    | st.builds(Prefix, st.sampled_from(["w", "mo", "i", "s", "th", "x"]))
    | st.builds(Typo, st.sampled_from(["wolf", "wof", "on", "cie", "sum", "thee", "lynx"]))
)
clauses = st.builds(
    Clause,
    st.sampled_from(Occur),
    leaves | st.lists(leaves, min_size=1, max_size=3).map(lambda some: AnyOf(tuple(some))),
)


def one_edit_away(word: str, typed: str) -> bool:
    """Return whether the optimal string alignment distance is at most 1."""
    if word == typed:
        return True
    start = next(
        (i for i, (a, b) in enumerate(zip(word, typed, strict=False)) if a != b),
        min(len(word), len(typed)),
    )
    left, right = word[start:], typed[start:]
    return (
        left[1:] == right[1:]
        or left[1:] == right
        or left == right[1:]
        or (left[:2] == right[1::-1] and left[2:] == right[2:])
    )


def occurs(leaf: Leaf, words: list[str], *, wholly: bool) -> bool:
    """Return whether any, or all, of a leaf's words occur, in order where it has an order."""
    typed = leaf.text.split()
    match leaf:
        case Words():
            content = [word for word in typed if word not in STOP_WORDS] or typed
            if wholly:
                return bool(typed) and set(typed) <= set(words)
            return not set(content).isdisjoint(words)
        case Phrase():
            places = range(len(words) - len(typed) + 1)
            return bool(typed) and any(words[i : i + len(typed)] == typed for i in places)
        case Prefix(text):
            return any(word.startswith(text) for word in words)
        case Typo(text):
            return any(one_edit_away(word, text) for word in words)


def has_term(node: Leaf | AnyOf) -> bool:
    return any(each.text.strip() for each in leaves_of(node))


def leaves_of(node: Leaf | AnyOf) -> tuple[Leaf, ...]:
    return node.alternatives if isinstance(node, AnyOf) else (node,)


def matches(some: Sequence[Clause], words: list[str]) -> bool:
    def holds(clause: Clause, *, wholly: bool) -> bool:
        return any(occurs(leaf, words, wholly=wholly) for leaf in leaves_of(clause.node))

    telling = [clause for clause in some if has_term(clause.node)]
    musts = [clause for clause in telling if clause.occur is Occur.MUST]
    return (
        all(holds(clause, wholly=True) for clause in musts)
        and not any(
            holds(clause, wholly=True) for clause in telling if clause.occur is Occur.MUST_NOT
        )
        and (
            bool(musts)
            or any(holds(each, wholly=False) for each in telling if each.occur is Occur.SHOULD)
        )
    )


@examples(30)
@given(st.lists(texts, min_size=1, max_size=8), st.lists(clauses, max_size=4), st.integers(1, 4))
def test_clauses_find_what_a_plain_model_finds(
    passages: list[str], some: list[Clause], depth: int
) -> None:
    with indexed([Entry(text, document=row % 3) for row, text in enumerate(passages)]) as index:
        expected = {
            row for row, text in enumerate(passages, start=1) if matches(some, text.split())
        }
        found, count = index.search(some, 100)
        assert {candidate.row for candidate in found} == expected
        assert count == len(found) == len(expected)
        scores = dict(found)
        every = np.arange(1, len(passages) + 1)
        expected_scores = [scores.get(row, nan) for row in every.tolist()]
        assert index.scores(some, every) == pytest.approx(expected_scores, abs=1e-6, nan_ok=True)
        cut, count = index.search(some, depth)
        assert count == len(found)
        lowest = sorted(scores.values(), reverse=True)[:depth][-1:]
        assert dict(cut) == {row: score for row, score in scores.items() if [score] >= lowest}
        kept = {row for row in expected if (row - 1) % 3 == 1}
        assert set(dict(index.search(some, 100, documents=[1])[0])) == kept


@pytest.mark.parametrize("documents", [1, 3, 40])
def test_small_and_large_selections_filter_alike(
    documents: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = [5 * number for number in range(documents)]
    with indexed([Entry("hound", document=number % 200) for number in range(400)]) as index:
        few = index.search(should(Words("hound")), 400, documents=kept)
        monkeypatch.setattr(queries, "KEYS_LOOKED_UP", 0)
        many = index.search(should(Words("hound")), 400, documents=kept)
    assert sorted(few[0]) == sorted(many[0])
    assert few[1] == many[1] == 2 * documents


# Files


def test_a_later_writer_adds_and_deletes(tmp_path: Path) -> None:
    write(tmp_path, [Entry("wolf", document=1), Entry("wolf", document=2), Entry("moon")])
    writer = LexicalIndexWriter(tmp_path, ANALYZER)
    writer.delete_documents([2, 7])
    writer.add_passage(4, 4, lexical_entry("wolf"))
    writer.commit()
    index = LexicalIndex(tmp_path, ANALYZER)
    assert rows(index, should(Words("wolf"))) == [1, 4]
    assert index.passages == 3
    assert sorted(index.rows()) == [1, 3, 4]


def test_a_linked_index_is_extended_and_its_files_never_changed(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    write(old, [Entry("wolf", document=1), Entry("wolf moon", document=2)])
    before = {path.name: path.read_bytes() for path in old.iterdir()}
    reader = LexicalIndex(old, ANALYZER)
    new.mkdir()
    for path in old.iterdir():
        (new / path.name).hardlink_to(path)
    for row in range(3, 14):  # enough for a merge of segments
        writer = LexicalIndexWriter(new, ANALYZER)
        writer.delete_documents([1])
        writer.add_passage(row, row, lexical_entry("wolf"))
        writer.commit()
    assert {path.name: path.read_bytes() for path in old.iterdir()} == before
    for index in (reader, LexicalIndex(old, ANALYZER)):
        assert rows(index, should(Words("wolf"))) == [1, 2]
    assert rows(LexicalIndex(new, ANALYZER), should(Words("wolf"))) == list(range(2, 14))


def test_an_open_index_answers_after_its_files_are_deleted(tmp_path: Path) -> None:
    write(tmp_path / "lexical", CORPUS)
    index = LexicalIndex(tmp_path / "lexical", ANALYZER)
    shutil.rmtree(tmp_path / "lexical")
    assert rows(index, should(Words("hound"), Phrase("at night"), Prefix("riv"))) == [1, 2, 3, 4, 5]


def test_threads_search_at_once(corpus: LexicalIndex) -> None:
    clauses = should(Words("hound"), Phrase("at night"), Prefix("mo"), Typo("rivr"))
    expected = list(corpus.search(clauses, 100)[0])
    with ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(corpus.search, clauses, 100) for _ in range(200)]
    assert all(list(answer.result()[0]) == expected for answer in answers)


@pytest.mark.parametrize("name", ["meta.json", ".store", ".term", ".idx", ".fast", ".pos"])
@pytest.mark.parametrize("damage", ["missing", "empty", "half"])
def test_damaged_files_are_a_named_error(tmp_path: Path, name: str, damage: str) -> None:
    write(tmp_path, CORPUS)
    (path,) = [path for path in tmp_path.iterdir() if path.name.endswith(name)]
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 if damage == "half" else 0])
    found: list[int] | SpanlightError
    try:
        found = rows(LexicalIndex(tmp_path, ANALYZER), should(Words("hound"), Phrase("at night")))
    except SpanlightError as error:
        found = error
    if isinstance(found, list):
        # tantivy did not read the damaged part of the file for this query.
        assert found == [1, 2, 3, 4, 5]
    else:
        assert isinstance(found, IndexDamaged | StorageError)
        assert str(tmp_path) in str(found)
        assert "reindex.py --full" in str(found)


def test_a_missing_index_is_a_named_error(tmp_path: Path) -> None:
    with pytest.raises((IndexDamaged, StorageError), match="nowhere"):
        LexicalIndex(tmp_path / "nowhere", ANALYZER)
    assert not (tmp_path / "nowhere").exists()


def test_an_unwritable_folder_is_a_named_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file"):
        LexicalIndexWriter(tmp_path / "file", ANALYZER)
