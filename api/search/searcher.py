"""One open generation and how it is asked: the read path in one screenful.

text -> Query -> candidates of both retrievers -> fusion -> folding -> reranking -> page -> hits
"""

import os
import platform
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore

from api.contract.documents import DocumentMetadata, DocumentText, SpanOut
from api.contract.errors import ModelLoading
from api.contract.hits import Group
from api.contract.limits import MAX_REACH
from api.contract.passages import PassageContext
from api.contract.quotations import Verification, VerifyRequest
from api.contract.search import (
    Coverage,
    Facet,
    FacetCount,
    GroupBy,
    Mode,
    SearchRequest,
    SearchResponse,
    SearchWarning,
    SimilarResponse,
    Total,
)
from api.contract.status import Drift, Status
from api.contract.suggestions import SuggestResponse
from api.contract.version import version
from api.documents.answers import facet_counts
from api.documents.document_reader import DocumentReader
from api.documents.quotations import QuotationChecker
from api.query.query import Query, QueryFilters, parse_query
from api.ranking.confidence import confidences
from api.ranking.folding import FoldedCandidate, fold_copies
from api.ranking.fusion import fuse
from api.search.candidates import (
    NO_CANDIDATES,
    Candidates,
    Question,
    find_candidates,
    list_passages,
)
from api.search.hits import HitWriter
from api.search.models.model import QueryModel, UnusableModel
from api.search.models.reranker import Reranker
from api.search.paging import Page, page_of
from api.search.questions import QuestionReader
from api.search.ranking_settings import RankingSettings, ranking_in_use
from api.search.selections import Selections
from api.search.similar import SimilarPassages
from api.settings import ServerSettings
from api.suggest.occurrences import Occurrences, Restriction
from api.suggest.spelling import Speller, did_you_mean
from api.suggest.suggestions import Suggester
from api.telemetry.stages import stage, turn_of
from indexer.errors import ModelUnusable
from indexer.index.clauses import Occur
from indexer.index.manifest import FORMAT_VERSION, Manifest, engine_versions
from indexer.index.snapshot import Snapshot

__all__ = ["Searcher"]

# More than the processor computes at once would only take Python's lock from each other.
SEARCHES_AT_ONCE = max(2, os.cpu_count() or 1)


class Searcher:
    """Answers from one generation. Threads share it; nothing in it changes."""

    def __init__(
        self,
        snapshot: Snapshot,
        model: QueryModel | UnusableModel | None,
        settings: ServerSettings,
        reranker: Reranker | None = None,
        saved: RankingSettings | None = None,
        notices: Sequence[SearchWarning] = (),
    ) -> None:
        self._snapshot = snapshot
        self._saved = saved
        self._notices = tuple(notices)
        self._model = model
        self._settings = settings
        self._ranking = ranking_in_use(settings, saved, model=snapshot.manifest.config.model)
        self._reranker = reranker
        self._turns = BoundedSemaphore(SEARCHES_AT_ONCE)
        self._reader = DocumentReader(snapshot)
        self._selections = Selections(snapshot)
        self._questions = QuestionReader(
            snapshot, model, self._selections, self._ranking, settings.depth
        )
        self._similar = SimilarPassages(snapshot, self._reader, settings.depth)
        self._quotations = QuotationChecker(snapshot)
        occurrences = Occurrences(snapshot)
        self._suggester = Suggester(snapshot, occurrences)
        self._speller = Speller(snapshot, occurrences)

    @property
    def generation(self) -> str:
        return self._snapshot.manifest.generation

    @property
    def manifest(self) -> Manifest:
        """What the generation that answers is."""
        return self._snapshot.manifest

    @property
    def folder(self) -> Path:
        """The folder that was indexed."""
        return self._snapshot.folder

    @property
    def supported_modes(self) -> list[Mode]:
        """The modes that the index was built for."""
        return list(Mode) if self._snapshot.has_vectors else [Mode.LEXICAL]

    @property
    def modes(self) -> list[Mode]:
        """The modes that answer now; with the vectors that are there, be they few."""
        if not self._snapshot.has_vectors or self._model is None or not self._model.ready:
            return [Mode.LEXICAL]
        return [Mode.LEXICAL] if self.lacks_vectors else list(Mode)

    @property
    def lacks_vectors(self) -> bool:
        """Whether a model was to embed the passages, and has not embedded any yet."""
        manifest = self._snapshot.manifest
        return 0 < manifest.passages == manifest.pending

    def with_settings(self, saved: RankingSettings | None) -> "Searcher":
        """Return what answers from the same generation with other settings of the index."""
        return self._altered(saved, self._notices)

    def with_notices(self, notices: Sequence[SearchWarning]) -> "Searcher":
        """Return what answers the same, with these warnings in every answer."""
        return self._altered(self._saved, notices)

    def _altered(
        self, saved: RankingSettings | None, notices: Sequence[SearchWarning]
    ) -> "Searcher":
        return Searcher(self._snapshot, self._model, self._settings, self._reranker, saved, notices)

    def close(self) -> None:
        self._snapshot.close()

    def search(self, request: SearchRequest, *, typing: bool = False) -> SearchResponse:
        """Answer a search. While it is being typed, its last word may be the beginning of one.

        Raises InvalidQuery, SemanticUnavailable, ModelLoading, ModelUnusable or GenerationGone.
        """
        started = time.perf_counter()
        query = parse_query(request.q)
        page = page_of(request, self.generation)
        warnings = list(self._notices)
        warnings += [
            SearchWarning(
                code=each.code, message=each.message, parameter="q", position=each.position
            )
            for each in query.warnings
        ]
        with stage("spelling"):
            correction = self._speller.correct(request.q, typing=typing)
        if correction:
            warnings.append(did_you_mean(correction))
        # Queries are embedded together; whoever has its vector waits its turn.
        question = self._questions.read(request, query, warnings)
        with turn_of(self._turns):
            response = self._answer(request, question, page, warnings)
        response.took_ms = round((time.perf_counter() - started) * 1000, 3)
        return response

    def _answer(
        self, request: SearchRequest, question: Question, page: Page, warnings: list[SearchWarning]
    ) -> SearchResponse:
        candidates = self._candidates(question, warnings)
        with stage("ranking"):
            confidence = _confidence_by_row(candidates)
            folded = self._ranked(request, question, candidates, confidence)
        folded = self._reranked(folded, question.query, warnings)
        groups = self._grouped(folded, request.group_by)
        reach = min(len(groups), MAX_REACH)
        shown = groups[page.offset : page.offset + page.limit]
        if page.offset and not shown:
            message = f"There are {reach} hits, and this page would begin after {page.offset}."
            warnings.append(SearchWarning(code="end_of_candidates", message=message))
        response = SearchResponse(
            query=request.q,
            mode=question.mode,
            generation=self.generation,
            took_ms=0.0,
            total=Total(
                value=reach,
                relation="exact" if candidates.complete and reach == len(groups) else "at_least",
            ),
            next_cursor=page.next_cursor(reach),
            facets=self._facets(request.facets, folded),
            coverage=self._coverage(),
            warnings=warnings,
        )
        with stage("hits"):
            self._write(response, shown, page.offset, request, question, confidence)
        return response

    def _ranked(
        self,
        request: SearchRequest,
        question: Question,
        candidates: Candidates,
        confidence: Mapping[int, float],
    ) -> list[FoldedCandidate]:
        """Return the candidates in the order of their fused scores, copies under the first."""
        ranking = fuse(
            candidates.rows,
            candidates.lexical,
            candidates.semantic,
            method=question.fusion,
            semantic_weight=question.semantic_weight,
            orders=candidates.orders,
            lexical_scale=candidates.lexical_scale,
            feedback=candidates.feedback,
        )
        if request.min_score:
            # Before folding: what is cut must not take with it what repeats it and is not.
            ranking = [
                each
                for each in ranking
                # What filters alone keep is what was asked for.
                if confidence.get(each.row, 1.0) >= request.min_score
            ]
        if not request.fold_duplicates:
            return list(map(FoldedCandidate, ranking))
        rows = [candidate.row for candidate in ranking]
        return fold_copies(ranking, self._snapshot.signatures(rows))

    def document(self, document_id: str) -> DocumentMetadata:
        return self._reader.metadata(document_id)

    def document_text(
        self, document_id: str, start: int = 0, end: int | None = None
    ) -> DocumentText:
        with stage("text"):
            return self._reader.text(document_id, start, end)

    def line_number(self, document_id: str, position: int) -> int:
        return self._reader.line_number(document_id, position)

    def marks(self, document_id: str, q: str, start: int, end: int) -> list[SpanOut]:
        return self._reader.marks(document_id, q, start, end)

    def mark_before(self, document_id: str, q: str, place: int) -> SpanOut | None:
        return self._reader.mark_before(document_id, q, place)

    def mark_after(self, document_id: str, q: str, place: int) -> SpanOut | None:
        return self._reader.mark_after(document_id, q, place)

    def passage(self, passage_id: str, *, before: int = 0, after: int = 0) -> PassageContext:
        return self._reader.passage(passage_id, before=before, after=after)

    def similar(
        self, passage_id: str, *, limit: int, fold_duplicates: bool = True, explain: bool = False
    ) -> SimilarResponse:
        with stage("similar"):
            response = self._similar.find(
                passage_id, limit=limit, fold_duplicates=fold_duplicates, explain=explain
            )
        response.warnings = [*self._notices, *response.warnings]
        return response

    def suggest(self, q: str, limit: int) -> SuggestResponse:
        """Return what a query may become while it is typed. Raises InvalidQuery."""
        if not q.strip():
            return SuggestResponse(suggestions=[])
        with stage("suggestions"):
            query = parse_query(q)
            within = self._restriction(query)
            return SuggestResponse(suggestions=self._suggester.suggest(query, limit, within))

    def verify(self, quotation: VerifyRequest) -> Verification:
        return self._quotations.check(quotation)

    def status(self, *, building: bool = False, drift: Drift | None = None) -> Status:
        """Return what is answered from.

        Whether its successor is being built, and what else happened since, the caller knows.
        """
        manifest, reranker = self._snapshot.manifest, self._reranker
        return Status.model_validate(
            {
                "generation": manifest.generation,
                "folder": manifest.folder,
                "built": manifest.built,
                "building": building,
                "documents": manifest.documents,
                "passages": manifest.passages,
                "with_vectors": self._coverage().with_vectors,
                "model": manifest.config.model,
                "language": manifest.config.language,
                "vector_index": manifest.vectors.kind if manifest.vectors else None,
                "fusion": self._ranking.fusion,
                "semantic_weight": self._ranking.semantic_weight,
                "reranker": reranker.name if reranker is not None and reranker.ready else None,
                "format_version": FORMAT_VERSION,
                "version": version(),
                "python": platform.python_version(),
                "engines": _running_engines(),
                "built_with": manifest.engines,
                "drift": drift,
            }
        )

    def _restriction(self, query: Query) -> Restriction | None:
        """Return what a query allows beside its plain words; None if everything."""
        clauses = tuple(each for each in query.clauses if each.occur is not Occur.SHOULD)
        selection = self._selections.find(QueryFilters(), query.filters)
        if not clauses and selection is None:
            return None
        return Restriction(
            clauses, frozenset(selection.documents) if selection is not None else None
        )

    def _candidates(self, question: Question, warnings: list[SearchWarning]) -> Candidates:
        text = question.query.embedding_text
        if not text:
            return list_passages(self._snapshot, question.query, question.selection, MAX_REACH)
        analyzer = self._snapshot.analyzer
        if not analyzer.words(text) and not analyzer.identifiers(text):
            message = "The query holds no word to look for."
            warnings.append(SearchWarning(code="no_words", message=message, parameter="q"))
            return NO_CANDIDATES
        return find_candidates(self._snapshot, question)

    def _reranked(
        self, folded: list[FoldedCandidate], query: Query, warnings: list[SearchWarning]
    ) -> list[FoldedCandidate]:
        """Return the ranking as the reranker orders it, where there is one and words to read."""
        if self._reranker is None or not query.embedding_text or not folded:
            return folded
        try:
            with stage("reranking"):
                return self._reranker.rerank(query.embedding_text, folded, self._snapshot)
        except ModelUnusable as error:
            code = "reranker_loading" if isinstance(error, ModelLoading) else "reranker_unusable"
            warnings.append(SearchWarning(code=code, message=f"Hits are not reranked: {error}."))
            return folded

    def _grouped(
        self, folded: Sequence[FoldedCandidate], group_by: GroupBy
    ) -> list[list[FoldedCandidate]]:
        """Return what a page counts: passages, or documents in the order of their best passage."""
        if group_by is GroupBy.PASSAGE:
            return [[each] for each in folded]
        groups: dict[int, list[FoldedCandidate]] = {}
        entries = self._snapshot.catalog.entries_of([each.candidate.row for each in folded])
        for entry, each in zip(entries, folded, strict=True):
            groups.setdefault(entry.document, []).append(each)
        return list(groups.values())

    def _write(
        self,
        response: SearchResponse,
        shown: Sequence[Sequence[FoldedCandidate]],
        offset: int,
        request: SearchRequest,
        question: Question,
        confidence: Mapping[int, float],
    ) -> None:
        """Fill in the hits, or the groups with theirs."""
        writer = HitWriter(self._snapshot, question, confidence, explain=request.explain)
        if request.group_by is GroupBy.PASSAGE:
            response.hits = writer.hits([group[0] for group in shown], first_rank=offset + 1)
            return
        response.groups = []
        for rank, members in enumerate(shown, start=offset + 1):
            hits = writer.hits(members[: request.group_size], first_rank=1)
            response.groups.append(
                Group(rank=rank, document=hits[0].document, score=hits[0].score, hits=hits)
            )

    def _facets(
        self, facets: Sequence[Facet], folded: Sequence[FoldedCandidate]
    ) -> dict[Facet, list[FacetCount]]:
        if not facets:
            return {}
        entries = self._snapshot.catalog.entries_of([each.candidate.row for each in folded])
        return {facet: facet_counts(facet, entries) for facet in facets}

    def _coverage(self) -> Coverage:
        vectors = self._snapshot.manifest.vectors
        return Coverage(
            passages=self._snapshot.manifest.passages,
            with_vectors=vectors.passages if vectors else 0,
        )


def _confidence_by_row(candidates: Candidates) -> dict[int, float]:
    """Return the confidence of each candidate; none where nothing was asked that is scored."""
    if candidates.semantic is None and not candidates.ideal_bm25:
        return {}
    found = confidences(candidates.lexical, candidates.semantic, ideal_bm25=candidates.ideal_bm25)
    return dict(zip(candidates.rows.tolist(), found.tolist(), strict=True))


@cache
def _running_engines() -> dict[str, str]:
    return engine_versions()
