"""The content of an index without the parts that may differ between builds of one folder: rows,
document numbers, generation ids, and the times of the builds.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.config import IndexConfig
from indexer.documents import ScoredRows
from indexer.index.analysis.analyzer import Analyzer
from indexer.index.clauses import AnyOf, Clause, Occur, Phrase, Prefix, Typo, Words
from indexer.index.folder import IndexFolder
from indexer.index.generation import PublishedGeneration
from indexer.index.lexical.reader import LexicalIndex
from indexer.index.records import StoredDocument, StoredPassage
from indexer.index.store.reader import PassageStore
from indexer.index.vectors.vector_index import VectorIndex
from tests.hashed_embedder import HashedEmbedder

__all__ = [
    "QUERIES",
    "SMALL",
    "IndexContent",
    "OpenIndex",
    "Place",
    "content_of",
    "open_index",
    "read_content",
]

# The path, start and end of a passage, which identify it without its row.
Place = tuple[str, int, int]
Ranking = list[tuple[Place, float]]

SMALL = IndexConfig(
    model="hashed",
    passage_chars=90,
    longest_passage_chars=120,
    window_chars=40,
    longest_window_chars=60,
)
"""Cuts documents of a few lines into several passages of several windows."""

QUERIES: dict[str, list[Clause]] = {
    "a word": [Clause(Occur.SHOULD, Words("wolf"))],
    "words": [
        Clause(Occur.SHOULD, Words("wolves hunted at night")),
        Clause(Occur.SHOULD, Words("moon")),
    ],
    "stop words": [Clause(Occur.SHOULD, Words("the of"))],
    "identifier": [Clause(Occur.SHOULD, Words("CVE-2024-1234"))],
    "han": [Clause(Occur.SHOULD, Words("联盟"))],
    "phrase": [Clause(Occur.SHOULD, Phrase("the moon"))],
    "prefix": [Clause(Occur.SHOULD, Prefix("wol"))],
    "typo": [Clause(Occur.SHOULD, Typo("wolfe"))],
    "either": [Clause(Occur.MUST, AnyOf((Words("river"), Phrase("at night"))))],
    "without": [Clause(Occur.SHOULD, Words("river")), Clause(Occur.MUST_NOT, Words("wolf"))],
}


@dataclass(frozen=True, slots=True)
class IndexContent:
    """Compare with `==`, except `rankings`, whose scores may differ by rounding."""

    documents: list[tuple[Any, ...]]
    passages: list[tuple[Any, ...]]
    signatures: list[bytes]
    semantic: dict[str, Ranking]
    lexical: dict[str, Ranking]


class OpenIndex:
    """One generation, opened for reading."""

    def __init__(
        self, index: IndexFolder, generation: PublishedGeneration, config: IndexConfig
    ) -> None:
        self.generation = generation
        folder, manifest = generation.folder, generation.manifest
        self.store = PassageStore.open(index.store)
        self.rows: NDArray[np.int64] = np.load(folder.rows)
        self.signatures: NDArray[np.uint8] = np.load(folder.signatures)
        self.lexical = LexicalIndex(folder.lexical, Analyzer(config.language))
        self.vectors = (
            VectorIndex(folder.vectors, self.rows, manifest.vectors, manifest.dimension)
            if manifest.vectors
            else None
        )
        self._documents = {
            stored.document: stored for stored in self.store.documents(manifest.number)
        }
        self._passages = {stored.row: stored for stored in self.store.passages(self.rows.tolist())}

    def documents(self) -> list[StoredDocument]:
        return sorted(self._documents.values(), key=lambda stored: stored.path)

    def passages(self) -> list[StoredPassage]:
        """Return the passages in the order of (path, start)."""
        return sorted(self._passages.values(), key=lambda stored: self.place(stored.row))

    def place(self, row: int) -> Place:
        stored = self._passages[row]
        return self._documents[stored.document].path, stored.span.start, stored.span.end

    def search(self, clauses: Sequence[Clause], depth: int = 1_000) -> Ranking:
        """Return the ranking, its ties in the order of (path, start)."""
        return self._ranking(self.lexical.search(clauses, depth)[0])[:depth]

    def search_semantic(self, text: str, depth: int) -> Ranking:
        assert self.vectors is not None
        return self._ranking(self.vectors.search(HashedEmbedder().embed_queries([text])[0], depth))[
            :depth
        ]

    def semantic_scores(self, text: str) -> Ranking:
        assert self.vectors is not None
        scores = self.vectors.scores(HashedEmbedder().embed_queries([text])[0], self.rows)
        # A passage without a vector has no score, and NaN is not equal to itself.
        scores = np.nan_to_num(scores, nan=-1.0)
        return self._ranking(ScoredRows(self.rows, scores))

    def _ranking(self, found: ScoredRows) -> Ranking:
        ranked = [(self.place(row), score) for row, score in found]
        return sorted(ranked, key=lambda entry: (-entry[1], entry[0]))


@contextmanager
def open_index(
    index: IndexFolder,
    config: IndexConfig = SMALL,
    *,
    generation: PublishedGeneration | None = None,
) -> Iterator[OpenIndex]:
    """Open the current generation, or the given one."""
    opened = OpenIndex(index, generation or index.current(), config)
    try:
        yield opened
    finally:
        opened.store.close()


def content_of(index: IndexFolder, config: IndexConfig = SMALL) -> IndexContent:
    with open_index(index, config) as opened:
        return read_content(opened)


def read_content(opened: OpenIndex) -> IndexContent:
    ordered = opened.passages()
    positions = {row: position for position, row in enumerate(opened.rows.tolist())}
    return IndexContent(
        documents=[_document(stored) for stored in opened.documents()],
        passages=[(*opened.place(stored.row), *_passage(stored)) for stored in ordered],
        signatures=[opened.signatures[positions[stored.row]].tobytes() for stored in ordered],
        semantic=_semantic(opened),
        lexical={
            f"{name}, depth {depth}": opened.search(clauses, depth)
            for name, clauses in QUERIES.items()
            for depth in (1, 3, 1_000)
        },
    )


def _semantic(opened: OpenIndex) -> dict[str, Ranking]:
    if opened.vectors is None:
        return {}
    texts = ("wolves at night", "The river froze.", "联盟")
    return {
        **{f"scores of {text}": opened.semantic_scores(text) for text in texts},
        **{f"search for {text}": opened.search_semantic(text, 3) for text in texts},
    }


def _document(stored: StoredDocument) -> tuple[Any, ...]:
    return (
        *(stored.path, stored.id, stored.title, stored.sha256, stored.encoding, stored.media_type),
        *(stored.source, stored.length, stored.passages),
    )


def _passage(stored: StoredPassage) -> tuple[Any, ...]:
    return (
        *(stored.heading, stored.windows, stored.repeated, stored.text, stored.content),
        *(stored.piece_start, stored.piece, stored.byte_start, stored.utf16_start),
        *(stored.line_start, stored.embedding, stored.signature),
    )
