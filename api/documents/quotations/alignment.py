"""Where words occur in a longer text with a few of them changed, and which words agree there.

However often words repeat, the time is bounded by the number of words times the number of changes.
"""

from collections.abc import Sequence

__all__ = ["agreeing_words", "end_distances", "window_at"]


def end_distances(wanted: Sequence[str], words: Sequence[str]) -> list[int]:
    """Return how well the wanted words end before each word, and after the last.

    The n-th entry is the least number of words that have to be replaced, added or removed to turn
    the wanted words into some that end with `words[n - 1]`.
    """
    return _distances(wanted, words, top=0)


def window_at(
    wanted: Sequence[str], words: Sequence[str], distances: Sequence[int], end: int
) -> tuple[int, int]:
    """Return the range of words that is most like the wanted ones and ends at about `end`.

    A replaced word at either end is part of it, although leaving it out would cost no more.
    """
    if words[end - 1] != wanted[-1] and distances[end : end + 2] == [distances[end]] * 2:
        end += 1
    # A range that is longer differs in more words.
    longest = len(wanted) + distances[end] + 1
    before = words[max(0, end - longest) : end][::-1]
    from_end = _distances(wanted[::-1], before, top=1)
    length = from_end.index(min(from_end))
    if length and before[length - 1] != wanted[0]:
        length += from_end[length : length + 2] == [from_end[length]] * 2
    return end - length, end


def agreeing_words(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places, in both, of words of a longest common subsequence.

    Myers' greedy algorithm, which is fast if few words differ: http://www.xmailserver.org/diff2.pdf
    """
    # The farthest place in `left` that each diagonal has reached, before each number of changes.
    reached = {1: 0}
    history: list[dict[int, int]] = []
    for changes in range(len(left) + len(right) + 1):
        history.append(reached.copy())
        for diagonal in range(-changes, changes + 1, 2):
            _, place = _step(reached, diagonal, changes)
            while _agree(left, right, place, place - diagonal):
                place += 1
            reached[diagonal] = place
            if place >= len(left) and place - diagonal >= len(right):
                return _common(history, diagonal, place)
    raise AssertionError("every sequence can be turned into every other")


def _step(reached: dict[int, int], diagonal: int, changes: int) -> tuple[int, int]:
    """Return the diagonal from which another change leads farthest, and the place it leads to."""
    from_above = diagonal == -changes or (
        diagonal != changes and reached[diagonal - 1] < reached[diagonal + 1]
    )
    if from_above:
        return diagonal + 1, reached[diagonal + 1]
    return diagonal - 1, reached[diagonal - 1] + 1


def _agree(left: Sequence[str], right: Sequence[str], i: int, j: int) -> bool:
    return i < len(left) and j < len(right) and left[i] == right[j]


def _common(history: Sequence[dict[int, int]], diagonal: int, place: int) -> list[tuple[int, int]]:
    """Return the agreeing places on the way to the end, found by going back."""
    found: list[tuple[int, int]] = []
    for changes in range(len(history) - 1, -1, -1):
        before = history[changes]
        previous, begin = _step(before, diagonal, changes)
        found += [(each, each - diagonal) for each in range(place - 1, begin - 1, -1)]
        diagonal, place = previous, before[previous]
    return found[::-1]


def _distances(wanted: Sequence[str], words: Sequence[str], *, top: int) -> list[int]:
    """Return the last row of the table of edit distances, with `top` the step of its first row.

    A column of the table is two numbers, whose bits say where the distance rises and falls.
    https://dl.acm.org/doi/10.1145/316542.316550
    """
    places: dict[str, int] = {}
    for place, word in enumerate(wanted):
        places[word] = places.get(word, 0) | 1 << place
    every, last = (1 << len(wanted)) - 1, 1 << (len(wanted) - 1)
    rises, falls, distance = every, 0, len(wanted)
    found = [distance]
    for word in words:
        equal = places.get(word, 0)
        diagonal = (((equal & rises) + rises) ^ rises) | equal | falls
        right_rises = falls | (every & ~(diagonal | rises))
        right_falls = rises & diagonal
        distance += bool(right_rises & last) - bool(right_falls & last)
        right_rises = right_rises << 1 | top
        right_falls <<= 1
        rises = every & (right_falls | ~(diagonal | right_rises))
        falls = right_rises & diagonal & every
        found.append(distance)
    return found
