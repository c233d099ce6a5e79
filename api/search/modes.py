"""Which modes an index answers in, and how many of its passages have vectors."""

from api.contract.search import Coverage, Mode
from api.search.models.query_model import QueryModel, UnusableModel
from indexer.index.manifest import Manifest
from indexer.index.snapshot import Snapshot

__all__ = ["Modes", "coverage_of", "lacks_vectors"]


class Modes:
    """The modes of one generation with the model that embeds its queries."""

    def __init__(self, snapshot: Snapshot, model: QueryModel | UnusableModel | None) -> None:
        self._snapshot = snapshot
        self._model = model

    @property
    def supported(self) -> list[Mode]:
        """The modes that the index was built for."""
        return list(Mode) if self._snapshot.has_vectors else [Mode.LEXICAL]

    @property
    def answering(self) -> list[Mode]:
        """The modes that can answer now, even if only some passages have vectors."""
        is_ready = self._model is not None and self._model.ready
        if not is_ready or lacks_vectors(self._snapshot.manifest):
            return [Mode.LEXICAL]
        return self.supported


def lacks_vectors(manifest: Manifest) -> bool:
    """Return whether the index has a model but no passage has been embedded yet."""
    return 0 < manifest.passages == manifest.pending


def coverage_of(manifest: Manifest) -> Coverage:
    """Return how many passages there are, and how many of them have vectors."""
    vectors = manifest.vectors
    return Coverage(
        passages=manifest.passages, with_vectors=vectors.passages if vectors is not None else 0
    )
