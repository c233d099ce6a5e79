from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.contract.errors import InvalidQuery
from api.contract.search import SearchRequest
from api.query.globs import parse_glob
from api.query.parser import parse_query
from api.query.query import QueryFilters
from api.search.requests.filters import document_filter
from api.search.requests.questions import parameter_filters
from indexer.documents import calendar_us
from indexer.index.catalog import Catalog, CatalogEntry


def entry(path: str, media_type: str = "text/plain", modified: str = "2024-06-01") -> CatalogEntry:
    seconds = int(datetime.fromisoformat(modified).replace(tzinfo=UTC).timestamp())
    return CatalogEntry(1, path, media_type, seconds * 1_000_000, 1, 1, 9)


ENTRIES = [
    entry("2023/nato.txt", modified="2023-12-31T23:59:59"),
    entry("2024/nato.md", "text/markdown", "2024-01-01"),
    entry("2024/drafts/nato.md", "text/markdown", "2024-06-01"),
    entry("[a] (b)!.txt", modified="1969-07-20"),
    entry("#note.txt", modified="2024-12-31"),
    entry("line\nbreak/tail.csv", "text/csv", "2025-01-01"),
]


def kept_of(entries: list[CatalogEntry], typed: str = "word", **parameters: Any) -> list[str]:
    """Return the paths that the parameters and the filters in the query text keep."""
    parameter = parameter_filters(SearchRequest(q="x", **parameters))
    keeps = document_filter(parameter, parse_query(typed).filters)
    assert keeps is not None
    kept = keeps(Catalog(entries))
    return [entry.path for entry, is_kept in zip(entries, kept, strict=True) if is_kept]


def kept(typed: str = "word", **parameters: Any) -> list[str]:
    return kept_of(ENTRIES, typed, **parameters)


def test_without_filters_there_is_no_selection() -> None:
    parameter = parameter_filters(SearchRequest(q="x"))
    assert parameter == QueryFilters()
    assert document_filter(parameter, QueryFilters()) is None


def test_from_no_documents_none_are_kept() -> None:
    assert kept_of([], path=["*.md"], type=["text/csv"], modified_after="2024") == []


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("*.md", ["2024/nato.md", "2024/drafts/nato.md"]),
        ("2024/*.md", ["2024/nato.md"]),
        ("/2024", ["2024/nato.md", "2024/drafts/nato.md"]),
        ("2024/**/*.md", ["2024/nato.md", "2024/drafts/nato.md"]),
        ("drafts", ["2024/drafts/nato.md"]),
        ("nato.*", ["2023/nato.txt", "2024/nato.md", "2024/drafts/nato.md"]),
        ("202?/nato.txt", ["2023/nato.txt"]),
        ("202[0-3]", ["2023/nato.txt"]),
        ("#note.txt", ["#note.txt"]),
        ("tail.csv", ["line\nbreak/tail.csv"]),
        ("NATO.txt", []),
        ("ato.txt", []),
    ],
)
def test_paths_are_filtered_by_globs(glob: str, expected: list[str]) -> None:
    assert kept(path=[glob]) == expected
    assert kept(f'word path:"{glob}"') == expected


def test_an_excluded_path_keeps_the_rest() -> None:
    assert kept("word -path:2024 -path:#note.txt -path:tail.csv") == [
        "2023/nato.txt",
        "[a] (b)!.txt",
    ]


def test_any_of_several_paths_or_types_may_match() -> None:
    assert kept(path=["2023/*", "*.csv"]) == ["2023/nato.txt", "line\nbreak/tail.csv"]
    assert kept("word path:2023/* path:*.csv") == kept(path=["2023/*", "*.csv"])
    assert kept(type=["text/csv", "text/markdown"])[-1] == "line\nbreak/tail.csv"


def test_parameters_and_query_text_narrow_each_other() -> None:
    assert kept("word path:2024", path=["*.md"], type=["text/markdown"]) == [
        "2024/nato.md",
        "2024/drafts/nato.md",
    ]
    assert kept("word path:2023", path=["*.md"]) == []


def test_types_are_compared_without_case() -> None:
    assert kept(type=["Text/CSV"]) == kept("word type:csv") == ["line\nbreak/tail.csv"]
    assert "line\nbreak/tail.csv" not in kept("word -type:csv")


def test_after_is_inclusive_and_before_is_not() -> None:
    assert kept(modified_after="2024-01-01", modified_before="2024-12-31") == [
        "2024/nato.md",
        "2024/drafts/nato.md",
    ]
    assert kept("word after:2024 before:2024-12-31") == ["2024/nato.md", "2024/drafts/nato.md"]


def test_a_time_is_compared_in_its_zone() -> None:
    assert kept(modified_before="2024-01-01T01:00:00+01:00")[0] == "2023/nato.txt"
    assert "2024/nato.md" not in kept(modified_before="2024-01-01T01:00:00+01:00")
    assert "2024/nato.md" in kept(modified_before="2024-01-01T01:00:00Z")


def test_times_before_the_epoch_count_too() -> None:
    assert kept(modified_before="1970") == ["[a] (b)!.txt"]


def test_fractions_of_a_second_are_exact() -> None:
    # A floating-point number of this many nanoseconds would be off by 24 of them.
    moment_ns = 1_719_532_800_123_457_000
    entries = [
        CatalogEntry(1, path, "text/plain", calendar_us(moment_ns - early), 1, 1, 9)
        for path, early in (("at", 0), ("before", 1))
    ]
    assert kept_of(entries, modified_after="2024-06-28T00:00:00.123457Z") == ["at"]


def test_times_beyond_any_file_system_are_before_or_after_all_files() -> None:
    assert kept(modified_before="9999-12-31") == [entry.path for entry in ENTRIES]
    assert kept(modified_before="0001-01-01") == []


@pytest.mark.parametrize("year", ["0001", "1066", "1677", "2262", "2300", "9998"])
def test_every_year_of_the_calendar_can_be_filtered(year: str) -> None:
    entries = [*ENTRIES, entry("then", modified=f"{year}-06-01")]
    following = f"{int(year) + 1:04}"
    assert kept_of(entries, modified_after=year, modified_before=following) == ["then"]
    assert kept_of(entries, f"word after:{year} before:{following}") == ["then"]


@pytest.mark.parametrize("parameter", ["modified_after", "modified_before"])
@pytest.mark.parametrize("text", ["", "yesterday", "2024-02-30", "2024-6-1", "24:00", "２０２４"])
def test_a_time_that_does_not_exist_is_refused(parameter: str, text: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        kept(**{parameter: text})
    assert caught.value.parameter == parameter


@pytest.mark.parametrize("glob", ["", " ", "/", "\0"])
def test_an_invalid_glob_is_refused(glob: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        kept(path=["*.md", glob])
    assert caught.value.parameter == "path"


@pytest.mark.parametrize("glob", ["[z-a]", "[[:alpha:]]", "[a", "a]", "[!]", "\\", "*" * 500, "**"])
def test_odd_globs_match_something_or_nothing(glob: str) -> None:
    assert set(kept(path=[glob])) <= {entry.path for entry in ENTRIES}


# Few parts of paths, so that folders and names repeat.
names = st.sampled_from(["a", "b", "ab", "a.md", "[a]"])
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
globs = st.lists(
    st.sampled_from(["a", "*", "**", "*.md", "?b", r"\\[a]"]), min_size=1, max_size=3
).map("/".join)


@given(st.sets(paths, max_size=12), globs, st.booleans())
def test_paths_matched_together_match_as_each_one_alone(
    given_paths: set[str], glob: str, from_top: bool
) -> None:
    glob = f"/{glob}" if from_top else glob
    parsed = parse_glob(glob, parameter="path")
    entries = [entry(path) for path in sorted(given_paths)]
    expected = [path for path in sorted(given_paths) if parsed.matches(path)]
    assert kept_of(entries, path=[glob]) == expected
