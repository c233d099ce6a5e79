"""The matches before and after a place of a long document, within passages and over borders."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from starlette.datastructures import QueryParams

from api.search.searcher import Searcher
from api.web.pages.addresses import Place, read_place
from api.web.pages.views.document import view_document
from api.web.pages.views.document_parts import PART_CHARS
from indexer.documents import document_id
from indexer.spans import Span
from tests.api.served_index import search_files

LEDGER = "\n".join(f"On day w{day} boat x{day} paid y{day} in full." for day in range(3_000))
ID = document_id("ledger.txt")


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    files = {"ledger.txt": LEDGER, "other.txt": "A boat paid in full on another day."}
    with search_files(tmp_path_factory.mktemp("reader"), files) as searcher:
        yield searcher


def borders(searcher: Searcher) -> list[int]:
    """Return where the passages of the ledger begin, except the first."""
    stored = searcher.snapshot.document_with_id(ID)
    assert stored is not None
    passages = searcher.snapshot.passages(range(stored.first_row, stored.end_row))
    return [passage.piece_start for passage in passages[1:]]


def run_over(place: int, before: int, after: int) -> Span:
    """Return the span of the words around a place between two words."""
    left, right = LEDGER[:place].rstrip(), LEDGER[place:]
    start = place
    for _ in range(before):
        start = max(left.rfind(" "), left.rfind("\n")) + 1
        left = left[:start].rstrip()
    end = place + len(" ".join(right.split()[:after]))
    return Span(start, end)


@pytest.mark.parametrize(("before", "after"), [(1, 3), (3, 3), (1, 8), (8, 1), (30, 20)])
def test_a_phrase_over_a_border_is_the_match_before_and_after(
    searcher: Searcher, before: int, after: int
) -> None:
    reader, last = searcher.documents, len(LEDGER)
    found = borders(searcher)
    assert len(found) > 20
    for place in found[::17]:
        phrase = run_over(place, before, after)
        q = f'"{phrase.of(LEDGER)}"'
        for start in (0, max(0, phrase.start - 5_000), phrase.start):
            mark = reader.mark_after(ID, q, start)
            assert mark is not None, q
            assert (mark.start, mark.end) == (phrase.start, phrase.end)
        for end in (last, min(last, phrase.end + 5_000), phrase.end):
            mark = reader.mark_before(ID, q, end)
            assert mark is not None, q
            assert (mark.start, mark.end) == (phrase.start, phrase.end)
        assert reader.mark_after(ID, q, phrase.end) is None
        assert reader.mark_before(ID, q, phrase.start) is None


def test_words_are_the_nearest_ones_on_either_side(searcher: Searcher) -> None:
    reader = searcher.documents
    places = [LEDGER.index(f"x{day} ") for day in (10, 500, 1_400)]
    q = "x10 x500 x1400"
    for before, here, after in zip([None, *places[:-1]], places, [*places[1:], None], strict=True):
        ahead, behind = reader.mark_after(ID, q, here + 6), reader.mark_before(ID, q, here)
        assert (ahead.start if ahead else None) == after
        assert (behind.start if behind else None) == before


def test_a_phrase_over_the_border_of_two_parts_of_a_page_is_reached_from_both(
    searcher: Searcher,
) -> None:
    reader = searcher.documents
    assert len(LEDGER) > 2 * PART_CHARS
    first = view_document(reader, ID, Place(), "").part
    phrase = run_over(first.end, 3, 3)
    q = f'"{phrase.of(LEDGER)}"'
    for place in (Place(q=q), Place(q=q, after=first.end)):
        view = view_document(reader, ID, place, "")
        address = view.mark_after if place.after is None else view.mark_before
        assert view.highlights == 0
        assert address is not None
        assert 'id="m1"' in shown_at(searcher, address)


def shown_at(searcher: Searcher, address: str) -> str:
    """Return the text that the page at an address shows, with its marks."""
    place = read_place(QueryParams(urlsplit(address).query))
    return str(view_document(searcher.documents, ID, place, "").text)
