"""Embed the texts without vectors, in a second thread. The texts are read back from the store.

Every text is embedded once, even if several passages share it. Its vectors are committed to the
store as soon as they are computed, so that a killed build does not lose them.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from indexer.embedding.embedder import Embedder
from indexer.embedding.embeddings import KEY_BYTES, EmbeddingInput
from indexer.index.store.writer import StoreWriter
from indexer.index.vectors.encoding import encode_embedding

__all__ = ["EmbeddingQueue"]

# Texts per round. The last batch of each length is not full, which costs 2 % at this number.
ROUND_TEXTS = 1_024
# Rounds that are waiting or running. More would take more memory, and a killed build would lose
# more.
WAITING_ROUNDS = 2
KEYS_PER_READ = 1_000

_Round = list[tuple[bytes, EmbeddingInput]]


class EmbeddingQueue:
    """Embeds the texts of stored passages, and stores the vectors.

    Only the thread that owns the store may call the methods. `on_progress` is called with the
    number of texts done and their total.
    """

    def __init__(
        self, embedder: Embedder, store: StoreWriter, on_progress: Callable[[int, int], None]
    ) -> None:
        self._embedder = embedder
        self._store = store
        self._on_progress = on_progress
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="embedding")
        self._loading: Future[int] | None = None
        self._running: list[Future[list[tuple[bytes, bytes]]]] = []
        self.embedded = 0
        self.seconds = 0.0

    def expect(self, keys: Collection[bytes]) -> None:
        """Begin to load the model, unless all texts of these keys were embedded before.

        Raises ModelUnusable soon after loading has failed, not only when all files are read.
        """
        if self._loading is None:
            if len(self._store.embedded_keys(list(keys))) < len(set(keys)):
                self._loading = self._executor.submit(lambda: self._embedder.dimension)
        elif self._loading.done():
            self._loading.result()

    def missing(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows whose texts are to be embedded, ascending, one row for each text."""
        found, keys = [], bytearray()
        for start in range(0, len(rows), KEYS_PER_READ):
            by_row = self._store.embedding_keys(rows[start : start + KEYS_PER_READ].tolist())
            embedded = self._store.embedded_keys(list(set(by_row.values())))
            for row, key in sorted(by_row.items()):
                if key not in embedded:
                    found.append(row)
                    keys += key
        numbers = np.frombuffer(keys, np.uint64).reshape(-1, KEY_BYTES // 8)
        first = np.unique(numbers, axis=0, return_index=True)[1]
        return np.array(found, np.int64)[np.sort(first)]

    def embed(self, rows: Sequence[int]) -> Iterator[int]:
        """Embed the texts of the rows; yield the number embedded so far after each round.

        Other rounds are computed while the caller does something else.
        """
        total = self.embedded + len(rows)
        for start in range(0, len(rows), ROUND_TEXTS):
            texts = self._texts(rows[start : start + ROUND_TEXTS])
            while len(self._running) >= WAITING_ROUNDS:
                yield self._collect(total)
            self._running.append(self._executor.submit(self._embed, texts))
            self._on_progress(self.embedded, total)
        while self._running:
            yield self._collect(total)

    def close(self) -> None:
        """Cancel the waiting rounds. The running round finishes but is not stored."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _texts(self, rows: Sequence[int]) -> _Round:
        passages = self._store.passages(rows)
        documents = self._store.documents_with_keys({passage.document for passage in passages})
        return [
            (passage.embedding, documents[passage.document].embedding_input(passage))
            for passage in passages
            if passage.embedding is not None
        ]

    def _embed(self, texts: _Round) -> list[tuple[bytes, bytes]]:
        started = time.perf_counter()
        embeddings = self._embedder.embed_passages([text for _, text in texts])
        encoded = [
            (key, encode_embedding(embedding))
            for (key, _), embedding in zip(texts, embeddings, strict=True)
        ]
        self.seconds += time.perf_counter() - started
        return encoded

    def _collect(self, total: int) -> int:
        """Store and commit the oldest round; return the number of texts embedded so far."""
        embedded = self._running.pop(0).result()
        self._store.add_embeddings(embedded)
        self._store.commit()
        self.embedded += len(embedded)
        self._on_progress(self.embedded, total)
        return self.embedded
