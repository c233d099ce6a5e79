""" "Did you mean": which words are corrected, which are not, and the warning."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.contract.search import Mode, SearchRequest, SearchWarning
from api.search.searcher import Searcher
from api.suggest.spelling import typing_errors
from tests.api.served_index import search_files

CORPUS = {
    "government.txt": "The government met. NATO, the governments of Europe; a treaty on climate.",
    "treaty.txt": "The treaty of the government on the environment, signed in Skerrow. A treat.",
    "treats.md": "# Xylophone\n\nTreatise, CVE-2024-1234, größe, Größe, environmental, café.",
    "мир.txt": "Мирный договор подписан правительством.",
    "日本.txt": "日本の気候変動",
}


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    with search_files(tmp_path_factory.mktemp("spelling"), CORPUS) as searcher:
        yield searcher


def correction(searcher: Searcher, q: str, *, typing: bool = False) -> SearchWarning | None:
    response = searcher.search(SearchRequest(q=q, mode=Mode.LEXICAL), typing=typing)
    found = [each for each in response.warnings if each.code == "did_you_mean"]
    assert len(found) <= 1
    return found[0] if found else None


def suggestion(searcher: Searcher, q: str) -> str | None:
    found = correction(searcher, q)
    return found.suggestion if found else None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("goverment", "government"),  # a letter is missing
        ("goverrnment", "government"),  # a letter too many
        ("govornment", "government"),  # a wrong letter
        ("govermnent", "government"),  # swapped letters
        ("envirnmant", "environment"),  # two errors in a long word
        ("treety", "treaty"),  # the most frequent of equally near words
        ("Goverment", "Government"),
        ("GOVERMENT", "GOVERNMENT"),
        ("natto", "NATO"),
        ("xilophone", "Xylophone"),  # of a title
        ("the goverment, and its treaty", "the government, and its treaty"),
        ("goverment treety", "government treaty"),
        ("+goverment -trade", "+government -trade"),
        ("path:*.txt  goverment", "path:*.txt  government"),
        ('"sea level" goverment', '"sea level" government'),
        ("grösze", "größe"),
        ("договар", "договор"),
    ],
)
def test_words_that_the_corpus_lacks_are_corrected(
    searcher: Searcher, typed: str, meant: str
) -> None:
    assert suggestion(searcher, typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "government treaty",
        "governing",  # the corpus has its stem
        "xylophones",  # only in a title, by its stem
        "tre",  # short
        "traeti",  # two errors in a short word
        "dreaty",  # another name rather than an error
        "qqqqqqqqq",  # no word is near
        "CVE-2024-1235",
        "govern_mnt",
        "goverment.txt",
        "2025",
        "covid19",
        '"goverment"',
        "treaty -goverment",
        "goverment*",
        "goverment~",
        "path:goverment",
        "title:goverment",
        "気候変幻",
        "aaaa bbbb cccc dddd treety",  # foreign to the corpus
    ],
)
def test_everything_else_is_left_alone(searcher: Searcher, typed: str) -> None:
    assert correction(searcher, typed) is None


def test_the_warning_has_the_word_its_position_and_the_corrected_query(searcher: Searcher) -> None:
    found = correction(searcher, "the goverment treaty")
    assert found == SearchWarning(
        code="did_you_mean",
        message="“goverment” is not in any document; did you mean “government”?",
        parameter="q",
        position=4,
        suggestion="the government treaty",
    )


def test_several_words_make_one_warning(searcher: Searcher) -> None:
    found = correction(searcher, "goverment treety")
    assert found is not None
    assert found.message == (
        "“goverment” and “treety” are not in any document; did you mean “government” and “treaty”?"
    )
    assert found.position == 0


def test_the_search_itself_is_not_altered(searcher: Searcher) -> None:
    request = SearchRequest(q="goverment", mode=Mode.LEXICAL)
    assert searcher.search(request).total.value == 0
    assert searcher.search(request).query == "goverment"


def test_the_last_word_of_a_query_being_typed_may_be_incomplete(
    searcher: Searcher,
) -> None:
    assert suggestion(searcher, "skerro") == "Skerrow"
    assert correction(searcher, "skerro", typing=True) is None
    found = correction(searcher, "goverment skerro", typing=True)
    assert found is not None
    assert found.suggestion == "government skerro"
    assert correction(searcher, "skerro ", typing=True) is not None


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_a_corrected_query_needs_no_further_correction(searcher: Searcher, q: str) -> None:
    query = f"goverment {q}"
    found = correction(searcher, query)
    if found is not None and found.suggestion is not None:
        assert found.suggestion != query
        assert correction(searcher, found.suggestion) is None


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("abc", "abc", 0),
        ("abc", "acb", 1),
        ("abc", "ab", 1),
        ("abc", "xabc", 1),
        ("abcd", "badc", 2),
        ("abc", "xyz", 3),
        ("", "abcdef", 3),
    ],
)
def test_typing_errors_are_counted_up_to_the_limit(left: str, right: str, expected: int) -> None:
    assert typing_errors(left, right, most=2) == expected
    assert typing_errors(right, left, most=2) == expected
