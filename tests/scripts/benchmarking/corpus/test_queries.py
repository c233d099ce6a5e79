"""Queries that are given out only once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import UsageError
from scripts.benchmarking.corpus.queries import (
    TooFewQueries,
    UnseenQueries,
    read_queries,
    sentences_of,
)


def test_a_query_is_given_out_once_in_any_spelling() -> None:
    queries = UnseenQueries(iter(["the cat", "The  Cat", "a dog", "the cat", "a bird"]))
    assert queries.take(2) == ["the cat", "a dog"]
    assert queries.take(1) == ["a bird"]


def test_too_few_queries_are_an_error_with_their_number() -> None:
    queries = UnseenQueries(iter(["the cat", "the cat"]))
    with pytest.raises(TooFewQueries, match="has only 1 different queries"):
        queries.take(2)


def test_queries_can_be_reserved_before_they_are_taken() -> None:
    queries = UnseenQueries(iter(["the cat", "a dog", "a bird"]))
    queries.reserve(2)
    assert queries.take(1) == ["the cat"]
    queries.reserve(2)
    with pytest.raises(TooFewQueries):
        queries.reserve(3)
    assert queries.take(2) == ["a dog", "a bird"]


@given(st.lists(st.text(alphabet="aAbB ", min_size=1, max_size=3), max_size=30))
def test_nothing_is_taken_twice(offered: list[str]) -> None:
    queries = UnseenQueries(iter(offered))
    taken: list[str] = []

    def take_all() -> None:
        while True:
            taken.extend(queries.take(1))

    with pytest.raises(TooFewQueries):
        take_all()
    spellings = [" ".join(query.casefold().split()) for query in taken]
    assert len(set(spellings)) == len(spellings)


def test_sentences_are_plain_words_of_a_typical_query_length(folder: Path) -> None:
    (folder / "a.md").write_text(
        '# How to *call* a `function()`\n\nYes. It\'s -not- hard: "pass" two arguments. '
        + "word " * 15
    )
    assert set(sentences_of(folder)) == {
        "How to call a function",
        "It's not hard pass two arguments",
    }


def test_sentences_come_in_the_same_order_every_time_and_from_every_file(folder: Path) -> None:
    for number in range(20):
        (folder / f"{number}.txt").write_text(
            "".join(f"sentence {n} of file {number}.\n" for n in range(50))
        )
    first = list(sentences_of(folder))
    assert first == list(sentences_of(folder))
    assert {sentence.split()[-1] for sentence in first} == {str(n) for n in range(20)}
    assert len(first) == 20 * 5


def test_queries_are_read_from_either_layout(tmp_path: Path) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text('{"_id": "1", "text": "one"}\n{"question": "two?"}\n')
    assert list(read_queries(path)) == ["one", "two?"]


@pytest.mark.parametrize("line", ["{", "[]", '{"query": "one"}'])
def test_a_line_without_a_query_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text(f'{{"text": "one"}}\n{line}\n')
    with pytest.raises(UsageError, match=r"queries\.jsonl line 2: expected an object"):
        list(read_queries(path))
