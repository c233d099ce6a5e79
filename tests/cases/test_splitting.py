"""Where documents are cut, the whole way: a folder is written, indexed and searched."""

import base64
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from api.contract.hits import Hit
from api.contract.search import SearchRequest
from api.search.searcher import Searcher
from indexer.config import IndexConfig
from indexer.documents import Document, Passage
from indexer.reading.readers import read_document
from indexer.splitting.splitter import split_passages
from tests.api.served_index import search_files
from tests.hashed_embedder import HashedEmbedder


def passages_of(path: str, text: str) -> list[Passage]:
    document = read_document(path, text.encode())
    assert isinstance(document, Document)
    return split_passages(document, IndexConfig())


def hits(searcher: Searcher, q: str, **parameters: Any) -> list[Hit]:
    request = SearchRequest(q=q, limit=100, fold_duplicates=False, **parameters)
    return searcher.search(request).hits


def best(hit: Hit) -> str:
    start, end = hit.best.start - hit.span.start, hit.best.end - hit.span.start
    return hit.text[start:end]


class TestSentencesThatCrawledTextRunsTogether:
    """A stop before a capital ends a sentence without a blank, so the best span is a sentence."""

    SENTENCES = (
        "The crash killed nine.",
        "The inquiry found “no fault”.",
        "He said so.",
        "“Never,” she said.",
        "Then it ended!",
        "Was it true?",
        "Yes.",
        "The mayor of Kraków told the BBC that a new bridge will be built before the winter.",
        "Он пришёл.",
        "Она ушла.",
    )

    def test_the_best_span_is_cut_at_the_ends_of_sentences(self, tmp_path: Path) -> None:
        text = "".join(self.SENTENCES)
        ends = [0]
        for sentence in self.SENTENCES:
            ends.append(ends[-1] + len(sentence))
        with search_files(tmp_path, {"news.txt": text}, HashedEmbedder()) as searcher:
            for q in ("inquiry", "killed", "true", "mayor bridge", "Она"):
                (hit,) = hits(searcher, q, mode="lexical")
                assert {hit.best.start, hit.best.end} <= set(ends)
                among = [end for end in ends if hit.best.start < end <= hit.best.end]
                assert len(among) <= 3
                assert q.split()[0] in best(hit)


class TestTheLastPassage:
    """All passages of a file are of about equal length; none is a short rest."""

    WORDS = re.findall(
        r"\w+",
        "the crane lifted nine barrels of oil over a quiet harbour while two clerks wrote numbers "
        "into blue books beside the green doors of an old store and nobody spoke about the storm",
    )

    def prose(self, seed: int) -> str:
        """Return 60 paragraphs of one to six sentences of 6 to 23 words."""
        draw = random.Random(seed)
        return "\n\n".join(
            " ".join(
                " ".join(draw.choices(self.WORDS, k=draw.randint(6, 23))).capitalize() + "."
                for _ in range(draw.randint(1, 6))
            )
            for _ in range(60)
        )

    def test_no_passage_of_prose_is_short(self) -> None:
        for seed in range(200):
            lengths = [len(passage.span) for passage in passages_of("a.txt", self.prose(seed))]
            assert min(lengths) >= 600
            assert max(lengths) <= 1_300

    def test_short_sections_share_a_passage_with_their_neighbours(self) -> None:
        prose = self.prose(1)[:2_600]
        text = f"# One\n\nShort.\n\n# Two\n\n{prose}\n\n# Three\n\nShort too.\n\n# Four\n\nThe end."
        lengths = [len(passage.span) for passage in passages_of("a.md", text)]
        assert min(lengths) >= 600


def record(number: int) -> str:
    """Return two sentences."""
    return f"Crate {number} was counted on the quay. The clerk wrote it into book {number}."


RECORDS = {
    "objects.jsonl": [f'{{"id": {n}, "text": "{record(n)}"}}' for n in range(40)],
    "rows.csv": ["id,text", *(f'{n},"{record(n)}"' for n in range(60))],
    "rows.tsv": ["id\ttext", *(f"{n}\t{record(n)}" for n in range(60))],
    "table.md": ["| id | text |", "|---|---|", *(f"| p{n} | {record(n)} |" for n in range(60))],
    "open.md": ["id | text", "--- | ---", *(f"p{n} | {record(n)}" for n in range(60))],
    "list.md": [f"- {record(n)}\n  It was item {n}.\n\n  It was full." for n in range(40)],
    "numbers.md": [f"{n}. {record(n)}\n   It was item {n}." for n in range(1, 60)],
    "run.log": [
        f"2026-03-{n:02} 12:00:00 ERROR {record(n)}\nTraceback:\n  quay. Line {n}\nError: {n}"
        for n in range(1, 29)
    ],
    "minutes.txt": [f"{('ANNA', 'Ben Ali')[n % 2]} (00:{n:02}): {record(n)}" for n in range(40)],
    "chat.txt": [f"[12:00:{n:02}] <{('ann', 'bob')[n % 2]}> {record(n)}" for n in range(40)],
    "film.txt": [
        f"{n}\n00:00:{n:02},000 --> 00:00:{n:02},900\n{record(n)}\n" for n in range(1, 40)
    ],
    "entries.yaml": [f"- id: {n}\n  text: {record(n)}\n  state: counted" for n in range(40)],
    "entries.json": [
        "[",
        *(f'  {{\n    "id": {n},\n    "text": "{record(n)}"\n  }},' for n in range(40)),
        '  {"id": 40}\n]',
    ],
}


class TestRecords:
    """Passages begin at a record and end at the end of one."""

    @pytest.mark.parametrize("path", RECORDS)
    def test_no_record_is_cut(self, path: str) -> None:
        text = "\n".join(RECORDS[path])
        starts, start = set(), 0
        for each in RECORDS[path]:
            starts.add(start + len(each) - len(each.lstrip()))
            start += len(each) + 1
        passages = passages_of(path, text)
        assert len(passages) > 2
        assert {passage.span.start for passage in passages} <= starts

    def test_fenced_code_is_not_cut(self) -> None:
        code = "\n\n".join(
            f"def f{n}():\n    # Counts. Then stops.\n    return {n}" for n in range(9)
        )
        block = f"```python\n{code}\n```"
        text = "\n\n".join(f"{record(n)} {record(-n)}\n\n{block}" for n in range(12))
        passages = passages_of("a.md", text)
        assert len(passages) > 5
        for passage in passages:
            assert passage.span.of(text).count("```") % 2 == 0

    def test_a_record_that_is_longer_than_a_passage_is_cut_at_its_lines(self) -> None:
        code = "\n\n".join(f"def f{n}():\n    # {record(n)}\n    return {n}" for n in range(90))
        text = f"Above.\n\n```python\n{code}\n```\n\nBelow."
        first, *others = passages_of("a.md", text)
        assert all(passage.span.of(text).startswith("def ") for passage in others)
        assert first.span.start == 0

    @pytest.mark.parametrize("path", ["table.md", "open.md", "rows.csv", "rows.tsv"])
    def test_later_passages_of_a_table_have_its_header_as_heading(
        self, path: str, tmp_path: Path
    ) -> None:
        text = "\n".join(RECORDS[path])
        if path.endswith(".md"):
            text = f"# Stock\n\n{text}\n\nBelow the table."
        first, *others = passages_of(path, text)
        path_above = ["Stock"] if path.endswith(".md") else []
        assert first.heading == "".join(path_above)
        assert {passage.heading for passage in others} == {" > ".join([*path_above, "id, text"])}
        with search_files(tmp_path, {path: text}, HashedEmbedder()) as searcher:
            (hit,) = hits(searcher, "+37", mode="lexical")[:1]
            assert hit.text == text[hit.span.start : hit.span.end]
            assert " 37 " in hit.text

    @pytest.mark.parametrize("path", RECORDS)
    def test_every_record_is_found(self, path: str, tmp_path: Path) -> None:
        text = "\n".join(RECORDS[path])
        with search_files(tmp_path, {path: text}, HashedEmbedder()) as searcher:
            for number in (3, 17, 26):
                found = hits(searcher, f'"crate {number}"', mode="lexical")
                assert any(f"Crate {number} " in hit.text for hit in found)
                assert all(text[hit.span.start : hit.span.end] == hit.text for hit in found)


class TestEncodedData:
    """Base64 is text of its file, but it is not embedded and no best span."""

    PNG = base64.b64encode(random.Random(5).randbytes(4_000)).decode()
    THAI = "ตลาดน้ำเปิดทุกเช้า และพ่อค้าขายผลไม้สด"

    def files(self) -> dict[str, str]:
        cells = [
            {"cell_type": "markdown", "source": ["The harbour counts its barrels."]},
            {"cell_type": "code", "outputs": [{"data": {"image/png": self.PNG}}]},
        ]
        lines = "\n".join(self.PNG[at : at + 76] for at in range(0, len(self.PNG), 76))
        return {
            "plot.json": json.dumps({"cells": cells}, indent=1),
            "mail.txt": f"The picture of the harbour is below.\n\n{lines}\n\nRegards, Anna.",
            "market.txt": self.THAI,
        }

    def test_encoded_data_is_in_passages_but_in_no_window(self) -> None:
        for path, text in self.files().items():
            passages = passages_of(path, text)
            parts = [passage.span.of(text) for passage in passages]
            assert "".join("".join(parts).split()) == "".join(text.split())
            for passage in passages:
                content = passage.content(text)
                assert not re.search(r"[A-Za-z0-9+/]{80}", content)
                for window in passage.windows:
                    assert not re.search(r"[A-Za-z0-9+/]{80}", window.of(text))
        (thai,) = passages_of("market.txt", self.THAI)
        assert thai.windows
        assert not thai.repeated

    def test_meaning_finds_no_encoded_data(self, tmp_path: Path) -> None:
        with search_files(tmp_path, self.files(), HashedEmbedder()) as searcher:
            for q in ("ตลาด", "harbour barrels", "picture"):
                for hit in hits(searcher, q, mode="semantic"):
                    assert not re.fullmatch(r"[A-Za-z0-9+/=\s]+", best(hit))


class TestFrontMatter:
    """Front matter is found by its words, but the best span is text of the document."""

    @pytest.mark.parametrize(
        "front_matter",
        [
            "---\ntitle: Plan of the year\ntags: [gardening]\nsummary: Harbour.\n---\n",
            '+++\ntitle = "Plan of the year"\ntags = ["gardening"]\nsummary = "Harbour."\n+++\n',
        ],
    )
    @pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
    def test_the_best_span_is_not_front_matter(
        self, front_matter: str, mode: str, tmp_path: Path
    ) -> None:
        text = (
            f"{front_matter}\n## Background\n\nThe harbour was built long ago. It has two cranes.\n"
        )
        with search_files(tmp_path, {"plan.md": text}, HashedEmbedder()) as searcher:
            (hit,) = hits(searcher, "harbour", mode=mode)
            assert hit.span.start == 0
            assert hit.best.start >= len(front_matter)
            (hit,) = hits(searcher, "+gardening", mode=mode)
            assert "gardening" in hit.text

    def test_a_file_of_front_matter_alone_has_a_best_span(self, tmp_path: Path) -> None:
        text = "---\ntitle: Plan\nsummary: About the harbour.\n---\n"
        with search_files(tmp_path, {"plan.md": text}, HashedEmbedder()) as searcher:
            (hit,) = hits(searcher, "harbour")
            assert "harbour" in best(hit)
