"""Embeds passages in a second thread while the first one reads on.

Every text is embedded once, whatever passages share it, and its vectors are committed to the store
as soon as they are there, so that a killed build does not pay for them again.
"""

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from indexer.embedder import Embedder
from indexer.embeddings import EmbeddingInput
from indexer.store import StoreWriter
from indexer.vectors import encode_embedding

__all__ = ["EmbeddingQueue"]

# Texts of one round: enough to fill batches of texts of equal length.
ROUND_TEXTS = 512
# Rounds that wait: with more, a killed build would lose more, and memory would grow.
WAITING_ROUNDS = 2
KEY_BYTES = 16

_Round = list[tuple[bytes, EmbeddingInput]]


class EmbeddingQueue:
    """Takes texts, embeds those that were never embedded, and stores the vectors.

    All methods are called from the thread that owns the store. `on_progress` is called with how
    many texts are done and how many are known of.
    """

    def __init__(
        self, embedder: Embedder, store: StoreWriter, on_progress: Callable[[int, int], None]
    ) -> None:
        self._embedder = embedder
        self._store = store
        self._on_progress = on_progress
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="embedding")
        self._round: _Round = []
        self._running: list[Future[list[tuple[bytes, bytes]]]] = []
        self._queued: set[bytes] = set()
        self._done = 0
        self.seconds = 0.0

    def add(self, text: EmbeddingInput) -> bytes:
        """Queue the text, unless it was ever embedded; return the key of its vectors."""
        key = self._key(text)
        if key not in self._queued:
            self._queued.add(key)
            self._round.append((key, text))
            if len(self._round) == ROUND_TEXTS:
                self._start_round()
        return key

    def finish(self) -> int:
        """Wait until all is embedded and stored; return how many texts were embedded."""
        self._start_round()
        while self._running:
            self._collect()
        return self._done

    def close(self) -> None:
        """Give up what waits; the round that runs ends by itself and is not stored."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _key(self, text: EmbeddingInput) -> bytes:
        """Return the hash of all that the vectors depend on."""
        described = f"{self._embedder.identity}\0{text.windows}\0{text.text}"
        return hashlib.sha256(described.encode()).digest()[:KEY_BYTES]

    def _start_round(self) -> None:
        paid_for = self._store.paid_for([key for key, _ in self._round])
        unpaid = [(key, text) for key, text in self._round if key not in paid_for]
        self._queued -= paid_for
        self._round = []
        if not unpaid:
            return
        while len(self._running) >= WAITING_ROUNDS:
            self._collect()
        self._running.append(self._executor.submit(self._embed, unpaid))
        self._on_progress(self._done, len(self._queued))

    def _embed(self, texts: _Round) -> list[tuple[bytes, bytes]]:
        started = time.perf_counter()
        embeddings = self._embedder.embed_passages([text for _, text in texts])
        encoded = [
            (key, encode_embedding(embedding))
            for (key, _), embedding in zip(texts, embeddings, strict=True)
        ]
        self.seconds += time.perf_counter() - started
        return encoded

    def _collect(self) -> None:
        """Store the oldest round; commit, so that nothing can take it away."""
        embedded = self._running.pop(0).result()
        self._store.add_embeddings(embedded)
        self._store.commit()
        self._done += len(embedded)
        self._on_progress(self._done, len(self._queued))
