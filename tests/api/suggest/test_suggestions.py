"""Completions of a query while it is typed, on a small corpus in several scripts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from api.contract.lists.suggestions import SuggestionKind
from api.contract.search import Mode, SearchRequest
from api.search.searcher import Searcher
from indexer.index.analysis.analyzer import Analyzer
from indexer.index.folder import IndexFolder
from indexer.index.snapshot import open_snapshot
from tests.api.served_index import publish, search_files, search_index, serve, write

CORPUS = {
    "turbines.md": "# Annual report 2031\n\nThe turbine blades were washed. Two turbine blades, and"
    " a turbine hall, were lost; the turbines turn.\n",
    "more/blades.txt": "New turbine blades came by sea.\n\nTurbine blades are long. NATO asked.\n",
    "nato.txt": "NATO met. The NATO summit saw climate change; Nato is nato.\n",
    "climate.txt": "Climate change and the climate charter. Climate change again; why was the"
    " bridge closed? The charity helps. The bridge closed.\n",
    "climate-more.txt": "On climate change, the climate charter of the sea level.\n",
    "café.md": "# Besuch im Café Größe\n\nDas Café und das Cafés; Größenordnung der Größe.\n",
    "north.md": "# Annual report 2030\n\nNothing else, e.g. snake_case and well-known names.\n",
    "readme.md": "# README\n\nfirst of the two\n",
    "more/readme.md": "# README\n\nsecond of the two\n",
    "operators.md": '# -Draft "quoted" path:x (a OR b) notes\n\nplain words here\n',
    "気候.txt": "気候変動は世界の問題。気候変動の影響と気候変化。東京タワー\n",
    "気候2.txt": "気候変動について\n",
    "שלום.txt": "שלום עולם. שלום עולם וברכה\n",
    "мир.txt": "Мирный договор подписан. Мирный договор вступил в силу.\n",
    "기후.txt": "기후변화 대응\n",
}
ANALYZER = Analyzer("english")
PIECES = [
    *["turb", "turbine ", "bl", "climate ", "ch", "annual rep", "NATO s", "caf", "gr", "why was t"],
    *["path:more/ ", "-blades ", '"climate change" ', "+climate ", "(sea OR bridge) ", "type:md "],
    *[
        "title:annual ",
        "after:2001 ",
        "気",
        "気候変",
        "שלו",
        "мир",
        "기",
        "snake_",
        "well-k",
        "e.g. ",
    ],
    *["-", "(", '"', "OR ", " ", "x", "20", "draft q", "notes", "README"],
]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    with search_files(tmp_path_factory.mktemp("suggestions"), CORPUS) as searcher:
        yield searcher


def suggest(searcher: Searcher, q: str, limit: int = 8) -> list[str]:
    return [each.text for each in searcher.suggester.suggest(q, limit).suggestions]


def of_kind(searcher: Searcher, q: str, kind: SuggestionKind) -> list[str]:
    return [each.text for each in searcher.suggester.suggest(q, 8).suggestions if each.kind is kind]


@pytest.mark.parametrize(
    ("typed", "kind", "expected"),
    [
        ("turb", SuggestionKind.TERM, "turbine"),
        ("turb", SuggestionKind.PHRASE, "turbine blades"),
        ("turbine ", SuggestionKind.PHRASE, "turbine blades"),
        ("lost turbine bl", SuggestionKind.PHRASE, "lost turbine blades"),
        ("climate ch", SuggestionKind.PHRASE, "climate change"),
        ("Climate ch", SuggestionKind.PHRASE, "Climate change"),
        ("climate  CH", SuggestionKind.PHRASE, "climate  change"),
        ("why was the bridge cl", SuggestionKind.PHRASE, "why was the bridge closed"),
        ("annual rep", SuggestionKind.TITLE, "Annual report 2031"),
        ("rep ann", SuggestionKind.TITLE, "Annual report 2031"),
        ("nat", SuggestionKind.TERM, "NATO"),
        ("caf", SuggestionKind.TERM, "Café"),
        ("CAFÉ", SuggestionKind.PHRASE, "Café Größe"),
        ("grosse", SuggestionKind.TERM, "Größenordnung"),
        ("snake_ca", SuggestionKind.PHRASE, "snake_case"),
        ("well-k", SuggestionKind.PHRASE, "well-known"),
        ("気", SuggestionKind.TERM, "気候変動"),
        ("気候変", SuggestionKind.TERM, "気候変動"),
        ("climate 気候", SuggestionKind.TERM, "climate 気候変動"),
        ("기후", SuggestionKind.TERM, "기후변화"),
        ("שלו", SuggestionKind.TERM, "שלום"),
        ("שלום ", SuggestionKind.PHRASE, "שלום עולם"),
        ("мирный дог", SuggestionKind.PHRASE, "мирный договор"),
    ],
)
def test_typed_text_is_completed(
    searcher: Searcher, typed: str, kind: SuggestionKind, expected: str
) -> None:
    assert expected in of_kind(searcher, typed, kind)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " \t",
        "zzz",
        "zzz ",
        "the",
        "?!",
        "turbine,",
        '"turb',
        '"climate change" and "turb',
        "-turb",
        "+turb",
        "turb*",
        "turb~",
        "path:tur",
        "title:annu",
        "turbine path:",
        "turbine OR",
        "(turbine OR blades)",
        "-nato path:nowhere/* turb",
    ],
)
def test_operators_and_unknown_words_are_not_completed(searcher: Searcher, typed: str) -> None:
    assert suggest(searcher, typed) == []


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ('"climate change" ch', '"climate change" charter'),
        ("+climate ch", "+climate charter"),
        ("-nato turb", "-nato turbine"),
        ("path:more/ turb", "path:more/ Turbine blades"),
        ("(sea OR bridge) cl", "(sea OR bridge) climate"),
        ("(sea OR cl", "(sea OR climate"),
        ("type:markdown annual rep", "type:markdown Annual report 2030"),
    ],
)
def test_text_before_the_completed_end_is_kept(
    searcher: Searcher, typed: str, expected: str
) -> None:
    assert expected.casefold() in [text.casefold() for text in suggest(searcher, typed)]


@pytest.mark.parametrize(
    ("typed", "unwanted"),
    [
        ("path:more/ cl", "climate"),  # no such file contains it
        ("path:more/ annual", "annual report"),
        ("+NATO hal", "hall"),  # in no passage with NATO
        ("-turbine bl", "blades"),
    ],
)
def test_excluded_passages_are_not_suggested(searcher: Searcher, typed: str, unwanted: str) -> None:
    assert not [text for text in suggest(searcher, typed) if unwanted in text.casefold()]


def test_titles_that_begin_with_two_typed_words_come_first(searcher: Searcher) -> None:
    assert suggest(searcher, "annual rep")[:2] == ["Annual report 2030", "Annual report 2031"]
    kinds = [each.kind for each in searcher.suggester.suggest("turb", 8).suggestions]
    assert kinds[0] is SuggestionKind.TERM


def test_words_and_phrases_come_in_the_order_of_their_passages(searcher: Searcher) -> None:
    # Climate occurs in three passages, followed by change in all of them; the charter is in two.
    found = suggest(searcher, "clim")
    assert found.index("climate") < found.index("climate charter")
    assert found.index("climate change") < found.index("climate charter")


def test_words_that_occur_together_once_are_a_phrase_if_there_is_no_other(
    searcher: Searcher,
) -> None:
    assert "turbine hall" not in suggest(searcher, "turb")
    assert suggest(searcher, "world") == []
    assert suggest(searcher, "plain ") == ["plain words"]


def test_one_of_words_with_the_same_stem_is_suggested(searcher: Searcher) -> None:
    assert of_kind(searcher, "turbin", SuggestionKind.TERM) == ["turbine"]


def test_the_same_title_is_suggested_once(searcher: Searcher) -> None:
    assert suggest(searcher, "readm") == ["README"]


def test_a_title_that_would_act_as_operators_becomes_its_words(searcher: Searcher) -> None:
    found = of_kind(searcher, "quoted no", SuggestionKind.TITLE)
    assert found == ["Draft quoted path x a OR b notes"]


def test_the_typed_text_is_not_suggested(searcher: Searcher) -> None:
    assert "annual report 2031" not in suggest(searcher, "annual report 2031")
    assert not {"nato", "NATO"} & set(suggest(searcher, "nato"))


@pytest.mark.parametrize("limit", range(1, 9))
def test_the_number_of_suggestions_is_limited(searcher: Searcher, limit: int) -> None:
    for typed in ("turb", "c", "climate ", "annual rep"):
        assert suggest(searcher, typed, limit)
        assert len(suggest(searcher, typed, limit)) <= limit


def test_a_query_that_would_become_too_long_is_left_alone(searcher: Searcher) -> None:
    typed = "x " * 498 + "turb"
    assert len(typed) == 1_000
    assert suggest(searcher, typed) == []


def pieces() -> st.SearchStrategy[str]:
    """Queries as typed: pieces of text and operators, and any characters."""
    parts = st.one_of(st.sampled_from(PIECES), st.text(max_size=3))
    texts = st.lists(parts, min_size=1, max_size=4).map("".join)
    return texts.filter(lambda text: not set(text) & {"\0"} and text.isprintable())


@given(pieces(), st.integers(1, 20))
def test_each_suggestion_finds_something_and_continues_the_typed_text(
    searcher: Searcher, typed: str, limit: int
) -> None:
    found = searcher.suggester.suggest(typed, limit).suggestions
    assert len(found) <= limit
    assert len({each.text.casefold() for each in found}) == len(found)
    for each in found:
        request = SearchRequest(q=each.text, mode=Mode.LEXICAL)
        assert searcher.search(request).total.value > 0, each
        words = [term.text for term in ANALYZER.words(each.text)]
        for term in ANALYZER.words(typed):
            assert any(word.startswith(term.text) for word in words), each


def test_a_new_generation_suggests_its_own_words(folder: Path, index: IndexFolder) -> None:
    write(folder, "a.txt", "zanthor plicket")
    publish(folder, index)
    with search_index(index) as before:
        assert suggest(before, "plick") == ["plicket"]
        write(folder, "b.txt", "plickering")
        publish(folder, index)
        assert suggest(before, "plick") == ["plicket"]
        with search_index(index) as after:
            assert set(suggest(after, "plick")) >= {"plicket", "plickering"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    base = tmp_path_factory.mktemp("suggest-api")
    write(base / "folder", "a.md", "# Annual report\n\nturbine blades\n")
    index = IndexFolder(base / "index")
    publish(base / "folder", index)
    with serve(index) as client:
        yield client


def test_the_api_answers_with_texts_and_kinds(client: TestClient) -> None:
    answer = client.get("/v1/suggest", params={"q": "turb"})
    assert answer.status_code == 200
    assert answer.json()["suggestions"][0] == {"text": "turbine", "kind": "term"}
    assert client.get("/v1/suggest", params={"q": ""}).json() == {"suggestions": []}


@pytest.mark.parametrize(
    ("parameters", "parameter"),
    [
        ({"q": "x" * 5_001}, "q"),
        ({}, "q"),
        ({"q": "x", "limit": 0}, "limit"),
        ({"q": "x", "limit": 21}, "limit"),
        ({"q": "x", "colour": "red"}, "colour"),
        ({"q": "a\0b"}, "q"),
        ({"q": "x after:2024-02-31 y"}, "q"),
    ],
)
def test_bad_requests_are_named(
    client: TestClient, parameters: dict[str, str | int], parameter: str
) -> None:
    answer = client.get("/v1/suggest", params=parameters)
    assert answer.status_code == 422
    assert answer.json()["parameter"] == parameter


def test_an_empty_index_suggests_nothing(folder: Path, index: IndexFolder) -> None:
    publish(folder, index)
    with search_index(index) as searcher:
        assert suggest(searcher, "x") == []
        assert suggest(searcher, "気") == []


def test_suggestions_use_only_their_own_generation(folder: Path, index: IndexFolder) -> None:
    write(folder, "a.txt", "plicket")
    publish(folder, index)
    snapshot = open_snapshot(index, index.current())
    assert snapshot.titles() == [(1, "a")]
    snapshot.close()
