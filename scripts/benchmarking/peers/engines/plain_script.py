"""A simple script as many people write it: bm25s for words, FAISS for vectors, fused by rank."""

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from scripts.benchmarking.embedding.reference import ReferenceEmbedder
from scripts.benchmarking.peers.engines.peer import Answer, Passage

__all__ = ["PlainScript"]

# The constant of the original paper: https://dl.acm.org/doi/10.1145/1571941.1572114
RRF_K = 60
# Candidates from each ranking, as in Spanlight.
DEPTH = 200


class PlainScript:
    """Texts in JSON Lines and in memory, and vectors in a flat index; both searches are exact."""

    def __init__(self, index: Path, model: Path) -> None:
        self._index = index
        self._model = model

    def build(self, passages: Sequence[Passage]) -> None:
        import bm25s
        import faiss

        self._index.mkdir()
        with self._passages_file.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(each) + "\n" for each in passages)
        texts = [each.text for each in passages]
        words = bm25s.BM25()
        words.index(self._terms(texts), show_progress=False)
        words.save(str(self._words_folder))
        vectors = self._embedder.encode(texts)
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        faiss.write_index(index, str(self._vectors_file))

    def search(self, query: str, mode: str, limit: int) -> list[Answer]:
        if mode == "lexical":
            numbers = self._by_words(query, limit)
        elif mode == "semantic":
            numbers = self._by_vector(query, limit)
        else:
            rankings = (self._by_words(query, DEPTH), self._by_vector(query, DEPTH))
            numbers = _reciprocal_rank_fusion(rankings)[:limit]
        return [self._passages[number] for number in numbers]

    def _by_words(self, query: str, limit: int) -> list[int]:
        k = min(limit, len(self._passages))
        numbers, scores = self._words.retrieve(self._terms([query]), k=k, show_progress=False)
        found: list[int] = numbers[0][scores[0] > 0].tolist()
        return found

    def _by_vector(self, query: str, limit: int) -> list[int]:
        k = min(limit, len(self._passages))
        _, numbers = self._vectors.search(self._embedder.encode([query]), k)
        found: list[int] = np.asarray(numbers[0]).tolist()
        return found

    def _terms(self, texts: list[str]) -> Any:
        import bm25s

        return bm25s.tokenize(texts, stopwords="en", stemmer=self._stemmer, show_progress=False)

    @cached_property
    def _passages(self) -> list[Answer]:
        with self._passages_file.open(encoding="utf-8") as file:
            return [Answer(*json.loads(line)) for line in file]

    @cached_property
    def _words(self) -> Any:
        import bm25s

        return bm25s.BM25.load(str(self._words_folder))

    @cached_property
    def _vectors(self) -> Any:
        import faiss

        return faiss.read_index(str(self._vectors_file))

    @cached_property
    def _stemmer(self) -> Any:
        import Stemmer

        return Stemmer.Stemmer("english")

    @cached_property
    def _embedder(self) -> ReferenceEmbedder:
        return ReferenceEmbedder(self._model)

    @property
    def _passages_file(self) -> Path:
        return self._index / "passages.jsonl"

    @property
    def _words_folder(self) -> Path:
        return self._index / "words"

    @property
    def _vectors_file(self) -> Path:
        return self._index / "vectors.faiss"


def _reciprocal_rank_fusion(rankings: Sequence[Sequence[int]]) -> list[int]:
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, number in enumerate(ranking, start=1):
            scores[number] = scores.get(number, 0.0) + 1 / (RRF_K + rank)
    return sorted(scores, key=lambda number: (-scores[number], number))
