"""Checks quotations: against the current content of one file, or of all indexed files."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from threading import BoundedSemaphore

from api.contract.documents import State
from api.contract.errors import InvalidQuery
from api.contract.quotations import Proof, Verdict, Verification, VerifyRequest
from api.documents.paths import document_at
from api.documents.presentation import document_metadata
from api.documents.quotations.candidates import (
    Candidates,
    similar_candidates,
    verbatim_candidates,
)
from api.documents.quotations.comparing import compare
from api.documents.quotations.current_files import (
    CurrentFile,
    Reading,
    extractor_changed,
    read_anew,
    read_current,
)
from api.documents.quotations.places import FoundPlace, quoted_places
from api.documents.quotations.similarity import Quotation, SimilarPlace
from api.documents.quotations.stretches import Stretch
from api.documents.quotations.verbatim import occurrences
from api.documents.sources.proofs import proof_of
from api.telemetry.stages import require_time, stage, turn_of
from indexer.documents import SkippedFile
from indexer.index.records import StoredDocument
from indexer.index.snapshot import Snapshot
from indexer.spans import Span

__all__ = ["MOST_PLACES", "QuotationChecker"]

# A file is read whole, and its text takes up to four times its size in memory.
CHECKS_AT_ONCE = 2
# Places in one answer, and files that are read again for it because they have changed.
MOST_PLACES = 20
MOST_FILES = 20
# The best verdict first.
VERDICTS = [Verdict.EXACT, Verdict.MOVED, Verdict.SIMILAR, Verdict.CHANGED, Verdict.GONE]
FOUND = frozenset({Verdict.EXACT, Verdict.MOVED, Verdict.SIMILAR})

Finder = Callable[[str], Iterable[SimilarPlace]]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How a quotation compares with one file, and the places, the best first."""

    verdict: Verdict
    sha256: str | None
    places: Sequence[FoundPlace]
    reason: str | None = None
    proof: Proof | None = None
    extractor_changed: bool = False


class QuotationChecker:
    """Checks quotations of the documents of one generation. Safe to share between threads."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._turns = BoundedSemaphore(CHECKS_AT_ONCE)

    def check(self, request: VerifyRequest) -> Verification:
        """Return how the quotation compares with its file, or with all documents.

        Raises DocumentNotFound if the path is not in the index, even if such a file exists, and
        InvalidQuery if the text has no word by which documents could be found.
        """
        quotation = Quotation(request.text)
        path = request.path
        stored = document_at(self._snapshot, path) if path is not None else None
        start = request.span.start if request.span is not None else None
        with turn_of(self._turns), stage("verification"):
            if stored is None:
                return self._check_everywhere(quotation)
            outcome = self._check_file(quotation, stored, start)
            return self._verification([outcome], complete=True)

    def _check_file(
        self, quotation: Quotation, stored: StoredDocument, start: int | None
    ) -> _Outcome:
        """Return how the quotation compares with the current content of the document's file."""
        file = read_current(self._snapshot, stored)
        if isinstance(file, SkippedFile):
            return _gone(file)
        outcome = _compared(file, quotation, stored, start)
        if outcome.verdict in FOUND and outcome.proof is None:
            # The map of the index does not lead to the text; so its reader must show it.
            anew = read_anew(self._snapshot, stored, file.content)
            if isinstance(anew, SkippedFile):
                return _gone(anew)
            outcome = _compared(anew, quotation, stored, start)
        return replace(outcome, extractor_changed=extractor_changed(stored))

    def _check_everywhere(self, quotation: Quotation) -> Verification:
        if not self._snapshot.analyzer.word_texts(quotation.text):
            raise InvalidQuery(
                "the text has no word by which documents could be found; send the path of the file",
                parameter="text",
            )

        def verbatim(text: str) -> Iterator[SimilarPlace]:
            return (SimilarPlace(span, []) for span in occurrences(text, quotation.text))

        def similar(text: str) -> list[SimilarPlace]:
            return quotation.similar_places(text, MOST_PLACES + 1)

        candidates = verbatim_candidates(self._snapshot, quotation)
        found = _found(candidates, verbatim)
        outcomes = list(self._outcomes(quotation, found.values()))
        if not any(outcome.verdict in FOUND for outcome in outcomes):
            candidates = similar_candidates(self._snapshot, quotation)
            others = _found(candidates, similar, but_not_in=found)
            outcomes += self._outcomes(quotation, others.values())
        if not outcomes:
            reason = "no document has the text, or one similar to it"
            return Verification(verdict=Verdict.GONE, span=None, sha256=None, reason=reason)
        return self._verification(outcomes, complete=candidates.complete)

    def _outcomes(
        self, quotation: Quotation, found: Iterable[Sequence[FoundPlace]]
    ) -> Iterator[_Outcome]:
        """Yield how the quotation compares with the current file of each document.

        A file that has changed since it was indexed is read again.
        """
        files = 0
        for places in found:
            stored = places[0].stored
            state = document_metadata(stored, self._snapshot.folder).state
            if state is State.CURRENT:
                verbatim = [each for each in places if not each.place.differences]
                verdict = Verdict.EXACT if verbatim else Verdict.SIMILAR
                yield _Outcome(verdict, stored.sha256, verbatim or places)
            elif files < MOST_FILES:
                files += 1
                require_time()
                outcome = self._check_file(quotation, stored, None)
                yield outcome if outcome.places else replace(outcome, places=places)

    def _verification(self, outcomes: Sequence[_Outcome], *, complete: bool) -> Verification:
        """Return the best of the outcomes, with all places of that kind."""
        best = min(outcomes, key=_rank)
        alike = [outcome for outcome in outcomes if outcome.verdict is best.verdict]
        places = [place for outcome in alike for place in outcome.places]
        if len(alike) > 1:
            places.sort(key=_order)
        shown = quoted_places(places[:MOST_PLACES], self._snapshot.folder)
        is_found = best.verdict in FOUND
        sha256 = best.sha256 if len(alike) == 1 else None
        return Verification(
            verdict=best.verdict,
            span=shown[0].span if is_found else None,
            sha256=shown[0].sha256 if is_found else sha256,
            reason=best.reason,
            proof=best.proof if len(alike) == 1 else None,
            extractor_changed=any(outcome.extractor_changed for outcome in alike),
            places=shown,
            more_places=len(places) > MOST_PLACES or not complete,
        )


def _compared(
    file: CurrentFile, quotation: Quotation, stored: StoredDocument, start: int | None
) -> _Outcome:
    """Return how the quotation compares with a file in the best of its readings."""
    outcomes = []
    for reading in file.readings:
        standing = compare(reading.text, quotation, start, MOST_PLACES + 1)
        stretch = Stretch.whole(reading.text, reading.encoding)
        places = [FoundPlace(stored, file.sha256, stretch, each) for each in standing.places]
        proof = _proof(file, reading, standing.places)
        outcomes.append(_Outcome(standing.verdict, file.sha256, places, proof=proof))
        if standing.verdict is Verdict.EXACT:
            break
    return min(outcomes, key=_rank)


def _proof(file: CurrentFile, reading: Reading, places: Sequence[SimilarPlace]) -> Proof | None:
    """Return how the first place follows from the bytes of the file, if there is one."""
    if not places:
        return None
    if reading.map is None:
        return Proof.BYTES
    found = proof_of(reading.map, reading.text, places[0].span, file.content)
    # What has been read anew is what the extractor says, at least.
    return found if file.as_indexed else found or Proof.EXTRACTOR


def _gone(file: SkippedFile) -> _Outcome:
    detail = f": {file.detail}" if file.detail else ""
    return _Outcome(Verdict.GONE, None, [], f"{file.reason}{detail}")


def _found(
    candidates: Candidates, find: Finder, *, but_not_in: Container[int] = ()
) -> dict[int, list[FoundPlace]]:
    """Return the places in each document that has any, as it was indexed, the best place first."""
    found: dict[int, dict[Span, FoundPlace]] = {}
    for stored, stretch in candidates.excerpts:
        if stored.document in but_not_in:
            continue
        require_time()
        for each in find(stretch.text):
            place = each.shifted(stretch.start)
            # Excerpts may overlap.
            of_document = found.setdefault(stored.document, {})
            of_document[place.span] = FoundPlace(stored, stored.sha256, stretch, place)
    return {document: sorted(places.values(), key=_order) for document, places in found.items()}


def _rank(outcome: _Outcome) -> int:
    return VERDICTS.index(outcome.verdict)


def _order(found: FoundPlace) -> tuple[object, ...]:
    """Return what sorts the most similar places first, then by path."""
    return (*found.place.unlikeness, found.stored.path, found.place.span)
