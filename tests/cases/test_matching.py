"""Whatever a file says can be matched: repeated text, names, and words that belong together."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from api.contract.hits import Hit
from api.contract.search import Mode, SearchRequest
from api.search.searcher import Searcher
from tests.api.served_index import search_files
from tests.hashed_embedder import HashedEmbedder

WORDS = [f"{a}{b}{c}" for a in "bdfgklm" for b in ("ar", "el", "in", "or", "um") for c in "dklst"]


def own_words(number: int, count: int) -> str:
    """Return words that differ from file to file."""
    return " ".join(Random(number).choices(WORDS, k=count))


def hits(searcher: Searcher, q: str, **parameters: Any) -> list[Hit]:
    return searcher.search(SearchRequest(q=q, **{"limit": 50} | parameters)).hits


def paths(searcher: Searcher, q: str, **parameters: Any) -> list[str]:
    return sorted({hit.document.path for hit in hits(searcher, q, **parameters)})


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    def note(number: int) -> str:
        status = "overdue" if number % 3 == 0 else "settled"
        tags = f"tags: [accounts, {'garden' if number % 3 == 0 else 'kitchen'}ing]"
        return f"An invoice. {own_words(number, 60)}.\n\nStatus: {status}\n{tags}\n"

    files = {f"i{number}.md": note(number) for number in range(24)}
    with search_files(tmp_path_factory.mktemp("notes"), files, HashedEmbedder()) as searcher:
        assert any(
            passage.repeated
            for passage in searcher.snapshot.passages(searcher.snapshot.rows.tolist())
        )
        yield searcher


class TestALineThatManyFilesShare:
    """A line that a third of a folder's files share is matched in each of them."""

    OVERDUE = sorted(f"i{number}.md" for number in range(0, 24, 3))

    @pytest.mark.parametrize(
        "query",
        ["overdue", "+overdue", '"status overdue"', "overd*", "overdeu~", "+(overdue OR x)"],
    )
    def test_every_way_of_asking_finds_all_of_them(self, notes: Searcher, query: str) -> None:
        assert paths(notes, query, mode=Mode.LEXICAL) == self.OVERDUE
        total = notes.search(SearchRequest(q=query, mode=Mode.LEXICAL)).total
        assert (total.value, total.relation) == (8, "exact")

    @pytest.mark.parametrize("mode", [Mode.LEXICAL, Mode.HYBRID])
    def test_a_path_and_an_exclusion_tell_the_truth(self, notes: Searcher, mode: Mode) -> None:
        assert paths(notes, "+overdue path:i6.md", mode=mode) == ["i6.md"]
        assert paths(notes, "+overdue path:i7.md", mode=mode) == []
        without = paths(notes, "invoice -overdue", mode=mode)
        assert len(without) == 16
        assert not set(without) & set(self.OVERDUE)
        assert paths(notes, '-"tags accounts gardening" invoice', mode=mode) == without

    def test_it_weighs_less_than_text_of_its_own(self, notes: Searcher, tmp_path: Path) -> None:
        files = {
            **{
                f"{number}.txt": f"{own_words(number, 40)}.\nHome | Tickets | Contact\n"
                for number in range(9)
            },
            "tickets.txt": f"{own_words(99, 40)}. All tickets are sold at the pier.",
        }
        with search_files(tmp_path, files, HashedEmbedder()) as searcher:
            first, *others = hits(searcher, "tickets", mode=Mode.LEXICAL)
        assert first.document.path == "tickets.txt"
        assert len(others) == 9
        assert all(other.score < first.score / 2 for other in others)


class TestASentenceRepeatedInOneFile:
    """A sentence that one file repeats is matched wherever it occurs."""

    MINUTES = "\n\n".join(
        f"## Day {number:02}\n\nOn day{number:02} {own_words(number, 30)}. "
        + ("Ulrich was absent and sent his apologies. " if number in {2, 5, 9, 11} else "")
        + own_words(100 + number, 80).capitalize()
        + "."
        for number in range(12)
    )

    @pytest.mark.parametrize("mode", [Mode.LEXICAL, Mode.HYBRID])
    def test_the_last_one_is_found(self, tmp_path: Path, mode: Mode) -> None:
        with search_files(tmp_path, {"minutes.md": self.MINUTES}, HashedEmbedder()) as searcher:
            first = hits(searcher, "+absent +day09", mode=mode)[0]
            assert "day09" in first.text
            assert "absent" in first.text
            asked = SearchRequest(q='"absent and sent"', mode=Mode.LEXICAL, fold_duplicates=False)
            assert sum("absent and sent" in hit.text for hit in searcher.search(asked).hits) == (
                sum("absent and sent" in hit.text for hit in hits(searcher, "+absent"))
            )


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    others = {f"note-{number}.md": own_words(number, 80) for number in range(20)}
    files = others | {
        "finance/budget-q3-final.md": f"# Overview\n\n{own_words(50, 80)}",
        "clients/acme/letter.md": f"# A letter\n\n{own_words(51, 80)}",
        "clients/acme/reply.md": f"# A reply\n\n{own_words(52, 80)}",
        "VisitorsPolicy2024.md": f"# Rules\n\n{own_words(53, 80)}",
    }
    with search_files(tmp_path_factory.mktemp("names"), files, HashedEmbedder()) as searcher:
        yield searcher


class TestNames:
    """Names of files and folders are found like words."""

    @pytest.mark.parametrize("mode", [Mode.LEXICAL, Mode.HYBRID])
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("budget-q3-final", {"finance/budget-q3-final.md"}),
            ("budget q3", {"finance/budget-q3-final.md"}),
            ("+budget-q3-final", {"finance/budget-q3-final.md"}),
            ("acme", {"clients/acme/letter.md", "clients/acme/reply.md"}),
            ("+acme", {"clients/acme/letter.md", "clients/acme/reply.md"}),
            ("visitors policy 2024", {"VisitorsPolicy2024.md"}),
            ("visitorspolicy2024", {"VisitorsPolicy2024.md"}),
            ("budg*", {"finance/budget-q3-final.md"}),
            ("visitors*", {"VisitorsPolicy2024.md"}),
            ("+acm*", {"clients/acme/letter.md", "clients/acme/reply.md"}),
            ("buget~", {"finance/budget-q3-final.md"}),
        ],
    )
    def test_they_lead_to_their_files(
        self, named: Searcher, mode: Mode, query: str, found: set[str]
    ) -> None:
        answer = named.search(SearchRequest(q=query, mode=mode))
        assert {hit.document.path for hit in answer.hits[: len(found)]} == found
        assert [warning.code for warning in answer.warnings] == []
        if mode is Mode.LEXICAL:
            assert len(answer.hits) == len(found)

    @pytest.mark.parametrize("query", ["letter reply -acme", "letter reply -acm*"])
    def test_they_can_be_excluded(self, named: Searcher, query: str) -> None:
        assert paths(named, query, mode=Mode.LEXICAL) == []

    @pytest.mark.parametrize(
        "path", ["2024-03-05.txt", "IMG_2231.txt", "Visitors Policy 2024.md", "old/hist_2.txt"]
    )
    def test_a_whole_name_leads_before_its_parts_in_texts(self, tmp_path: Path, path: str) -> None:
        files = {
            path: "The keeper walked the dog.\n",
            "a.log": "2024-05-01 10:00 INFO start\n2024-05-02 10:05 INFO stop\n",
            "b.md": '<p><img src="x.png"></p>\n\nThe hist column is wider than an img one, by 2.\n',
            "c.txt": "Policy 2, of 2024, after the policy of 2023.\n",
        }
        name = path.rpartition("/")[2].rpartition(".")[0]
        with search_files(tmp_path, files) as searcher:
            assert hits(searcher, name, mode=Mode.LEXICAL)[0].document.path == path


class TestAQuotationOverABorder:
    """A phrase that begins in one passage and ends in another is found, and shown whole."""

    CLERK = "The clerk counted crate number {} on the quay and wrote it down in the blue book."
    COOK = "The cook served bowl number {} in the canteen and wiped the long table."
    SAID = (
        "“We sold the last barge on Friday. Nobody will ever see the money again,” "
        "said the treasurer."
    )
    TEXT = " ".join([*map(CLERK.format, range(10)), SAID, *map(COOK.format, range(11))])
    QUOTED = "sold the last barge on Friday. Nobody will ever see the money"

    @pytest.fixture
    def report(self, tmp_path: Path) -> Iterator[Searcher]:
        files = {"report.txt": self.TEXT, "other.txt": own_words(1, 300)}
        with search_files(tmp_path, files, HashedEmbedder()) as searcher:
            yield searcher

    @pytest.mark.parametrize("mode", Mode)
    @pytest.mark.parametrize("written", ['"{}"', '+"{}"', '+("{}" OR zebra)', '"{}" crate'])
    def test_every_border_can_be_crossed(self, report: Searcher, mode: Mode, written: str) -> None:
        for border in borders_in(report, "report.txt"):
            words = words_around(self.TEXT, border)
            first = hits(report, written.format(words), mode=mode)[0]
            if mode is Mode.SEMANTIC and not written.startswith("+"):
                continue
            assert_shows(first, self.TEXT, words)

    def test_the_parts_are_not_hits_of_their_own(self, report: Searcher) -> None:
        found = hits(report, f'"{self.QUOTED}"', mode=Mode.HYBRID)
        spans = sorted(
            (hit.span.start, hit.span.end) for hit in found if hit.document.path == "report.txt"
        )
        assert all(one[1] <= other[0] for one, other in pairwise(spans))

    def test_an_exclusion_sees_it(self, report: Searcher) -> None:
        border = borders_in(report, "report.txt")[0]
        words = words_around(self.TEXT, border)
        for hit in hits(report, f'crate bowl -"{words}"', scope="passage"):
            outside = hit.span.end <= border - 40 or hit.span.start >= border + 40
            assert outside or hit.document.path != "report.txt"
        assert paths(report, f'crate bowl -"{words}"', mode=Mode.LEXICAL) == []

    def test_its_passage_can_be_read_and_compared(self, report: Searcher) -> None:
        border = borders_in(report, "report.txt")[0]
        words = words_around(self.TEXT, border)
        hit = hits(report, f'"{words}"', mode=Mode.LEXICAL)[0]
        read = report.documents.passage(hit.passage_id, before=1, after=1)
        assert (read.passage.text, read.passage.span) == (hit.text, hit.span)
        assert all(each.span.end <= hit.span.start for each in read.before)
        assert all(each.span.start >= hit.span.end for each in read.after)
        similar = report.similar.find(hit.passage_id, limit=5)
        assert similar.passage.passage_id == hit.passage_id

    def test_a_long_quotation_covers_whole_passages(self, tmp_path: Path) -> None:
        text = " ".join(f"{own_words(number, 12).capitalize()}." for number in range(80))
        words = text.split()
        with search_files(tmp_path, {"long.txt": text}, HashedEmbedder()) as searcher:
            assert len(searcher.snapshot.rows) > 4
            for first in range(0, 400, 50):
                quoted = " ".join(words[first : first + 400])
                hit = hits(
                    searcher, f'"{quoted}"'[:999].rpartition(" ")[0] + '"', mode=Mode.LEXICAL
                )[0]
                assert_shows(hit, text, quoted[:900].rpartition(" ")[0])


class TestTheScopeOfOperators:
    """`+` and `-` speak of the document; with `scope=passage`, of each passage."""

    FIRST, NINTH = "Velmar spoke first, at noon", "Quorin answered after nine days"
    ARTICLE = "\n\n".join(
        [
            f"{FIRST}. {own_words(1, 90)}.",
            *(f"{own_words(number, 100)}.".capitalize() for number in range(2, 9)),
            f"{NINTH}. {own_words(9, 90)}.",
        ]
    )

    @pytest.fixture
    def news(self, tmp_path: Path) -> Iterator[Searcher]:
        files = {
            "article.txt": self.ARTICLE,
            "velmar.txt": f"Velmar, Velmar and Velmar again. {own_words(20, 90)}.",
            "quorin.txt": f"Quorin, and nobody else. {own_words(21, 90)}.",
            "both.txt": f"{own_words(22, 120)}. Quorin met Velmar. {own_words(23, 50)}.",
            "Velmar/notes.txt": f"Quorin wrote this. {own_words(24, 90)}.",
        }
        with search_files(tmp_path, files, HashedEmbedder()) as searcher:
            yield searcher

    BOTH: ClassVar = ["Velmar/notes.txt", "article.txt", "both.txt"]

    @pytest.mark.parametrize("mode", Mode)
    @pytest.mark.parametrize(
        "query",
        [
            *["+Velmar +Quorin", '+velm* +"quorin"', "+velmra~ +quorin", "+Quorin velmar +Velmar"],
            "+(Velmar OR zebra) +(zebra OR Quorin)",
        ],
    )
    def test_all_that_is_required_may_be_anywhere_in_the_document(
        self, news: Searcher, mode: Mode, query: str
    ) -> None:
        if "velm" not in query:
            assert set(paths(news, query, mode=mode)) == set(self.BOTH)
        assert {"article.txt", "both.txt"} <= set(paths(news, query, mode=mode)) <= set(self.BOTH)
        assert paths(news, query, mode=Mode.LEXICAL, scope="passage")[-1:] == ["both.txt"]

    @pytest.mark.parametrize("mode", Mode)
    def test_passages_with_all_of_it_come_first(self, news: Searcher, mode: Mode) -> None:
        first, *others = hits(news, "+Velmar +Quorin", mode=mode)
        assert {"Velmar", "Quorin"} <= set(first.text.replace(".", "").split()) | set(
            first.document.path.split("/")
        )
        assert others

    @pytest.mark.parametrize("mode", Mode)
    def test_what_is_excluded_is_in_no_part_of_the_document(
        self, news: Searcher, mode: Mode
    ) -> None:
        assert paths(news, "+Velmar -Quorin", mode=mode) == ["velmar.txt"]
        assert paths(news, "-Velmar", mode=mode) == ["quorin.txt"]
        assert "article.txt" in paths(news, "+Velmar -Quorin", mode=mode, scope="passage")
        for hit in hits(news, "-Quorin", mode=mode, scope="passage"):
            assert "Quorin" not in hit.text

    def test_filters_and_other_clauses_change_no_score(self, news: Searcher) -> None:
        def scores(query: str) -> dict[str, float]:
            found = hits(news, query, fold_duplicates=False)
            return {hit.passage_id: hit.score for hit in found}

        everywhere = scores("+Velmar +Quorin")
        inside = scores("+Velmar +Quorin path:article.txt")
        assert inside
        assert inside.items() <= everywhere.items()

    def test_an_unknown_scope_is_refused(self) -> None:
        with pytest.raises(ValidationError):
            SearchRequest.model_validate({"q": "a", "scope": "file"})


def borders_in(searcher: Searcher, path: str) -> list[int]:
    """Return where the passages of the file begin, except the first."""
    [entry] = [each for each in searcher.snapshot.catalog.entries if each.path == path]
    found = searcher.snapshot.passages_between(entry.first_row, entry.first_row + entry.passages)
    borders = [passage.start for passage in found[1:]]
    assert borders
    return borders


def words_around(text: str, place: int) -> str:
    """Return about eighty characters around a place, in whole words."""
    return text[place - 40 : place + 40].partition(" ")[2].rpartition(" ")[0].strip("“”,. ")


def assert_shows(hit: Hit, text: str, words: str) -> None:
    """Check that the hit's text, span, best sentences and highlights contain the words."""
    start = text.index(words)
    assert hit.text == text[hit.span.start : hit.span.end]
    assert hit.span.start <= start
    assert start + len(words) <= hit.span.end
    assert hit.byte_span is not None
    encoded = text.encode()[hit.byte_span.start : hit.byte_span.end]
    assert encoded.decode() == hit.text
    assert any(
        mark.start <= start + 2 and start + len(words) - 2 <= mark.end for mark in hit.highlights
    )
    assert hit.best.start <= start + 2
    assert start + len(words) - 2 <= hit.best.end
