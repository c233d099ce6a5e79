"""Searcher: the whole read path over one open generation.

text -> Query -> Question -> candidates of both retrievers -> ranking -> page of hits
"""

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from threading import BoundedSemaphore

from api.contract.limits import MAX_REACH
from api.contract.search import Coverage, Mode, SearchRequest, SearchResponse, SearchWarning
from api.documents.document_reader import DocumentReader
from api.documents.listing import DocumentLister
from api.documents.quotations.checker import QuotationChecker
from api.query.parser import parse_query
from api.search.candidates import candidates_of
from api.search.emptiness import EmptinessReader
from api.search.hit_pages import write_page
from api.search.models.query_model import QueryModel, UnusableModel
from api.search.models.reranker import Reranker
from api.search.modes import Modes
from api.search.ranking_settings import RankingSettings, ranking_in_use
from api.search.rankings import rank_candidates, rerank_best
from api.search.requests.paging import page_of
from api.search.requests.questions import QuestionReader, parameter_filters, query_warnings
from api.search.requests.selections import Selections
from api.search.requests.unfinished import with_unfinished_word
from api.search.similar import SimilarPassages
from api.settings import ServerSettings
from api.suggest.occurrences import Occurrences
from api.suggest.spelling import Speller
from api.suggest.suggestions import Suggester
from api.telemetry.stages import turn_of
from indexer.index.snapshot import Snapshot

__all__ = ["Searcher"]

# More threads than cores would only compete for Python's global lock.
SEARCHES_AT_ONCE = max(2, os.cpu_count() or 1)


class Searcher:
    """Answers searches from one generation. It is immutable, so threads may share it.

    Its parts answer everything else: `documents`, `lister`, `similar`, `quotations`, `suggester`
    and `speller`. `notices` are warnings that every answer includes.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        model: QueryModel | UnusableModel | None,
        settings: ServerSettings,
        reranker: Reranker | None = None,
        saved: RankingSettings | None = None,
        notices: Sequence[SearchWarning] = (),
    ) -> None:
        selections = Selections(snapshot)
        occurrences = Occurrences(snapshot)
        self.snapshot = snapshot
        self.reranker = reranker
        self.notices = tuple(notices)
        self.ranking = ranking_in_use(settings, saved, model=snapshot.manifest.config.model)
        self.modes = Modes(snapshot, model)
        self.documents = DocumentReader(snapshot)
        self.lister = DocumentLister(snapshot)
        self.similar = SimilarPassages(snapshot, self.documents, settings.depth, self.notices)
        self.quotations = QuotationChecker(snapshot)
        self.suggester = Suggester(snapshot, occurrences, selections.find)
        self.speller = Speller(snapshot, occurrences)
        self._selections = selections
        self._emptiness = EmptinessReader(snapshot, selections.find)
        self._questions = QuestionReader(snapshot, model, selections, self.ranking, settings.depth)
        self._turns = BoundedSemaphore(SEARCHES_AT_ONCE)
        self._altered = partial(Searcher, snapshot, settings=settings, reranker=reranker)
        self._model = model
        self._saved = saved

    def with_model(self, model: QueryModel | UnusableModel | None) -> "Searcher":
        """Return a searcher of the same generation that embeds queries with another model."""
        return self._altered(model=model, saved=self._saved, notices=self.notices)

    def with_settings(self, saved: RankingSettings | None) -> "Searcher":
        """Return a searcher of the same generation with other saved settings."""
        return self._altered(model=self._model, saved=saved, notices=self.notices)

    def with_notices(self, notices: Sequence[SearchWarning]) -> "Searcher":
        """Return a searcher that gives the same answers with these warnings in each of them."""
        return self._altered(model=self._model, saved=self._saved, notices=notices)

    def search(self, request: SearchRequest, *, typing: bool = False) -> SearchResponse:
        """Return the answer to a search. With `typing`, its last word may still be incomplete.

        Raises InvalidQuery, SemanticUnavailable, ModelLoading, ModelUnusable or GenerationGone.
        """
        started = time.perf_counter()
        snapshot, manifest = self.snapshot, self.snapshot.manifest
        query = parse_query(request.q)
        page = page_of(request, manifest.generation)
        if typing and request.mode is not Mode.SEMANTIC:
            unfinished = with_unfinished_word(query, snapshot)
            if unfinished is not None:
                # The meaning of half a word would be a matter of chance.
                query, request = unfinished, request.model_copy(update={"mode": Mode.LEXICAL})
        # Outside the turn, so that waiting queries can be embedded together.
        read = self._questions.read(request, query)
        # Without `+` and `-`: a misspelt word that must occur would leave no document.
        kept = self._selections.find(parameter_filters(request), query.filters)
        misspelt = self.speller.check(request.q, kept, typing=typing)
        with turn_of(self._turns):
            question = read.question
            found = candidates_of(snapshot, question)
            ranking = rank_candidates(snapshot, request, question, found.candidates)
            if ranking.unseen and len(ranking.folded) < page.offset + page.limit:
                question = replace(question, depth=MAX_REACH)
                found = candidates_of(snapshot, question)
                ranking = rank_candidates(snapshot, request, question, found.candidates)
            ranking = rerank_best(self.reranker, snapshot, query, ranking)
            shown = write_page(snapshot, request, read.question, page, ranking)
            reasons = (
                self._emptiness.explain(request, read.question) if not shown.total.value else ()
            )
        return SearchResponse(
            query=request.q,
            mode=read.question.mode,
            generation=manifest.generation,
            took_ms=round((time.perf_counter() - started) * 1000, 3),
            answers=ranking.answers,
            total=shown.total,
            next_cursor=shown.next_cursor,
            facets=shown.facets,
            coverage=Coverage(passages=manifest.passages, with_vectors=manifest.with_vectors),
            warnings=[
                *(*self.notices, *query_warnings(query), *misspelt, *read.warnings),
                *(*found.warnings, *ranking.warnings, *shown.warnings, *reasons),
            ],
            hits=shown.hits,
            nearest=shown.nearest,
            groups=shown.groups,
        )
