"""Tiny judged sets, written to a given folder."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

__all__ = ["DOCUMENTS", "NATO", "write_document_set", "write_lines", "write_span_set"]

NATO = "The alliance met in Washington. Its members promised to spend more. Turkey objected.\n"
DOCUMENTS = [
    {"_id": "doc/1", "title": "Whales", "text": "Whales sing to each other under the sea."},
    {"_id": "doc/2", "title": "", "text": "Bread rises because yeast makes gas."},
    {"_id": ".doc 3", "title": "Two\nlines", "text": "A kite needs wind, a tail and a string."},
]


def write_lines(path: Path, records: Iterable[Any]) -> None:
    """Write one JSON value per line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")


def write_document_set(
    folder: Path, *, qrels: str = "query-id\tcorpus-id\tscore\nq1\tdoc/1\t2\nq2\tdoc/2\t1\n"
) -> Path:
    """Write three documents and three queries in BEIR layout; the third is not judged."""
    write_lines(folder / "corpus.jsonl", DOCUMENTS)
    queries = ("whales singing", "why does bread rise", "kites in the wind")
    write_lines(
        folder / "queries.jsonl",
        [{"_id": f"q{number}", "text": text} for number, text in enumerate(queries, start=1)],
    )
    (folder / "qrels").mkdir()
    (folder / "qrels" / "test.tsv").write_text(qrels, encoding="utf-8")
    return folder


def write_span_set(folder: Path, *, questions: Iterable[dict[str, Any]] | None = None) -> Path:
    """Write two files and, by default, two questions in span layout."""
    corpora = folder / "corpora"
    corpora.mkdir(parents=True)
    (corpora / "nato.txt").write_text(NATO, encoding="utf-8")
    (corpora / "bread.txt").write_bytes("Brot – mit Hefe.\r\nIt rises in an hour.\r\n".encode())
    if questions is None:
        questions = [
            {
                "question": "What did the members promise?",
                "file": "nato.txt",
                "references": [{"start": 32, "end": 67, "text": NATO[32:67]}],
            },
            {
                "question": "How long does it take to rise?",
                "file": "bread.txt",
                "references": [{"start": 18, "end": 38, "text": "It rises in an hour."}],
            },
        ]
    write_lines(folder / "questions.jsonl", questions)
    return folder
