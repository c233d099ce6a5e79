"""What a build has read -> published generations: words first where embedding takes long.

Where there is much to embed, the first generation answers by words, with the vectors that are there
already, and later ones add the others. The last one has all. Whenever a build ends before that, the
next one goes on from what was published.
"""

import time
from collections.abc import Callable, Iterator, Sequence

from indexer.building.embedding_queue import EmbeddingQueue
from indexer.building.generation_writer import BuildTarget, GenerationWriter, Timed
from indexer.index.generation import PublishedGeneration
from indexer.index.manifest import Manifest
from indexer.index.records import StoredDocument
from indexer.splitting.boilerplate import Boilerplate

__all__ = ["Publisher"]

# To embed so many texts takes some ten seconds: worth a generation that does not wait for them.
MANY_TEXTS = 1_000
# A generation costs as much as it holds. So one with more vectors follows when as many again were
# embedded as at the last one, and not sooner than this.
INTERVAL_S = 60.0


class Publisher:
    """Publishes the generations of one build.

    `describe` returns the manifest of an empty generation that follows the given one, and
    `published` is called with each manifest that was published.
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
        """Publish what the writer was given, without the documents that are gone, and all vectors.

        Returns the last generation. `changed`: there is more to it than vectors to be made.
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
        """Embed the texts of the rows; yield now and then how many are done."""
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
            self._store.sync()
            self._index.publish(writer.folder, manifest)
            self._store.prune(self._index.prune())
        self._last_time = time.monotonic()
        self._published(manifest)
        return PublishedGeneration(writer.folder, manifest)
