"""Ranking -> ranking without copies: near copies and copies cut short are listed under one hit."""

from collections.abc import Mapping, Sequence, Set

import numpy as np
from numpy.typing import NDArray

from api.ranking.folding import FoldedCandidate, find_copies, led_by_original, with_cut_copies
from api.ranking.folding import fold as fold_places
from api.ranking.fusion import FusedCandidate
from api.ranking.originality import Originality, originality
from indexer.index.catalog import CatalogEntry
from indexer.index.near_duplicates import pairs_alike
from indexer.index.snapshot import Snapshot

__all__ = ["fold", "fold_under_best"]

# Copies cut short are looked for among this many of the best passages, and at most this many pairs
# of documents are compared.
LOOKED_AT = 50
COMPARED = 4
# The overlap of a passage with a copy that has a tenth of its words.
LEAST_OVERLAP = 0.08
# A longer document is not a teaser, nor is one that is nearly as long as the full text.
LONGEST_CUT_PASSAGES = 5
SHORTER = 1.1


def fold(
    snapshot: Snapshot,
    ranking: Sequence[FusedCandidate],
    *,
    copies: bool,
    named: Set[int] = frozenset(),
) -> list[FoldedCandidate]:
    """Return the ranking, with `copies` listed under one of them or else each on its own.

    A full text leads copies that were cut short. Of equally good copies, the rows that were asked
    for by name lead, then plain files, those whose names are not those of copies, the newest.
    """
    if not copies:
        return list(map(FoldedCandidate, ranking))
    rows = np.array([each.row for each in ranking], np.int64)
    signatures = snapshot.signatures(rows)
    cut = _cut_copies(snapshot, rows[:LOOKED_AT].tolist(), signatures[:LOOKED_AT])
    if cut:
        ranking = [each for each in ranking if each.row not in cut]
        whole = ~np.isin(rows, list(cut))
        rows, signatures = rows[whole], signatures[whole]
    found = find_copies(signatures)
    if found:

        def original(place: int) -> Originality:
            row = int(rows[place])
            (entry,) = snapshot.catalog.entries_of([row])
            return originality(entry.path, entry.modified_us, is_named=row in named)

        found = led_by_original(ranking, found, signatures, original)
    folded = fold_places(ranking, found)
    return with_cut_copies(folded, cut) if cut else folded


def fold_under_best(
    snapshot: Snapshot, ranking: Sequence[FusedCandidate], *, copies: bool
) -> list[FoldedCandidate]:
    """Return the ranking, with near `copies` listed under the best of them."""
    if not copies:
        return list(map(FoldedCandidate, ranking))
    signatures = snapshot.signatures([each.row for each in ranking])
    return fold_places(ranking, find_copies(signatures))


def _cut_copies(
    snapshot: Snapshot, rows: Sequence[int], signatures: NDArray[np.uint8]
) -> dict[int, tuple[int, float]]:
    """Return the rows whose document was cut short, each with the row of the full text."""
    entries = snapshot.catalog.entries_of(rows)
    pairs = pairs_alike(signatures, least=LEAST_OVERLAP, among=_may_be_cut(entries))
    compared: set[tuple[int, int]] = set()
    full_of: dict[int, tuple[int, float]] = {}
    for place, other, overlap in sorted(pairs, key=lambda pair: -pair[2]):
        cut, full = entries[place], entries[other]
        if cut.length > full.length:
            place, other, cut, full = other, place, full, cut
        if rows[place] in full_of:
            continue
        pair = cut.document, full.document
        if pair not in compared and len(compared) == COMPARED:
            continue
        compared.add(pair)
        if snapshot.is_cut_copy(cut, full):
            full_of[rows[place]] = rows[other], overlap
    return {row: (_end(full_of, row), overlap) for row, (_, overlap) in full_of.items()}


def _may_be_cut(entries: Sequence[CatalogEntry]) -> NDArray[np.bool_]:
    """Return for each pair of documents whether one may be the other, cut short."""
    lengths = np.array([entry.length for entry in entries])
    short = np.array([entry.passages <= LONGEST_CUT_PASSAGES for entry in entries], np.bool_)
    cut = short[:, None] & (lengths[:, None] * SHORTER <= lengths)
    either: NDArray[np.bool_] = cut | cut.T
    return either


def _end(full_of: Mapping[int, tuple[int, float]], row: int) -> int:
    """Return the row of the full text, if the text of a cut copy was itself cut short."""
    while row in full_of:
        row = full_of[row][0]
    return row
