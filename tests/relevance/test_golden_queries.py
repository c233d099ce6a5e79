"""The positions of the words that golden queries expect."""

import re
from pathlib import Path

import pytest

from indexer.spans import Span
from tests.relevance.golden_queries import (
    Expected,
    GoldenQuery,
    Quotation,
    locate,
    read_queries,
    read_texts,
)

TEXTS = {
    "owls.txt": "An owl makes no sound.",
    #                   ^7   ^12
    "site/fares.txt": "Menu | Fares\nDogs pay a crown.",
    "site/shop.txt": "Dogs and cats.\nMenu | Fares",
}


def test_a_quotation_is_located_in_code_points() -> None:
    assert locate(Expected("owls.txt", "makes"), TEXTS) == [Quotation("owls.txt", Span(7, 12))]


def test_a_glob_means_every_file_that_it_matches() -> None:
    assert locate(Expected("site/*.txt", "Menu"), TEXTS) == [
        Quotation("site/fares.txt", Span(0, 4)),
        Quotation("site/shop.txt", Span(15, 19)),
    ]


@pytest.mark.parametrize(
    ("path", "quote", "complaint"),
    [
        ("mice.txt", "owl", "there is no file 'mice.txt'"),
        ("owls.txt", "mouse", "owls.txt contains 'mouse' 0 times, not once"),
        ("owls.txt", "o", "owls.txt contains 'o' 3 times, not once"),
        ("site/*.txt", "cats", "site/fares.txt contains 'cats' 0 times, not once"),
    ],
)
def test_a_quotation_that_cannot_be_located_is_named(path: str, quote: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(complaint)}$"):
        locate(Expected(path, quote), TEXTS)


def test_queries_are_read_by_kind(tmp_path: Path) -> None:
    file = tmp_path / "queries.jsonl"
    file.write_text(
        '{"id": "both", "query": "storm", "kind": "duplicate", "wanted": "all", "expected": []}\n'
        '{"id": "name", "query": "Ada", "kind": "exact",'
        ' "expected": [{"path": "a.txt", "quote": "Ada"}]}\n',
        "utf-8",
    )
    assert read_queries(file) == [
        GoldenQuery("name", "Ada", "exact", (Expected("a.txt", "Ada"),)),
        GoldenQuery("both", "storm", "duplicate", (), wants_all=True),
    ]


def test_texts_are_decoded_as_the_index_decodes_them(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "marked.txt").write_bytes("\ufeffÜber\r\n".encode())
    (tmp_path / "wide.txt").write_bytes("Über".encode("utf-16"))
    assert read_texts(tmp_path) == {"folder/marked.txt": "Über\r\n", "wide.txt": "Über"}
