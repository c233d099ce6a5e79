"""Which filter or exclusion is blamed for a search that finds nothing."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.contract.search import Mode, Scope, SearchRequest, SearchResponse
from api.search.searcher import Searcher
from tests.api.served_index import search_files
from tests.property_examples import examples

FILES = {
    "ferry/times.txt": "The ferry sails at noon and again at dusk.",
    "ferry/prices.md": "# Prices\n\nA ticket for the ferry costs nine crowns.",
    "bridge/closed.txt": "The bridge is closed, so take the ferry or walk round.",
    "bridge/toll.txt": "The toll of the bridge is two crowns at noon.",
    "old/note.txt": "Nothing sails in winter.",
}
PARTS = [
    *["ferry", "bridge", "crowns", "noon", "zebra", "+ferry", "+zebra", "-ferry", "-noon", "-the"],
    *['-"the ferry"', "path:ferry/", "path:old/", "-path:*.txt", "type:markdown", "title:prices"],
    *["after:2199", "+(noon OR dusk)", "-(crowns OR closed)", "ext:csv"],
]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    with search_files(tmp_path_factory.mktemp("emptiness"), FILES) as searcher:
        yield searcher


def answer(searcher: Searcher, q: str, **parameters: object) -> SearchResponse:
    return searcher.search(
        SearchRequest.model_validate({"q": q, "mode": Mode.LEXICAL, **parameters})
    )


def blamed(response: SearchResponse) -> list[tuple[str, str, int | None]]:
    return [
        (each.message, str(each.parameter), each.position)
        for each in response.warnings
        if each.code == "filter_leaves_nothing"
    ]


@pytest.mark.parametrize(
    ("q", "parameters", "found"),
    [
        ("dusk -ferry", {}, [("-ferry excludes the only match.", "q", 5)]),
        ("dusk +zebra", {}, [("+zebra leaves out the only match.", "q", 5)]),
        ("ferry +zebra", {}, [("+zebra leaves none of 3 matches.", "q", 6)]),
        ("ferry path:old/", {}, [("path:old/ leaves none of 3 matches.", "q", 6)]),
        ("ferry", {"path": ["old/"]}, [("path=old/ leaves none of 3 matches.", "path", None)]),
        ("ferry ext:csv", {}, [("ext:csv matches no file.", "q", 6)]),
        ("ferry -path:*", {}, [("-path:* excludes all 5 files.", "q", 6)]),
        ("toll after:2199", {}, [("after:2199-01-01 leaves none of 5 files.", "q", None)]),
        ("dusk -ferryman -ferry", {}, [("-ferry excludes the only match.", "q", 15)]),
        ("dusk +(zebra OR yak)", {}, [("(zebra OR yak) leaves out the only match.", "q", 5)]),
        # None of them alone leaves nothing.
        ("dusk -noon path:old/", {}, []),
        ("dusk -noon -sails", {}, []),
        (
            "toll path:ferry/ type:markdown",
            {"path": ["nowhere/"]},
            [("path=nowhere/ matches no file.", "path", None)],
        ),
    ],
)
def test_what_leaves_nothing_is_named_with_its_place(
    searcher: Searcher,
    q: str,
    parameters: dict[str, object],
    found: list[tuple[str, str, int | None]],
) -> None:
    response = answer(searcher, q, **parameters)
    assert response.total.value == 0
    assert blamed(response) == found


def test_a_minimum_of_confidence_is_named(searcher: Searcher) -> None:
    assert blamed(answer(searcher, "ferry walk", min_score=0.999)) == [
        ("min_score=0.999 leaves none of 3 matches.", "min_score", None)
    ]


def test_the_scope_of_passages_is_kept(searcher: Searcher) -> None:
    response = answer(searcher, "dusk -noon", scope=Scope.PASSAGE)
    assert blamed(response) == [("-noon excludes the only match.", "q", 5)]


@examples(80)
@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=4, unique=True))
def test_without_what_is_blamed_something_is_found(searcher: Searcher, parts: list[str]) -> None:
    response = answer(searcher, " ".join(parts))
    found = blamed(response)
    if response.total.value:
        assert found == []
    for message, _, position in found:
        if position is None or " file" in message:
            continue
        (culprit,) = (each for each in parts if response.query.find(each) == position)
        others = [each for each in parts if each != culprit]
        assert answer(searcher, " ".join(others)).total.value > 0, (parts, message)
