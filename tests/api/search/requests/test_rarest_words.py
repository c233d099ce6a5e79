"""Which words of a pasted text are searched for, over a corpus with words of known frequency."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.query.parser import parse_query
from api.search.requests.rarest_words import MOST_WORDS, with_rarest_words
from api.search.searcher import Searcher
from indexer.index.clauses import Clause, Occur, Words
from tests.api.served_index import search_files
from tests.property_examples import examples

# The word w7x is in 7 files, and none of them has a stem in common with another.
COUNT = 100
WORDS = [f"w{number}x" for number in range(1, COUNT + 1)]
FILES = {
    f"{file}.txt": "Here: " + " ".join(f"w{number}x" for number in range(file, COUNT + 1))
    for file in range(1, COUNT + 1)
}


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    with search_files(tmp_path_factory.mktemp("rarest"), FILES) as searcher:
        yield searcher


def kept(searcher: Searcher, text: str) -> list[str]:
    """Return the plain words that are kept of a text."""
    query = with_rarest_words(parse_query(text), searcher.snapshot)
    plain = (each.node for each in query.clauses if each.occur is Occur.SHOULD)
    return [word for node in plain if isinstance(node, Words) for word in node.text.split()]


def test_the_rarest_words_are_kept_in_the_order_of_the_text(searcher: Searcher) -> None:
    text = " ".join(reversed(WORDS))
    rarest = WORDS[:MOST_WORDS]
    assert kept(searcher, text) == rarest[::-1]
    assert kept(searcher, f"{text} {text}") == rarest[::-1]


def test_words_of_no_passage_are_left_out_first(searcher: Searcher) -> None:
    unseen = [f"q{number}z" for number in range(80)]
    text = " ".join(unseen[:40] + WORDS[50:90] + unseen[40:])
    found = kept(searcher, text)
    assert len(found) == MOST_WORDS
    assert [word for word in found if word in WORDS] == WORDS[50:90]


def test_operators_stay(searcher: Searcher) -> None:
    text = f'+w99x {" ".join(WORDS[:80])} -w98x "w97x w98x" {WORDS[80]}'
    before = parse_query(text)
    after = with_rarest_words(before, searcher.snapshot)
    operators = [each for each in before.clauses if not _is_plain(each)]
    assert [each for each in after.clauses if not _is_plain(each)] == operators
    assert len(operators) == 3
    assert kept(searcher, text) == WORDS[:MOST_WORDS]


@pytest.mark.parametrize("text", ["w1x w2x", " ".join(WORDS[:MOST_WORDS]), "the of " * 80 + "w1x"])
def test_a_text_with_few_words_stays_as_it_is(searcher: Searcher, text: str) -> None:
    query = parse_query(text)
    assert with_rarest_words(query, searcher.snapshot) is query


@examples(50)
@given(st.lists(st.sampled_from([*WORDS, "the", "q1z", "-w5x"]), min_size=70, max_size=150))
def test_no_word_that_is_left_out_is_rarer_than_one_that_is_kept(
    searcher: Searcher, words: list[str]
) -> None:
    text = " ".join(words)[:1_000]
    found = kept(searcher, text)
    plain = {word for word in text.split() if word in WORDS}
    assert len({*found} - {"the"}) <= MOST_WORDS
    left_out = plain - set(found)
    if left_out:
        rarest = min(map(WORDS.index, left_out))
        assert all(WORDS.index(word) <= rarest for word in found)


def _is_plain(clause: Clause) -> bool:
    return clause.occur is Occur.SHOULD and isinstance(clause.node, Words)
