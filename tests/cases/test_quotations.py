"""A quotation is found wherever it begins and ends, and is shown whole."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from random import Random

import pytest
import regex

from api.contract.hits import Hit
from api.contract.limits import LONG_QUERY_CHARS
from api.contract.search import Mode, SearchRequest
from api.search.searcher import Searcher
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, search_index, write
from tests.hashed_embedder import HashedEmbedder

SYLLABLES = ["กา", "นำ", "ที่", "ร้าน", "เปิด", "คำ", "น้ำ", "ไทย", "สุข", "ปี"]
KHMER = ["ក្រុម", "ស្រុក", "ឆ្នាំ", "ខ្មែរ", "ទឹក", "ផ្សារ", "ថ្ងៃ", "ក្នុង"]
CHARACTER = regex.compile(r"\P{M}\p{M}*+")


@contextmanager
def searching(place: Path, files: Mapping[str, str]) -> Iterator[Searcher]:
    for path, text in files.items():
        write(place / "folder", path, text)
    index, embedder = IndexFolder(place / "index"), HashedEmbedder()
    publish(place / "folder", index, embedder)
    with search_index(index, embedder) as searcher:
        yield searcher


def hits(searcher: Searcher, q: str) -> list[Hit]:
    request = SearchRequest(q=q, mode=Mode.LEXICAL, limit=50, fold_duplicates=False)
    return searcher.search(request).hits


def sentences(units: list[str], stop: str, chance: Random) -> Iterator[str]:
    """Yield sentences without blanks. Some end a paragraph."""
    while True:
        yield "".join(chance.choices(units, k=chance.randint(3, 25))) + stop
        yield chance.choice(["", "", "", "\n\n"])


def unspaced_texts() -> dict[str, str]:
    chance = Random(14)
    han = [chr(0x4E00 + chance.randrange(900)) for _ in range(300)]
    units = {"han.txt": (han, "。"), "thai.txt": (SYLLABLES, " "), "khmer.txt": (KHMER, "។")}
    return {
        path: "".join(islice(sentences(each, stop, chance), 500))
        for path, (each, stop) in units.items()
    }


def test_a_quotation_may_begin_and_end_at_any_character(tmp_path: Path) -> None:
    texts, chance = unspaced_texts(), Random(3)
    with searching(tmp_path, texts) as searcher:
        assert len(searcher.snapshot.rows) > 2 * len(texts)
        for path, text in texts.items():
            places = [match.start() for match in CHARACTER.finditer(text)]
            for _ in range(60):
                first = chance.randrange(len(places) - 60)
                start, end = places[first], places[first + chance.randint(2, 60)]
                quoted = text[start:end].strip()
                if not any(map(str.isalpha, quoted)):
                    continue
                assert any(
                    hit.document.path == path and quoted in hit.text
                    for hit in hits(searcher, f'"{quoted}"')
                ), (path, quoted)


def test_a_cut_character_is_part_of_what_must_occur(tmp_path: Path) -> None:
    files = {"east.txt": "東京。大阪まで行く。", "north.txt": "北海。大阪まで行く。"}
    with searching(tmp_path, files) as searcher:
        (hit,) = hits(searcher, '"京。大阪"')
        assert hit.document.path == "east.txt"
        assert [
            hit.text[mark.start - hit.span.start : mark.end - hit.span.start]
            for mark in hit.highlights
        ] == ["京。大阪"]
        assert hits(searcher, '"海。大阪まで行"')[0].document.path == "north.txt"


@pytest.mark.parametrize(
    "quoted", ["write it in C", "written in C", "D pays for the course", "the R", "D pays for it"]
)
def test_a_quotation_may_end_before_a_sign(tmp_path: Path, quoted: str) -> None:
    files = {
        "code.txt": "Please write it in C++ today. It was written in C# before.",
        "staff.txt": "R&D pays for the course. Ask the R&D office, since R&D pays for it.",
        "else.txt": "Please write it in chalk. The road pays for the course. Ask the rest.",
    }
    with searching(tmp_path, files) as searcher:
        found = hits(searcher, f'"{quoted}"')
        assert found, quoted
        assert all(quoted in hit.text and hit.document.path != "else.txt" for hit in found)


def test_such_a_quotation_may_cross_a_border(tmp_path: Path) -> None:
    chance = Random(5)
    words = [f"{a}{b}{c}" for a in "bdfglm" for b in "aeiou" for c in "klmn"]
    before, after = (" ".join(chance.choices(words, k=220)) for _ in range(2))
    with searching(tmp_path, {"a.txt": f"{before} scope.\n\nC++ {after}."}) as searcher:
        assert any(
            "scope.\n\nC" in hit.text and len(hit.text) > len(before) / 2
            for hit in hits(searcher, '"scope. C"')
        )


def test_a_long_run_of_letters_does_not_part_the_words_around_it(tmp_path: Path) -> None:
    run = "e3b0c442" * 60
    with searching(tmp_path, {"sums.txt": f"The checksum is {run} as of today."}) as searcher:
        assert hits(searcher, f'"checksum is {run} as of"')
        assert hits(searcher, f"+{run}")


def test_a_word_beside_a_zero_width_space_is_found_alone_and_joined(tmp_path: Path) -> None:
    with searching(tmp_path, {"menu.txt": "The break\u200bfast menu is by the door."}) as searcher:
        for q in ("breakfast", "break", "fast", "+fast", '"the breakfast menu"'):
            assert [hit.document.path for hit in hits(searcher, q)] == ["menu.txt"], q


def test_a_quotation_is_one_however_long_it_is(tmp_path: Path) -> None:
    chance = Random(9)
    words = [f"{a}{b}{c}" for a in "bdfglmprst" for b in "aeiou" for c in "klmnrst"]
    text = " ".join(chance.choices(words, k=1_000))
    quoted = text[200:3_100].partition(" ")[2].rpartition(" ")[0]
    assert len(quoted) > 2 * LONG_QUERY_CHARS
    with searching(tmp_path, {"long.txt": text, "other.txt": text[2_000:]}) as searcher:
        found = hits(searcher, f'"{quoted}"')
        assert [(hit.document.path, quoted in hit.text) for hit in found] == [("long.txt", True)]
        assert (found[0].confidence or 0) >= 0.9
        excluding = hits(searcher, f'-"{quoted}"')
        assert {hit.document.path for hit in excluding} == {"other.txt"}
        # What differs in a word is no quotation.
        assert hits(searcher, f'"{quoted} zzyzx"') == []
