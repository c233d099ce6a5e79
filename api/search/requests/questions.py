"""Request -> question: which retrievers are asked, about which documents, and how they weigh."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.contract.errors import InvalidQuery, ModelLoading, SemanticUnavailable
from api.contract.limits import MAX_REACH
from api.contract.lists.suggestions import SuggestRequest
from api.contract.search import GroupBy, Mode, Scope, SearchRequest, SearchWarning
from api.query.filters import parse_moment
from api.query.query import Query, QueryFilters
from api.ranking.fusion import FusionMethod
from api.search.candidates import Question
from api.search.models.query_model import QueryModel, UnusableModel
from api.search.modes import NO_VECTOR_YET
from api.search.ranking_settings import RankingSettings
from api.search.requests.named_files import NamedFiles
from api.search.requests.rarest_words import with_rarest_words
from api.search.requests.selections import Selections
from api.telemetry.stages import stage
from indexer.errors import ModelUnusable
from indexer.index.snapshot import Snapshot, Vector

__all__ = ["QuestionReader", "ReadQuestion", "parameter_filters", "query_warnings"]

NOT_READ = (
    "The embedding model cannot read the script of this query, so only its words were searched for."
)


@dataclass(frozen=True, slots=True)
class ReadQuestion:
    """What the retrievers are asked, and warnings about what the request cannot get."""

    question: Question
    warnings: tuple[SearchWarning, ...]


@dataclass(frozen=True, slots=True)
class _EmbeddedQuery:
    """The mode to answer in, and the query's vector if that mode needs one."""

    mode: Mode
    vector: Vector | None
    warnings: tuple[SearchWarning, ...] = ()


class QuestionReader:
    """Reads requests to one generation; `ranking` holds the defaults for what they leave open."""

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
        self._named = NamedFiles(snapshot)
        self._ranking = ranking
        self._depth = depth

    def read(self, request: SearchRequest, query: Query) -> ReadQuestion:
        """Return what the retrievers are asked, and warnings about what the request cannot get.

        Raises InvalidQuery, SemanticUnavailable, ModelLoading or ModelUnusable.
        """
        embedded = self._embedded(request.mode or Mode.HYBRID, query)
        mode = embedded.mode
        method, weight = self._fusion(request, mode)
        by_document = request.scope is Scope.DOCUMENT
        filters, clauses = parameter_filters(request), query.clauses if by_document else ()
        required = query.required if by_document else ()
        selection = self._selections.find(filters, query.filters, clauses)
        question = Question(
            query=with_rarest_words(query, self._snapshot),
            mode=mode,
            fusion=method,
            semantic_weight=weight,
            vector=embedded.vector,
            selection=selection,
            depth=MAX_REACH if weight == 0 and _needs_all(request) else self._depth,
            folds=self._depth,
            scope=request.scope,
            required=self._selections.find(QueryFilters(), QueryFilters(), required),
            named=self._named.find(query, selection),
        )
        return ReadQuestion(question, embedded.warnings)

    def _embedded(self, mode: Mode, query: Query) -> _EmbeddedQuery:
        """Return the query's vector, and the mode to answer in."""
        if not self._snapshot.has_vectors or self._model is None:
            if mode is Mode.SEMANTIC:
                raise SemanticUnavailable(
                    "this index was built with --model none and has no vectors; search with "
                    "mode=lexical, or rebuild it with a model"
                )
            if mode is Mode.HYBRID:
                message = "Answered by words alone: this index was built without a model."
                return _by_words(SearchWarning(code="no_vectors", message=message))
            return _by_words()
        if mode is Mode.LEXICAL or not query.embedding_text:
            return _EmbeddedQuery(mode, None)
        pending = self._pending_warnings(mode)
        if self._snapshot.manifest.lacks_vectors:
            return _by_words(*pending)
        try:
            with stage("embedding"):
                vector = self._model.embed_query(query.embedding_text)
        except ModelUnusable as error:
            if mode is Mode.SEMANTIC:
                raise
            code = "model_loading" if isinstance(error, ModelLoading) else "model_unusable"
            message = f"Answered by words alone: {error}."
            return _by_words(*pending, SearchWarning(code=code, message=message))
        if not vector.any():
            warning = SearchWarning(code="not_read_by_model", message=NOT_READ, parameter="q")
            # The mode semantic has no other way to answer.
            return _EmbeddedQuery(
                Mode.LEXICAL if mode is Mode.HYBRID else mode, None, (*pending, warning)
            )
        return _EmbeddedQuery(mode, vector, pending)

    def _pending_warnings(self, mode: Mode) -> tuple[SearchWarning, ...]:
        """Return a warning if some passages have no vectors yet.

        Raises SemanticUnavailable if no passage has one and the mode is semantic.
        """
        manifest = self._snapshot.manifest
        if not manifest.pending:
            return ()
        if manifest.with_vectors:
            others = "found by words alone" if mode is Mode.HYBRID else "not found in this mode"
            message = (
                f"{manifest.with_vectors:,} of {manifest.passages:,} passages have vectors so far; "
                f"the others are {others}."
            )
        elif mode is Mode.SEMANTIC:
            raise SemanticUnavailable(f"{NO_VECTOR_YET}; search with mode=lexical until then")
        else:
            message = "Answered by words alone: no passage has a vector yet."
        return (SearchWarning(code="vectors_pending", message=message),)

    def _fusion(self, request: SearchRequest, mode: Mode) -> tuple[FusionMethod, float]:
        """Return the fusion method and a weight that belongs to it."""
        if mode is not Mode.HYBRID:
            return FusionMethod.WEIGHTED, 0.0 if mode is Mode.LEXICAL else 1.0
        method = request.fusion or self._ranking.fusion
        weight = request.semantic_weight
        return method, self._ranking.weight_of(method) if weight is None else weight


def query_warnings(query: Query) -> list[SearchWarning]:
    """Return warnings about parts of the query that may have been misunderstood."""
    return [
        SearchWarning(code=each.code, message=each.message, parameter="q", position=each.position)
        for each in query.warnings
    ]


def parameter_filters(request: SearchRequest | SuggestRequest) -> QueryFilters:
    """Return the filters among the parameters of a request. Raises InvalidQuery."""
    return QueryFilters(
        paths=tuple(request.path),
        media_types=tuple(request.type),
        modified_after=_parsed(request.modified_after, "modified_after"),
        modified_before=_parsed(request.modified_before, "modified_before"),
        authors=_authors(request.author),
        published_after=_parsed(request.published_after, "published_after"),
        published_before=_parsed(request.published_before, "published_before"),
    )


def _needs_all(request: SearchRequest) -> bool:
    """Return whether an answer by words alone needs every hit that paging reaches, not a page."""
    by_document = request.group_by is GroupBy.DOCUMENT
    return bool(request.facets or request.min_score or by_document)


def _by_words(*warnings: SearchWarning) -> _EmbeddedQuery:
    return _EmbeddedQuery(Mode.LEXICAL, None, warnings)


def _authors(authors: Sequence[str]) -> tuple[str, ...]:
    for author in authors:
        if not any(map(str.isalnum, author)):
            raise InvalidQuery(f"{author!r} is not a name", parameter="author")
    return tuple(authors)


def _parsed(text: str | None, parameter: str) -> datetime | None:
    if text is None:
        return None
    return parse_moment(text, parameter=parameter)
