"""Query -> candidates: what each retriever finds, scored by both.

Both retrievers score every passage that either of them found. A fused score therefore never
mistakes "not near the top" for "no match". A score also depends on the query's largest BM25 and on
the passages that feedback uses. Filters change neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from api.contract.limits import MAX_REACH
from api.contract.search import Mode, Scope, SearchWarning
from api.query.query import Query
from api.ranking.feedback import POOL, feedback_scores, query_feedback
from api.ranking.fusion import FusionMethod, ScoredCandidates
from api.ranking.normalization import Scores, clipped, share_of_largest
from api.telemetry.stages import stage
from indexer.documents import ScoredRows
from indexer.embedding.embeddings import Vectors
from indexer.index.catalog import Selection
from indexer.index.clauses import Clause, Occur
from indexer.index.snapshot import Rows, Snapshot, Vector

__all__ = ["Candidates", "FoundCandidates", "Question", "candidates_of", "find_candidates"]

# A best match below this share of the ideal BM25 is probably a match by chance. It does not count
# fully: scores are then divided by this share of the ideal instead of by the best match.
LEAST_COVERAGE = 0.3


@dataclass(frozen=True, slots=True)
class Question:
    """What the retrievers are asked. `selection` is the set of documents that may answer.

    In the scope of documents it takes what the query requires and excludes into account.
    `required` is then the set of documents that have all that is required.
    Copies are folded among the first `folds` hits. `named` are the rows of each file whose name is
    the query.
    """

    query: Query
    mode: Mode
    fusion: FusionMethod
    semantic_weight: float
    vector: Vector | None
    selection: Selection | None
    depth: int
    folds: int = MAX_REACH
    scope: Scope = Scope.PASSAGE
    required: Selection | None = None
    named: tuple[range, ...] = ()

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """What passages are ranked by, and what each of them must and must not have."""
        if self.scope is Scope.PASSAGE:
            return self.query.clauses
        return tuple(replace(clause, occur=Occur.SHOULD) for clause in self.query.scored)

    @property
    def asks_lexical(self) -> bool:
        return self.mode is not Mode.SEMANTIC and (self.vector is None or self.semantic_weight < 1)

    @property
    def asks_semantic(self) -> bool:
        return self.vector is not None and self.semantic_weight > 0

    @property
    def uses_feedback(self) -> bool:
        return self.fusion is FusionMethod.WEIGHTED and self.asks_lexical and self.asks_semantic


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidates(ScoredCandidates):
    """What the retrievers found. `orders` ascend with (path, start).

    `complete` says whether every passage that may answer is among the candidates, and `has_matches`
    whether every passage that matches by words is. All others are farther from the query than one
    with the semantic score `farthest`. If words alone are asked, `unseen` is how many more passages
    match within the reach of paging.
    `best` marks the passages at the top of either retriever, which feedback looks at.
    `vectors` are the passages' vectors, if scoring needed them.
    `ideal_bm25` is the score of a text of the query alone, as if its words were far apart.
    """

    complete: bool
    best: NDArray[np.bool_]
    unseen: int = 0
    has_matches: bool = True
    farthest: float = 0.0
    vectors: Vectors | None = None
    ideal_bm25: float = 0.0

    def largest_bm25(self) -> float:
        if self.lexical is None:
            return 0.0
        return float(np.nan_to_num(self.lexical, nan=0.0).max(initial=0.0))


@dataclass(frozen=True, slots=True)
class FoundCandidates:
    """The candidates of a question, and a warning if the question has nothing to search for."""

    candidates: Candidates
    warnings: tuple[SearchWarning, ...] = ()


NO_CANDIDATES = Candidates(
    rows=np.empty(0, np.int64),
    orders=np.empty(0, np.int64),
    lexical=np.empty(0),
    semantic=None,
    complete=True,
    best=np.empty(0, np.bool_),
)


def candidates_of(snapshot: Snapshot, question: Question) -> FoundCandidates:
    """Return the candidates of a question, which may have words or only filters."""
    text = question.query.embedding_text
    if not text:
        return FoundCandidates(_list_passages(snapshot, question))
    if not snapshot.analyzer.words(text) and not snapshot.analyzer.identifiers(text):
        message = "The query contains no word to search for."
        warning = SearchWarning(code="no_words", message=message, parameter="q")
        return FoundCandidates(NO_CANDIDATES, (warning,))
    return FoundCandidates(find_candidates(snapshot, question))


def find_candidates(snapshot: Snapshot, question: Question) -> Candidates:
    """Return the best passages of each retriever, at most `question.depth` from each."""
    clauses = question.clauses
    candidates = _retrieve(snapshot, question, clauses, question.selection, question.depth)
    if not question.asks_lexical:
        return candidates
    scored = [clause for clause in clauses if clause.occur is not Occur.MUST_NOT]
    unfiltered = candidates
    if question.selection is not question.required or len(scored) < len(clauses):
        unfiltered = _retrieve(snapshot, question, scored, question.required, POOL)
    ideal = snapshot.ideal_bm25(clauses)
    # The scale does not matter when only one retriever ranks.
    least = LEAST_COVERAGE * ideal if question.uses_feedback else 0.0
    scale = max(unfiltered.largest_bm25(), least)
    feedback = None
    if question.uses_feedback:
        feedback = _feedback(snapshot, question, unfiltered, scale, candidates)
    return replace(candidates, lexical_scale=scale, ideal_bm25=ideal, feedback=feedback)


def _list_passages(snapshot: Snapshot, question: Question) -> Candidates:
    """Return the passages that a query of only filters and exclusions keeps, by (path, start)."""
    allowed = _allowed_rows(snapshot, question.clauses, question.selection)
    rows = snapshot.rows if allowed is None else allowed
    orders = snapshot.catalog.orders(rows)
    first = np.argsort(orders)[:MAX_REACH]
    return Candidates(
        rows=rows[first],
        orders=orders[first],
        lexical=np.zeros(len(first)),
        semantic=None,
        complete=len(rows) <= MAX_REACH,
        best=np.zeros(len(first), np.bool_),
    )


def _retrieve(
    snapshot: Snapshot,
    question: Question,
    clauses: Sequence[Clause],
    selection: Selection | None,
    depth: int,
) -> Candidates:
    lexical: Scores | None = None
    semantic: Scores | None = None
    vectors: Vectors | None = None
    rows = best = np.empty(0, np.int64)
    complete = has_matches = True
    unseen = 0
    farthest = 0.0
    named = np.array([rows[0] for rows in question.named], np.int64)
    if question.asks_lexical:
        documents = selection.documents if selection is not None else None
        with stage("lexical"):
            found, matching = snapshot.search_words(clauses, depth, documents=documents)
            if matching > depth and question.scope is Scope.DOCUMENT:
                found = _with_fullest(snapshot, question, found, documents)
        rows, lexical = found.rows, found.scores
        best = snapshot.best(found, POOL).rows
        complete = has_matches = matching <= depth
        if not question.asks_semantic:
            others = np.setdiff1d(named, rows)
            rows = np.concatenate([rows, others])
            lexical = np.concatenate([lexical, snapshot.word_scores(clauses, others)])
            complete = matching <= MAX_REACH
            unseen = max(0, min(matching, MAX_REACH) - len(rows))
    if question.asks_semantic and question.vector is not None:
        allowed = _allowed_rows(snapshot, clauses, selection)
        with stage("semantic"):
            nearest = snapshot.search_vectors(question.vector, depth, rows=allowed)
        best = np.concatenate([best, snapshot.best(nearest, POOL).rows])
        wanted = np.concatenate([nearest.rows, np.setdiff1d(named, nearest.rows)])
        missing = wanted[~np.isin(wanted, rows, assume_unique=True)]
        rows = np.concatenate([rows, missing])
        with stage("rescoring"):
            vectors = snapshot.passage_vectors(rows)
            semantic = snapshot.vector_scores(question.vector, rows, vectors)
            near = np.isin(rows, nearest.rows)
            farthest = float(np.nan_to_num(semantic[near]).min(initial=1.0))
        complete = (len(snapshot.rows) if allowed is None else len(allowed)) <= depth
        if lexical is not None:
            lexical = np.concatenate([lexical, snapshot.word_scores(clauses, missing)])
    return Candidates(
        rows=rows,
        orders=snapshot.catalog.orders(rows),
        lexical=lexical,
        semantic=semantic,
        complete=complete,
        best=np.isin(rows, best),
        unseen=unseen,
        has_matches=has_matches,
        farthest=farthest,
        vectors=vectors,
    )


def _with_fullest(
    snapshot: Snapshot, question: Question, found: ScoredRows, documents: Sequence[int] | None
) -> ScoredRows:
    """Return the passages, and the best of those that have all that the query requires."""
    if not question.query.required:
        return found
    fullest, _ = snapshot.search_words(question.query.scored, question.depth, documents=documents)
    new = ~np.isin(fullest.rows, found.rows)
    return ScoredRows(
        np.concatenate([found.rows, fullest.rows[new]]),
        np.concatenate([found.scores, fullest.scores[new]]),
    )


def _feedback(
    snapshot: Snapshot,
    question: Question,
    found: Candidates,
    scale: float,
    candidates: Candidates,
) -> Scores | None:
    """Return what each candidate's score gains by its similarity to the best passages found."""
    query, weight = question.vector, question.semantic_weight
    assert query is not None
    assert found.lexical is not None
    assert found.semantic is not None
    assert found.vectors is not None
    assert candidates.vectors is not None
    lexical = share_of_largest(found.lexical[found.best], known=scale)
    semantic = found.semantic[found.best]
    # A passage without a vector yet is ranked by its words alone and contributes no feedback.
    weights = np.where(np.isnan(semantic), 0.0, weight)
    scores = (1 - weights) * lexical + weights * clipped(semantic)
    ranked = np.lexsort((found.orders[found.best], -scores))[:POOL]
    best = found.rows[found.best][ranked]
    documents = snapshot.catalog.places_of(best).tolist()
    vectors = found.vectors[found.best][ranked]
    feedback = query_feedback(query, vectors, scores[ranked], documents)
    return feedback_scores(feedback, candidates.vectors) if feedback else None


def _allowed_rows(
    snapshot: Snapshot, clauses: Sequence[Clause], selection: Selection | None
) -> Rows | None:
    """Return the rows that pass the filters and the binding clauses, ascending; None for all."""
    allowed = selection.rows if selection is not None else None
    bound = snapshot.matching_rows(clauses)
    if bound is None:
        return allowed
    return bound if allowed is None else np.intersect1d(bound, allowed, assume_unique=True)
