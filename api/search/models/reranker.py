"""The reranker of a server: reads the best hits together with the query, and reorders them."""

from collections.abc import Callable, Sequence
from threading import BoundedSemaphore

from api.ranking.folding import FoldedCandidate
from api.ranking.reranking import rerank
from api.search.models.cross_encoder import CrossEncoder
from api.search.models.loading import Loading
from api.settings import ServerSettings
from api.telemetry.stages import turn_of
from indexer.config import NO_MODEL
from indexer.index.snapshot import Snapshot

__all__ = ["Reranker", "reranker_of"]


class Reranker:
    """Reranks with a cross-encoder that may still be loading. Safe to share between threads.

    It reads the first `depth` hits; `share` is its part of their score.
    """

    def __init__(
        self, name: str, load: Callable[[str], CrossEncoder], *, depth: int, share: float
    ) -> None:
        self.name = name
        self._load_cross_encoder = load
        self._depth = depth
        self._share = share
        self._loading = Loading(f"the reranker {name!r}", self._load)
        # Two queries at once on two cores take longer than one after the other. Besides, the
        # tokenizer keeps its length limits in state that all threads share.
        self._turns = BoundedSemaphore(1)

    @property
    def ready(self) -> bool:
        return self._loading.ready

    @property
    def problem(self) -> str | None:
        """Why hits are not reranked, if they are not."""
        if self._loading.problem is not None or self.ready:
            return self._loading.problem
        return f"the reranker {self.name!r} is still loading; until then hits are not reranked"

    def load(self) -> None:
        """Load the cross-encoder now. Raises ModelUnusable."""
        self._loading.run()
        self._loading.require()

    def retry(self) -> None:
        """Load the cross-encoder again in the background if that failed, not too often."""
        self._loading.retry()

    def rerank(
        self, query: str, ranking: Sequence[FoldedCandidate], snapshot: Snapshot
    ) -> list[FoldedCandidate]:
        """Return the ranking with its best hits reordered. Raises ModelLoading or ModelUnusable.

        The result depends only on the query and the ranking, not on the page.
        """
        self._loading.require()
        texts = _texts(snapshot, [each.candidate.row for each in ranking[: self._depth]])
        with turn_of(self._turns):
            logits = self._cross_encoder.logits(query, texts)
        return rerank(ranking, logits, share=self._share)

    def _load(self) -> None:
        self._cross_encoder = self._load_cross_encoder(self.name)


def reranker_of(settings: ServerSettings, load: Callable[[str], CrossEncoder]) -> Reranker | None:
    """Return the configured reranker; None if none is set or its share of the score is 0."""
    name, share = settings.reranker, settings.reranker_share
    if name is None or name == NO_MODEL or share == 0:
        return None
    return Reranker(name, load, depth=settings.reranker_depth, share=share)


def _texts(snapshot: Snapshot, rows: Sequence[int]) -> list[str]:
    """Return the text that the reranker reads: the one that is embedded, with title or headings."""
    passages = snapshot.passages(rows)
    documents = snapshot.documents({passage.document for passage in passages})
    return [documents[passage.document].embedding_input(passage).text for passage in passages]
