"""A line of the text, and how it looked on its page."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["Row", "half_points", "usual_size"]


class Row(NamedTuple):
    """A line of the document's text.

    `start` and `end` count code points of the text, `page` is an index. `size` is the size of its
    letters in points, and `height` is how far down the page it is as displayed: 0 is its upper
    edge, 1 the lower one.
    """

    start: int
    end: int
    page: int
    size: float
    height: float


def half_points(size: float) -> float:
    """Return a size to the half point, since programs scale letters a little."""
    return round(2 * size) / 2


def usual_size(rows: Iterable[Row]) -> float:
    """Return the size of most of the text, or 0 if there is none."""
    letters: Counter[float] = Counter()
    for row in rows:
        letters[half_points(row.size)] += row.end - row.start
    return max(letters, key=lambda size: (letters[size], -size), default=0)
