"""The promise of the product, on awkward texts: every hit is a quotation that anyone can check.

The files are read from disk here, byte by byte, and never through Spanlight.
"""

import codecs
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.contract.search import SearchRequest
from api.query.parser import parse_query
from api.search.searcher import Searcher
from indexer.index.analysis.analyzer import Analyzer
from indexer.index.clauses import QueryTerms
from indexer.index.folder import IndexFolder
from indexer.index.lexical.reader import LexicalIndex
from tests.api.served_index import Json, publish, search_index, write
from tests.hashed_embedder import HashedEmbedder
from tests.indexer.strategies import texts
from tests.property_examples import examples

CORPUS = Path(__file__).parent / "corpus"
ANALYZER = Analyzer("english")
MODES = ["lexical", "semantic", "hybrid"]
ALL_PASSAGES = "-zzzzzz"  # a single exclusion, which excludes nothing

QUERIES = [
    "needle",
    "the needle behind the awkward part",
    "cafe résumé naïve",
    "ferry piano eighteen",
    "豆浆和油条的香味",
    "港町 京",
    "鱼",
    "かな 한글",
    "שלום 12.50",
    "العربية القطار",
    "ร้านหนังสือริมคลอง",
    "चाय पहाड़ों",
    "straße istanbul final σίσυφος",
    "example.org 2.1.0 Wi-Fi 1,250.75",
    '"the needle"',
    '+needle -"second line"',
    "need* pian*",
    "neddle~ fery~",
    "(needle OR herring)",
    "🇧🇬🇯🇵 family 👨‍👩‍👧‍👦",
    "the of and",
    "a",
    ALL_PASSAGES,
]


@dataclass(frozen=True)
class Quoted:
    """A folder, and the application that quotes from it."""

    folder: Path
    searcher: Searcher
    lexical: LexicalIndex

    def hits(self, q: str, **parameters: Any) -> Iterator[Json]:
        """Yield the hits of a search as JSON, page after page."""
        cursor = None
        while True:
            request = SearchRequest(q=q, limit=100, cursor=cursor, **parameters)
            answer = json.loads(self.searcher.search(request).model_dump_json())
            for group in answer["groups"] or [answer]:
                yield from group["hits"]
            cursor = answer["next_cursor"]
            if cursor is None:
                return

    def passages(self, path: str) -> list[Json]:
        """Return all passages of a document, in reading order."""
        found = self.hits(ALL_PASSAGES, fold_duplicates=False)
        return [hit for hit in found if hit["document"]["path"] == path]

    def terms(self, q: str) -> QueryTerms:
        return self.lexical.terms(parse_query(q).clauses)


@contextmanager
def quoting(folder: Path, index: IndexFolder, **config: Any) -> Iterator[Quoted]:
    publish(folder, index, HashedEmbedder(), **config)
    lexical = LexicalIndex(index.current().folder.lexical, ANALYZER)
    with search_index(index, HashedEmbedder()) as searcher:
        yield Quoted(folder, searcher, lexical)


@pytest.fixture(scope="module")
def awkward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quoted]:
    with quoting(CORPUS, IndexFolder(tmp_path_factory.mktemp("awkward") / "index")) as quoted:
        yield quoted


# Checks that need only the file


def assert_quotation(hit: Json, folder: Path) -> None:
    """Check every span of the hit against the bytes on disk."""
    document = hit["document"]
    content = (folder / document["path"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == document["sha256"]
    assert len(content) == document["size_bytes"]
    assert document["state"] == "current"
    text = content.decode(document["encoding"])
    assert text[span_of(hit["span"])] == hit["text"]
    assert content[span_of(hit["byte_span"])].decode(codec_inside(document, content)) == hit["text"]
    units = span_of(hit["utf16_span"])
    utf16 = text.encode("utf-16-le")[2 * units.start : 2 * units.stop]
    assert utf16.decode("utf-16-le") == hit["text"]
    assert hit["lines"] == {
        "start": line_of(text, hit["span"]["start"]),
        "end": line_of(text, hit["span"]["end"] - 1),
    }


def span_of(span: Json) -> slice:
    return slice(span["start"], span["end"])


def codec_inside(document: Json, content: bytes) -> str:
    """Return the codec for bytes from inside the file, which have no byte order mark."""
    encoding: str = document["encoding"]
    if encoding == "utf-16":
        return "utf-16-le" if content.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
    return encoding.removesuffix("-sig")


def line_of(text: str, position: int) -> int:
    """Return the number that `grep -n` would print for the line of this code point."""
    return 1 + text.count("\n", 0, position)


def assert_marks(hit: Json, terms: QueryTerms) -> None:
    """Check that every highlight lies inside the hit and has a reason."""
    first, end = hit["span"]["start"], hit["span"]["end"]
    assert first <= hit["best"]["start"] < hit["best"]["end"] <= end
    marks = [(mark["start"], mark["end"]) for mark in hit["highlights"]]
    for (start, stop), (following, _) in pairwise([*marks, (end, end)]):
        assert first <= start < stop <= following
        assert answers(hit["text"][start - first : stop - first], terms)


def answers(marked: str, terms: QueryTerms) -> bool:
    """Return whether the text alone is analysed to a term of the query."""
    words = [term.text for term in ANALYZER.words(marked)]
    return bool(
        terms.stems & {term.text for term in ANALYZER.stems(marked, terms.stems)}
        or terms.words & set(words)
        or terms.identifiers & {term.text for term in ANALYZER.identifiers(marked)}
        or any(
            words[i : i + len(phrase)] == list(phrase)
            for phrase in terms.phrases
            for i in range(len(words))
        )
    )


def assert_all_text_is_quotable(quoted: Quoted, path: str) -> None:
    """Check that the passages of a document are in order and leave out only blanks."""
    passages = quoted.passages(path)
    document = passages[0]["document"]
    text = (quoted.folder / path).read_bytes().decode(document["encoding"])
    done = 0
    for passage in passages:
        assert text[done : passage["span"]["start"]].strip() == ""
        assert passage["text"].strip() != ""
        part = quoted.searcher.documents.text(document["id"], *passage["span"].values())
        assert part.text == passage["text"]
        done = passage["span"]["end"]
    assert text[done:].strip() == ""
    stored = quoted.searcher.documents.text(document["id"])
    assert (stored.text, stored.length) == (text, len(text))


# Files that were written to be awkward


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("q", QUERIES)
def test_every_hit_on_awkward_files_is_a_quotation(awkward: Quoted, q: str, mode: str) -> None:
    found = 0
    for fold, group_by in product([True, False], ["passage", "document"]):
        for hit in awkward.hits(q, mode=mode, fold_duplicates=fold, group_by=group_by):
            assert_quotation(hit, awkward.folder)
            assert_marks(hit, awkward.terms(q))
            found += 1
    assert found


def test_all_text_of_awkward_files_is_quotable(awkward: Quoted) -> None:
    paths = {hit["document"]["path"] for hit in awkward.hits(ALL_PASSAGES)}
    assert len(paths) > 40
    for path in paths:
        assert_all_text_is_quotable(awkward, path)


def test_duplicates_are_quotations_too(awkward: Quoted) -> None:
    folded = [each for hit in awkward.hits(ALL_PASSAGES) for each in hit["duplicates"]]
    # At least the same text in both byte orders of UTF-16.
    assert {each["path"] for each in folded} & {"utf16-be.txt", "utf16-le.txt"}
    unfolded = {
        (hit["passage_id"], hit["document"]["id"], hit["document"]["path"], *hit["span"].values())
        for hit in awkward.hits(ALL_PASSAGES, fold_duplicates=False)
    }
    for each in folded:
        place = (each["passage_id"], each["document_id"], each["path"], *each["span"].values())
        assert place in unfolded


@pytest.mark.parametrize(
    ("path", "encoding"),
    [("utf8-bom.txt", "utf-8-sig"), ("utf16-le.txt", "utf-16"), ("utf16-be.txt", "utf-16")],
)
def test_a_byte_order_mark_is_part_of_the_encoding(
    awkward: Quoted, path: str, encoding: str
) -> None:
    first = awkward.passages(path)[0]
    assert first["document"]["encoding"] == encoding
    assert first["span"]["start"] == 0
    assert first["byte_span"]["start"] == {"utf-8-sig": 3, "utf-16": 2}[encoding]


@pytest.mark.parametrize(
    ("path", "encoding"),
    [
        ("latin-1.txt", "latin-1"),
        ("windows-1252.txt", "cp1252"),
        ("windows-1251.txt", "cp1251"),
        ("shift-jis.txt", "cp932"),
    ],
)
def test_detected_encodings_are_quoted_from(awkward: Quoted, path: str, encoding: str) -> None:
    # Several encodings may fit the bytes; only the text has to be right.
    text = (CORPUS / path).read_bytes().decode(encoding)
    passages = awkward.passages(path)
    assert passages
    assert all(passage["text"] == text[span_of(passage["span"])] for passage in passages)


@pytest.mark.parametrize(("path", "line"), [("crlf.txt", 8), ("mixed-line-ends.txt", 4)])
def test_line_numbers_match_grep(awkward: Quoted, path: str, line: int) -> None:
    marked = [
        (hit, mark)
        for hit in awkward.hits("needle", path=[f"/{path}"])
        for mark in hit["highlights"]
    ]
    assert marked
    for hit, mark in marked:
        before = hit["text"][: mark["start"] - hit["span"]["start"]]
        assert hit["lines"]["start"] + before.count("\n") == line


# Small examples with all offsets

#          0 1 2  3  4  5  6 7......12 13      code points
EXAMPLE = "\n \tÅ🐟\r\nneedle\n"
#          0 1 2  3  5  9 10 11.....16 17      bytes of UTF-8
#          0 1 2  3  4  6  7 8......13 14      UTF-16 units


@pytest.mark.parametrize(
    ("encoding", "bom", "byte_span"),
    [
        ("utf-8", b"", (3, 17)),
        ("utf-8", codecs.BOM_UTF8, (6, 20)),
        ("utf-16-le", codecs.BOM_UTF16_LE, (8, 30)),
        ("utf-16-be", codecs.BOM_UTF16_BE, (8, 30)),
    ],
)
def test_units_of_a_small_file(
    folder: Path, index: IndexFolder, encoding: str, bom: bytes, byte_span: tuple[int, int]
) -> None:
    write(folder, "a.txt", bom + EXAMPLE.encode(encoding))
    with quoting(folder, index) as quoted:
        (hit,) = quoted.hits("needle")
    assert hit["text"] == "Å🐟\r\nneedle"
    assert tuple(hit["span"].values()) == (3, 13)
    assert tuple(hit["byte_span"].values()) == byte_span
    assert tuple(hit["utf16_span"].values()) == (3, 14)
    assert hit["lines"] == {"start": 2, "end": 3}
    assert hit["highlights"] == [{"start": 7, "end": 13}]


def test_a_span_covers_the_right_repetition(folder: Path, index: IndexFolder) -> None:
    paragraph = "The ferry sails at noon with eighteen cars and a piano. " * 18 + "\n\n"
    text = paragraph * 3 + "Here the captain stops.\n\n" + paragraph * 3
    write(folder, "ferry.txt", text)
    with quoting(folder, index) as quoted:
        (hit,) = quoted.hits("captain", mode="lexical")
        assert_quotation(hit, folder)
        assert_all_text_is_quotable(quoted, "ferry.txt")
        starts = [passage["span"]["start"] for passage in quoted.passages("ferry.txt")]
    assert hit["span"]["start"] <= text.index("captain") < hit["span"]["end"]
    assert len(starts) == len(set(starts)) > 3


def test_a_line_of_megabytes_is_quotable(folder: Path, index: IndexFolder) -> None:
    text = "The 北约联盟 sails 👩‍👩‍👧‍👦 on, día tras día; " * 30_000 + "the needle is here"
    write(folder, "line.txt", text)
    with quoting(folder, index) as quoted:
        (hit,) = quoted.hits("needle", mode="lexical")
        assert_quotation(hit, folder)
        assert_marks(hit, quoted.terms("needle"))
        stored = quoted.searcher.documents.text(hit["document"]["id"], len(text) - 6)
    assert hit["lines"] == {"start": 1, "end": 1}
    assert stored.text == "s here"


# Any text

ENCODERS: dict[str, Callable[[str], bytes]] = {
    "utf-8": str.encode,
    "utf-8-sig": lambda text: text.encode("utf-8-sig"),
    "utf-16-le": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "utf-16-be": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    # Long enough to be distinguished from other single-byte encodings.
    "latin-1": lambda text: ("Våren på Åland är kort och kylig. " * 9 + text).encode(
        "latin-1", "ignore"
    ),
    "windows-1252": lambda text: ("“Naïve” cafés cost €5 – at least. " * 9 + text).encode(
        "cp1252", "ignore"
    ),
}

awkward_texts = st.one_of(
    texts,
    texts.map(lambda text: text.replace("\n", "\r\n")),
    texts.map(lambda text: "".join(text.split("\n"))),
    st.builds(lambda text, times: text * times, texts, st.integers(2, 5)),
    st.builds(lambda text, times: f"{text}\n\n" * times, texts, st.integers(2, 5)),
)
files = st.lists(
    st.builds(lambda text, name: ENCODERS[name](text), awkward_texts, st.sampled_from([*ENCODERS])),
    min_size=1,
    max_size=5,
)
queries = st.sampled_from(QUERIES) | texts.map(lambda text: text[:60]).filter(str.strip)


@examples(30)
@given(files=files, q=queries, mode=st.sampled_from(MODES), fold=st.booleans())
def test_every_hit_on_any_text_is_a_quotation(
    files: list[bytes], q: str, mode: str, fold: bool
) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "folder"
        for number, content in enumerate(files):
            write(folder, f"{number}.txt", content)
        index = IndexFolder(Path(place) / "index")
        small: dict[str, Any] = {"passage_chars": 90, "longest_passage_chars": 120}
        with quoting(folder, index, window_chars=40, longest_window_chars=60, **small) as quoted:
            for hit in quoted.hits(q, mode=mode, fold_duplicates=fold):
                assert_quotation(hit, folder)
                assert_marks(hit, quoted.terms(q))
            everything = quoted.hits(ALL_PASSAGES, fold_duplicates=False)
            for path in {hit["document"]["path"] for hit in everything}:
                assert_all_text_is_quotable(quoted, path)
