"""The golden queries over the sample corpus, and the passages that should answer them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from indexer.documents import Document
from indexer.reading.readers import read_document
from indexer.spans import Span

__all__ = [
    "CORPUS",
    "KINDS",
    "QUERIES",
    "Expected",
    "GoldenQuery",
    "Quotation",
    "locate",
    "read_queries",
    "read_texts",
]

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
QUERIES = HERE / "queries.jsonl"

# In the order of the golden file; README.md says what each kind is for.
KINDS = ("exact", "phrase", "paraphrase", "mixed", "language", "duplicate", "boilerplate")


class Expected(NamedTuple):
    """Words of a passage that answers. `path` is a glob: any file with these words counts."""

    path: str
    quote: str


class Quotation(NamedTuple):
    """The position of expected words."""

    path: str
    span: Span


@dataclass(frozen=True, slots=True)
class GoldenQuery:
    """A query and what answers it: any of the expected passages, or only all of them together."""

    id: str
    text: str
    kind: str
    expected: tuple[Expected, ...]
    wants_all: bool = False


def read_queries(path: Path) -> list[GoldenQuery]:
    """Return the queries of the file, sorted by kind, then in the order of the file."""
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    queries = [
        GoldenQuery(
            id=record["id"],
            text=record["query"],
            kind=record["kind"],
            expected=tuple(Expected(each["path"], each["quote"]) for each in record["expected"]),
            wants_all=record.get("wanted", "any") == "all",
        )
        for record in records
    ]
    return sorted(queries, key=lambda query: KINDS.index(query.kind))


def read_texts(folder: Path) -> dict[str, str]:
    """Return the decoded text of every file below the folder, by its relative path."""
    texts = {}
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            path = file.relative_to(folder).as_posix()
            document = read_document(path, file.read_bytes())
            assert isinstance(document, Document), document
            texts[path] = document.text
    return texts


def locate(expected: Expected, texts: Mapping[str, str]) -> list[Quotation]:
    """Return the positions of the quote, which occurs once in every file that the path matches.

    Raises ValueError if no file matches, or if a file does not have it exactly once.
    """
    paths = [path for path in texts if fnmatchcase(path, expected.path)]
    if not paths:
        raise ValueError(f"there is no file {expected.path!r}")
    quotations = []
    for path in paths:
        count = texts[path].count(expected.quote)
        if count != 1:
            raise ValueError(f"{path} contains {expected.quote!r} {count} times, not once")
        start = texts[path].index(expected.quote)
        quotations.append(Quotation(path, Span(start, start + len(expected.quote))))
    return quotations
