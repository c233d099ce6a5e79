"""What is typed is read as it is meant, or a warning says how it was read."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from api.contract.search import Mode, SearchRequest, SearchResponse, SearchWarning
from api.query.query import QueryFilters
from api.search.searcher import Searcher
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, search_files, write
from tests.api.server_process import server_process
from tests.hashed_embedder import HashedEmbedder

HANDBOOK = {
    "manual/grep.md": "# grep\n\nSearch files with grep. With grep -v the other lines are printed.",
    "manual/sort.md": "# sort\n\nLines are sorted by their first field, unless a key is given.",
    "manual/tar.md": "# tar\n\nAn archive opens with tar -x, and tar -c makes a new one.",
    "notes/ferry.txt": "The ferry to Skerrow leaves at nine, and again at noon.",
    "notes/bridge.txt": "The bridge to Skerrow was closed, so people took the ferry.",
    "notes/harbour.txt": "The harbour office is certain about the date of the opening.",
    "win32/build.md": "# Build\n\nUse the compiler of the platform, and set the path.",
    "people/genghis.md": "# Genghis Khan\n\nGenghis Khan ruled the steppe. He must win, said Leon.",
    "mail/letter.md": "Docs of the des department may be read by the government.",
    "manual/rm.md": "# rm\n\nA folder goes with all that is in it by rm -rf, so look twice.",
    "rates/may.txt": "In May the rate was 70% and a berth cost £70, see § 12(3) of the order.",
    "rates/june.txt": "In June 70 boats paid 12 each, and the rate was 65% for all of them.",
    "court/ruling.txt": "The judge said “no fault” twice before noon, and left the court.",
    "log/run.txt": "build deadbeef01 of a1b2c3d4e5 took a day. The deacon read it.",
}


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    with search_files(tmp_path_factory.mktemp("query"), HANDBOOK) as searcher:
        yield searcher


def paths(response: SearchResponse) -> list[str]:
    return [hit.document.path for hit in response.hits]


def by_words(searcher: Searcher, q: str, **parameters: object) -> SearchResponse:
    request = SearchRequest.model_validate({"q": q, "mode": Mode.LEXICAL, **parameters})
    return searcher.search(request)


def warning(response: SearchResponse, code: str) -> SearchWarning:
    return next(each for each in response.warnings if each.code == code)


class TestOptionsOfCommands:
    """An option such as -v is a word of the question, not an exclusion."""

    @pytest.mark.parametrize(
        ("q", "page"),
        [
            ("grep -v", "manual/grep.md"),
            ("tar -x", "manual/tar.md"),
            ("-c tar", "manual/tar.md"),
            ("rm -rf build", "manual/rm.md"),
        ],
    )
    def test_the_page_of_the_command_is_found(self, searcher: Searcher, q: str, page: str) -> None:
        response = by_words(searcher, q)
        assert paths(response)[0] == page
        assert warning(response, "command_option").position == q.index("-")

    def test_a_word_of_two_letters_is_still_left_out(self, searcher: Searcher) -> None:
        response = by_words(searcher, "Skerrow -so")
        assert paths(response) == ["notes/ferry.txt"]
        assert response.warnings == []

    def test_one_letter_in_quotes_is_left_out(self, searcher: Searcher) -> None:
        assert "manual/grep.md" not in paths(by_words(searcher, 'grep lines -"v"'))


class TestNumbersWithSigns:
    """`+` and `-` act before percentages, amounts and sections as before words."""

    @pytest.mark.parametrize("q", ["rate +70%", "rate +£70", "rate +§12(3)", "rate +§ 12(3)"])
    def test_what_is_required_is_the_number_with_its_sign(self, searcher: Searcher, q: str) -> None:
        response = by_words(searcher, q)
        assert paths(response) == ["rates/may.txt"]
        assert response.warnings == []

    @pytest.mark.parametrize("q", ["rate -§12(3)", 'rate -"70%"', "rate NOT £70"])
    def test_what_is_left_out_is_the_number_with_its_sign(self, searcher: Searcher, q: str) -> None:
        assert paths(by_words(searcher, q)) == ["rates/june.txt"]

    def test_a_number_that_may_be_negative_leaves_nothing_out(self, searcher: Searcher) -> None:
        response = by_words(searcher, "rate -70%")
        assert paths(response)[0] == "rates/may.txt"
        assert warning(response, "signed_number").position == 5


class TestNestedQuotations:
    """A quotation inside another does not end it."""

    @pytest.mark.parametrize(
        "q",
        [
            '"said “no fault” twice"',
            '“said "no fault" twice”',
            '«said "no fault" twice»',
            '+"said “no fault” twice"',
        ],
    )
    def test_the_outer_one_is_one_phrase(self, searcher: Searcher, q: str) -> None:
        response = by_words(searcher, q)
        assert paths(response) == ["court/ruling.txt"]
        (hit,) = response.hits
        shown = [hit.text[mark.start : mark.end] for mark in hit.highlights]
        assert shown == ["said “no fault” twice"]
        assert paths(by_words(searcher, q.replace("twice", "often"))) == []


class TestLanguagesOfOtherEngines:
    """Operators of other search engines mean here what they mean there."""

    @pytest.mark.parametrize(
        ("foreign", "ours"),
        [
            ("Skerrow NOT bridge", "Skerrow -bridge"),
            ("ferry AND bridge", "+ferry +bridge"),
            ("ferry && bridge", "+ferry +bridge"),
            ("harbour OR archive", "(harbour OR archive)"),
            ("harbour | archive", "(harbour OR archive)"),
            ("harbour || archive", "(harbour OR archive)"),
            ("Title:grep", "title:grep"),
            ("intitle:grep", "title:grep"),
            ("filetype:md lines", "ext:md lines"),
            ("folder:notes ferry", "path:notes/ ferry"),
            ("＂leaves at nine＂", '"leaves at nine"'),
            ("«leaves at nine»", '"leaves at nine"'),
            ("‹leaves at nine›", '"leaves at nine"'),
            ("‘leaves at nine’", '"leaves at nine"'),
            ("「leaves at nine」", '"leaves at nine"'),
            ("Skerrow −bridge", "Skerrow -bridge"),
            ("Skerrow –bridge", "Skerrow -bridge"),
            ("* path:notes/", "path:notes/"),
        ],
    )
    def test_it_finds_the_same(self, searcher: Searcher, foreign: str, ours: str) -> None:
        found, expected = by_words(searcher, foreign), by_words(searcher, ours)
        assert paths(found) == paths(expected) != []
        assert found.warnings == []

    @pytest.mark.parametrize(
        ("q", "code", "position"),
        [
            ("ferry NEAR/5 bridge", "proximity", 6),
            ("ferry w/5 bridge", "proximity", 6),
            ('"leaves at nine"~5', "proximity", 0),
            ("ferri~2", "typo_distance", 0),
            ("subject:smith ferry", "unknown_field", 0),
            ("site:example.org ferry", "unknown_field", 0),
            ("DO NOT CLOSE", "stray_not", 3),
            ("they must NOT close", "stray_not", 10),
            ("TERMS AND CONDITIONS", "stray_and", 6),
            ("Bridge closed | The Skerrow Tide", "stray_or", 14),
            ("fe?ry", "stray_operator", 0),
            ("/ferr[yi]/", "stray_operator", 0),
        ],
    )
    def test_what_is_not_known_is_said(
        self, searcher: Searcher, q: str, code: str, position: int
    ) -> None:
        assert warning(by_words(searcher, q), code).position == position

    @pytest.mark.parametrize(
        "q",
        ["the dogs’ dinner", "‘tis the ferry", "rock ‘n’ roll", "5' 3\"", "/etc/hosts/", "a – b"],
    )
    def test_apostrophes_dashes_and_paths_are_text(self, searcher: Searcher, q: str) -> None:
        assert by_words(searcher, q).warnings == []


class TestNothingLeft:
    """A filter or an exclusion that leaves nothing is named."""

    @pytest.mark.parametrize(
        ("q", "parameters", "message", "parameter"),
        [
            ("ferry path:x", {}, "path:x matches no file.", "q"),
            ("ferry", {"path": ["x/"]}, "path=x/ matches no file.", "path"),
            ("ferry type:csv", {}, "type:text/csv matches no file.", "q"),
            ("Skerrow -ferry", {}, "-ferry excludes all 2 matches.", "q"),
            ("ferry +zebra", {}, "+zebra leaves none of 2 matches.", "q"),
            ("ferry -path:*", {}, "-path:* excludes all 14 files.", "q"),
            ("ferry path:win32/", {}, "path:win32/ leaves none of 2 matches.", "q"),
            ("ferry after:2199", {}, "after:2199-01-01 leaves none of 14 files.", "q"),
            (
                "ferry",
                {"modified_after": "2199"},
                "modified_after=2199 leaves none of 14 files.",
                "modified_after",
            ),
        ],
    )
    def test_it_is_named(
        self,
        searcher: Searcher,
        q: str,
        parameters: dict[str, object],
        message: str,
        parameter: str,
    ) -> None:
        response = by_words(searcher, q, **parameters)
        assert response.hits == []
        found = warning(response, "filter_leaves_nothing")
        assert (found.message, found.parameter) == (message, parameter)

    @pytest.mark.parametrize("q", ["zebra", "zebra -ferry", "zebra path:notes/"])
    def test_without_one_nothing_is_said(self, searcher: Searcher, q: str) -> None:
        response = by_words(searcher, q)
        assert (response.hits, response.warnings) == ([], [])

    def test_with_a_hit_nothing_is_said(self, searcher: Searcher) -> None:
        assert by_words(searcher, "Skerrow -bridge path:notes/").warnings == []


class TestDidYouMean:
    """Words that mean something are not corrected, mistyped ones are."""

    @pytest.mark.parametrize(
        "q",
        [
            "what does grep -i do",
            "when does the archive open",
            "how many days",
            "Elon Musk",
            "curtain",
            "curtains",
        ],
    )
    def test_no_word_with_a_meaning_is_corrected(self, searcher: Searcher, q: str) -> None:
        codes = {each.code for each in by_words(searcher, q).warnings}
        assert "did_you_mean" not in codes

    @pytest.mark.parametrize(
        ("q", "suggestion"),
        [("goverment", "government"), ("the harbuor", "the harbour"), ("compilr", "compiler")],
    )
    def test_a_mistyped_word_is_corrected(
        self, searcher: Searcher, q: str, suggestion: str
    ) -> None:
        assert warning(by_words(searcher, q), "did_you_mean").suggestion == suggestion

    @pytest.mark.parametrize(
        ("q", "parameters"), [("goverment path:notes/", {}), ("goverment", {"path": ["notes/"]})]
    )
    def test_a_correction_finds_something_under_the_filters(
        self, searcher: Searcher, q: str, parameters: dict[str, object]
    ) -> None:
        codes = {each.code for each in by_words(searcher, q, **parameters).warnings}
        assert "did_you_mean" not in codes


class TestSuggestions:
    """Suggestions find something under the filters of the form, and are words that people type."""

    def test_they_obey_the_filters(self, searcher: Searcher) -> None:
        suggest = searcher.suggester.suggest
        assert suggest("gengh", 8).suggestions != []
        assert suggest("gengh", 8, QueryFilters(paths=("win32/",))).suggestions == []
        assert suggest("gengh", 8, QueryFilters(paths=("people/",))).suggestions != []

    @pytest.mark.parametrize(("typed", "noise"), [("dea", "deadbeef01"), ("buil", "deadbeef01")])
    def test_they_leave_out_hashes(self, searcher: Searcher, typed: str, noise: str) -> None:
        found = [each.text for each in searcher.suggester.suggest(typed, 20).suggestions]
        assert found
        assert not any(noise in text for text in found)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    files = {f"{number:02}.txt": article(number) for number in range(12)}
    with search_files(tmp_path_factory.mktemp("library"), files, HashedEmbedder()) as searcher:
        yield searcher


class TestPastedPassages:
    """A text of up to 5,000 characters finds where it comes from."""

    @pytest.mark.parametrize("mode", list(Mode))
    @pytest.mark.parametrize("chars", [900, 2_500, 5_000])
    def test_it_is_first(self, library: Searcher, mode: Mode, chars: int) -> None:
        text = article(7)[300 : 300 + chars]
        response = library.search(SearchRequest(q=text, mode=mode))
        assert response.query == text
        assert response.hits[0].document.path == "07.txt"

    def test_nothing_in_it_is_an_operator(self, library: Searcher) -> None:
        text = f"{article(7)[:2_000]} -clerk path:nowhere (a OR b) +zebra"
        response = library.search(SearchRequest(q=text))
        assert response.hits[0].document.path == "07.txt"
        assert response.warnings == []

    @pytest.mark.parametrize("place", ["v1/search", ""])
    def test_it_fits_into_an_address(self, tmp_path: Path, place: str) -> None:
        text = "海面上昇" * 1_250
        write(tmp_path / "folder", "sea.txt", text)
        publish(tmp_path / "folder", IndexFolder(tmp_path / "index"))
        with server_process("--index", str(tmp_path / "index")) as server:
            answer = httpx2.get(f"{server.address}{place}", params={"q": text}, timeout=60)
        assert answer.status_code == 200
        assert "sea.txt" in answer.text
        # The text is not in every link.
        assert len(answer.content) < 200_000

    def test_it_is_not_completed(self, library: Searcher) -> None:
        assert library.suggester.suggest(article(7)[:4_000], 8).suggestions == []


def article(number: int) -> str:
    """Return a text of 6,000 characters, in which some words of each sentence are its own."""
    return " ".join(
        f"On day {day} the clerk of office {number} counted crate{number}x{day} and wrote "
        f"line{day * 31 + number} into the blue book of the harbour."
        for day in range(60)
    )


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    files = {
        "kitchen.md": "# Kitchen renovation\n\nNew tiles and a new sink, in May.",
        **{f"{number}.md": f"# Note {number}\n\nWord{number} and more." for number in range(30)},
    }
    with search_files(tmp_path_factory.mktemp("notes"), files, HashedEmbedder()) as searcher:
        yield searcher


class TestTyping:
    """Half a word is the beginning of a word; meaning joins when the word is finished."""

    @pytest.mark.parametrize("q", ["ki", "kitch", "Kitche", "new kitch", "path:*.md kitch"])
    def test_the_words_that_begin_so_are_found(self, notes: Searcher, q: str) -> None:
        response = notes.search(SearchRequest(q=q), typing=True)
        assert paths(response)[0] == "kitchen.md"
        assert response.mode is Mode.LEXICAL

    @pytest.mark.parametrize(
        ("q", "typing"),
        [
            ("kitch ", True),  # a blank ends the word
            ("kitch", False),  # so does Enter
            ("kitchen", True),  # a whole word
            ("zzz", True),  # no word begins so
            ('"kitch', True),
            ("-kitch", True),
        ],
    )
    def test_a_finished_word_is_also_searched_by_meaning(
        self, notes: Searcher, q: str, typing: bool
    ) -> None:
        assert notes.search(SearchRequest(q=q), typing=typing).mode is Mode.HYBRID
