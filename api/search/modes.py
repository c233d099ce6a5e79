"""Which modes an index answers in."""

from api.contract.search import Mode
from api.search.models.query_model import QueryModel, UnusableModel
from indexer.index.snapshot import Snapshot

__all__ = ["NO_VECTOR_YET", "Modes"]

NO_VECTOR_YET = (
    "no passage has a vector yet: vectors are added while the index is being built, or by the next "
    "run of reindex.py"
)


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
        if not is_ready or self._snapshot.manifest.lacks_vectors:
            return [Mode.LEXICAL]
        return self.supported
