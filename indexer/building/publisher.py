"""Publish the generations of a build: words first if embedding takes long.

If there is much to embed, the first generation answers by words and by the vectors that exist
already. Later ones add the other vectors, and the last one has all. If a build is stopped earlier,
the next one continues from what was published.
"""

import time
from collections.abc import Callable, Iterator, Sequence

from indexer.building.embedding_queue import EmbeddingQueue
from indexer.building.generation_writer import BuildTarget, GenerationWriter, Timed
from indexer.index.generation import PublishedGeneration
from indexer.index.manifest import Manifest
from indexer.index.records import StoredDocument, StoredGeneration
from indexer.splitting.boilerplate import Boilerplate

__all__ = ["Publisher"]

# Embedding this many texts takes about ten seconds, worth a generation that does not wait for it.
MANY_TEXTS = 1_000
# The cost of a generation grows with its size. So the next one follows when the number of embedded
# texts has doubled since the last one, and not sooner than this.
INTERVAL_S = 60.0


class Publisher:
    """Publishes the generations of one build.

    `describe` returns the manifest of an empty generation that follows the given one.
    `published` is called with the manifest of each published generation.
    """

    def __init__(
        self,
        target: BuildTarget,
        queue: EmbeddingQueue | None,
        boilerplate: Boilerplate,
        describe: Callable[[PublishedGeneration | None], Manifest],
        published: Callable[[Manifest], None],
        timed: Timed,
    ) -> None:
        self._target = target
        self._index = target.index
        self._store = target.store
        self._queue = queue
        self._boilerplate = boilerplate
        self._describe = describe
        self._published = published
        self._timed = timed
        self._last_time = time.monotonic()
        self._embedded_then = 0

    def publish(
        self, writer: GenerationWriter, gone: Sequence[StoredDocument], *, changed: bool
    ) -> PublishedGeneration:
        """Publish the writer's documents, without those that are gone, until all have vectors.

        Returns the last generation. `changed` says that more than vectors is new.
        """
        missing: list[int] = []
        if self._queue is not None:
            missing = self._queue.missing(writer.without_vectors(gone)).tolist()
        if changed and len(missing) > MANY_TEXTS:
            words_alone = not self._store.has_embeddings()
            words = self._publish(writer, gone, words_alone=words_alone)
            writer, gone = self._following(words), []
        for embedded in self._embedded(missing):
            if len(missing) - embedded > MANY_TEXTS and self._is_due(embedded):
                writer, gone = self._following(self._publish(writer, gone)), []
                self._embedded_then = embedded
        return self._publish(writer, gone)

    def _embedded(self, rows: Sequence[int]) -> Iterator[int]:
        """Embed the texts of the rows; yield the number done after each round."""
        rounds = self._queue.embed(rows) if self._queue is not None else iter(())
        while True:
            with self._timed("waiting for embeddings"):
                embedded = next(rounds, None)
            if embedded is None:
                return
            yield embedded

    def _is_due(self, embedded: int) -> bool:
        waited = time.monotonic() - self._last_time
        return waited >= INTERVAL_S and embedded >= 2 * self._embedded_then

    def _following(self, generation: PublishedGeneration) -> GenerationWriter:
        number = self._index.next_number()
        return GenerationWriter(self._target, number, generation)

    def _publish(
        self,
        writer: GenerationWriter,
        gone: Sequence[StoredDocument],
        *,
        words_alone: bool = False,
    ) -> PublishedGeneration:
        description = self._describe(writer.current)
        manifest = writer.finish(
            gone, self._boilerplate, description, self._timed, words_alone=words_alone
        )
        with self._timed("publishing"):
            self._store.list_generation(StoredGeneration(writer.number, writer.folder.id))
            self._store.sync()
            self._index.publish(writer.folder, manifest)
            self._store.prune(self._index.prune())
        self._last_time = time.monotonic()
        self._published(manifest)
        return PublishedGeneration(writer.folder, manifest)
