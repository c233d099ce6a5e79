"""Request -> question: which retrievers are asked, about which documents, with what weight."""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from api.contract.errors import ModelLoading, SemanticUnavailable
from api.contract.limits import MAX_REACH
from api.contract.search import Mode, SearchRequest, SearchWarning
from api.query.query import Query, QueryFilters, parse_moment
from api.ranking.fusion import FusionMethod
from api.search.candidates import Question
from api.search.models.model import QueryModel, UnusableModel
from api.search.ranking_settings import RankingSettings
from api.search.selections import Selections
from api.telemetry.stages import stage
from indexer.errors import ModelUnusable
from indexer.index.snapshot import Snapshot

__all__ = ["QuestionReader", "parameter_filters"]


class QuestionReader:
    """Reads requests to one generation; `ranking` is what a request leaves open."""

    def __init__(
        self,
        snapshot: Snapshot,
        model: QueryModel | UnusableModel | None,
        selections: Selections,
        ranking: RankingSettings,
        depth: int,
    ) -> None:
        self._snapshot = snapshot
        self._model = model
        self._selections = selections
        self._ranking = ranking
        self._depth = depth

    def read(self, request: SearchRequest, query: Query, warnings: list[SearchWarning]) -> Question:
        """Return what the retrievers are asked; what the request cannot have goes to `warnings`.

        Raises InvalidQuery, SemanticUnavailable, ModelLoading or ModelUnusable.
        """
        mode, vector = self._query_vector(request.mode or Mode.HYBRID, query, warnings)
        method, weight = self._fusion(request, mode)
        unfolded_words = mode is Mode.LEXICAL and not request.fold_duplicates
        return Question(
            query=query,
            mode=mode,
            fusion=method,
            semantic_weight=weight,
            vector=vector,
            selection=self._selections.find(parameter_filters(request), query.filters),
            # Without a second retriever and folding, all that pages can reach is taken.
            depth=MAX_REACH if unfolded_words else self._depth,
        )

    def _query_vector(
        self, mode: Mode, query: Query, warnings: list[SearchWarning]
    ) -> tuple[Mode, NDArray[np.float32] | None]:
        """Return the query's vector, and the mode that can be answered with it."""
        if not self._snapshot.has_vectors or self._model is None:
            if mode is Mode.SEMANTIC:
                raise SemanticUnavailable(
                    "this index was built with --model none and has no vectors; search with "
                    "mode=lexical, or rebuild it with a model"
                )
            if mode is Mode.HYBRID:
                message = "Answered by words alone: this index was built without a model."
                warnings.append(SearchWarning(code="no_vectors", message=message))
            return Mode.LEXICAL, None
        if mode is Mode.LEXICAL or not query.embedding_text:
            return mode, None
        if not self._warn_of_pending(mode, warnings):
            return Mode.LEXICAL, None
        try:
            with stage("embedding"):
                return mode, self._model.embed_query(query.embedding_text)
        except ModelUnusable as error:
            if mode is Mode.SEMANTIC:
                raise
            code = "model_loading" if isinstance(error, ModelLoading) else "model_unusable"
            warnings.append(SearchWarning(code=code, message=f"Answered by words alone: {error}."))
            return Mode.LEXICAL, None

    def _warn_of_pending(self, mode: Mode, warnings: list[SearchWarning]) -> bool:
        """Return whether any passage has a vector; where not all have, warn of it.

        Raises SemanticUnavailable where none has and nothing else is asked for.
        """
        manifest = self._snapshot.manifest
        if not manifest.pending:
            return True
        held = manifest.passages - manifest.pending
        if held:
            others = "found by words alone" if mode is Mode.HYBRID else "not found in this mode"
            message = (
                f"{held:,} of {manifest.passages:,} passages have vectors yet; the others are "
                f"{others}."
            )
        elif mode is Mode.SEMANTIC:
            raise SemanticUnavailable(
                "no passage has a vector yet: they follow while the index is being built, or with "
                "the next run of reindex.py; search with mode=lexical until then"
            )
        else:
            message = "Answered by words alone: no passage has a vector yet."
        warnings.append(SearchWarning(code="vectors_pending", message=message))
        return held > 0

    def _fusion(self, request: SearchRequest, mode: Mode) -> tuple[FusionMethod, float]:
        """Return method and weight. Settings store the pair: a weight fits one method only."""
        if mode is not Mode.HYBRID:
            return FusionMethod.WEIGHTED, 0.0 if mode is Mode.LEXICAL else 1.0
        method = request.fusion or self._ranking.fusion
        weight = request.semantic_weight
        return method, self._ranking.weight_of(method) if weight is None else weight


def parameter_filters(request: SearchRequest) -> QueryFilters:
    """Return the filters among the parameters of a request. Raises InvalidQuery."""
    return QueryFilters(
        paths=tuple(request.path),
        media_types=tuple(request.type),
        modified_after=_parsed(request.modified_after, "modified_after"),
        modified_before=_parsed(request.modified_before, "modified_before"),
    )


def _parsed(text: str | None, parameter: str) -> datetime | None:
    if text is None:
        return None
    return parse_moment(text, parameter=parameter)
