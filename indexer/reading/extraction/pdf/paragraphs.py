"""Where a paragraph ends, from the distances between the lines of a page."""

import re
from collections.abc import Sequence
from itertools import pairwise

from indexer.reading.extraction.pdf.words import Line

__all__ = ["breaks_before"]

SENTENCE_ENDS = (".", "!", "?", ":", "…", '"', "”", "’", ")", "。", "！", "？")
# A word that is divided at the end of its line.
DIVIDED = re.compile(r"[^\W\d_]-\Z")
# Distances between lines, in sizes of their letters: of lines that may follow each other, and of
# those of a page with too few lines to tell.
CLOSEST = 0.7
FARTHEST = 2.6
USUAL = 1.25
FEWEST = 4
# A gap is larger than the usual distance by this factor.
GAP = 1.3
# Letters of another size begin another paragraph.
OTHER_SIZE = 1.12


def breaks_before(lines: Sequence[Line]) -> list[int]:
    """Return for each line whether it begins a paragraph (2) or goes on with one (1)."""
    distances = [_distance(above, below) for above, below in pairwise(lines)]
    usual = _usual([each for each in distances if each is not None])
    between = [
        2 if _is_gap(above, below, distance, usual) else 1
        for (above, below), distance in zip(pairwise(lines), distances, strict=True)
    ]
    return [2, *between] if lines else []


def _distance(above: Line, below: Line) -> float | None:
    """Return how far the lines are apart, in sizes of their letters, if one can tell."""
    size = max(above.size, below.size)
    if abs(above.angle - below.angle) > 0.02 or size <= 0:
        return None
    return (below.down - above.down) / size


def _usual(distances: list[float]) -> float:
    """Return the distance of lines inside a paragraph: one in four is not larger."""
    likely = sorted(each for each in distances if CLOSEST < each < FARTHEST)
    return likely[len(likely) // 4] if len(likely) >= FEWEST else USUAL


def _is_gap(above: Line, below: Line, distance: float | None, usual: float) -> bool:
    last = above.words[-1].text
    if DIVIDED.search(last):
        return False
    if distance is None:
        return True
    if distance < -CLOSEST:
        # The next column: a paragraph may go on there.
        return last.endswith(SENTENCE_ENDS)
    if distance > usual * GAP:
        return True
    sizes = sorted((above.size, below.size))
    return distance > CLOSEST and sizes[1] > sizes[0] * OTHER_SIZE
