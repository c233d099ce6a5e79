"""Where a text has a quotation with only a few words changed, whatever its signs, blanks and case.

An ellipsis in a quotation divides it into parts, which may be apart in the text.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import NamedTuple

from api.documents.quotations.alignment import end_distances, window_at
from api.documents.quotations.differences import Part, TextDifference, compare_parts
from api.documents.quotations.tokens import TokenizedText, TokenKind
from indexer.spans import Span

__all__ = ["OMITTED_CHARS", "Quotation", "SimilarPlace"]

# One word in five may differ, and no more than this many.
WORDS_PER_CHANGE = 5
MOST_CHANGES = 20
# How much of a text an ellipsis may replace.
OMITTED_CHARS = 5_000
# Further ellipses are compared as signs.
MOST_OMISSIONS = 20
# A word that is divided or joined counts as several changes until the signs are compared.
DIVIDED_WORDS = 2
# By how many words a range directly behind another may be shorter.
MOST_SHORTER = 4
# How many places are compared for each that is wanted.
TRIES = 4


# Room for blanks and signs around a place.
MARGIN_CHARS = 200


class SimilarPlace(NamedTuple):
    """Where a text is similar to a quotation, and the differences in the order of the texts."""

    span: Span
    differences: list[TextDifference]

    @property
    def changes(self) -> int:
        """How many words differ."""
        return sum(difference.words for difference in self.differences)

    @property
    def unlikeness(self) -> tuple[int, int, int]:
        """How many words differ, in how many ways the texts do, and how long the place is."""
        return self.changes, len(self.differences), len(self.span)

    def shifted(self, offset: int) -> "SimilarPlace":
        """Return the same place in a text that begins so much earlier."""
        return SimilarPlace(
            self.span.shifted(offset),
            [each._replace(found=each.found.shifted(offset)) for each in self.differences],
        )


class Quotation:
    """A text to look for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._given = TokenizedText(text)
        self._parts = _parts_of(self._given)
        longest = max(map(len, self._parts), default=0)
        self._anchor = next((n for n, part in enumerate(self._parts) if len(part) == longest), 0)
        self._most_changes = min(len(self._given.words) // WORDS_PER_CHANGE, MOST_CHANGES)

    @property
    def words(self) -> list[str]:
        """Its words as they are written, in order."""
        tokens = self._given.tokens
        return [self.text[tokens[n].start : tokens[n].end] for n in self._given.words]

    @property
    def reach(self) -> int:
        """How far a place that is similar may extend from any of its words, in code points."""
        return len(self.text) * 5 // 4 + OMITTED_CHARS * len(self._parts[1:]) + MARGIN_CHARS

    def similar_places(self, text: str, most: int) -> list[SimilarPlace]:
        """Return the most similar places of the text, at most so many, the best first."""
        if not self._parts:
            return []
        found = TokenizedText(text)
        places = [
            SimilarPlace(*compare_parts(self._given, found, parts))
            for parts in islice(self._likely(found), TRIES * most)
        ]
        similar = [place for place in places if place.changes <= self._most_changes]
        return sorted(similar, key=lambda place: (*place.unlikeness, place.span))[:most]

    def _likely(self, found: TokenizedText) -> Iterator[list[Part]]:
        """Yield where all parts may be, the likeliest places of the longest part first."""
        anchor = self._parts[self._anchor]
        for window in _windows(self._keys(anchor), found.keys, self._allowed(anchor)):
            before = self._before(found, window.start)
            after = self._after(found, window.stop)
            if before is not None and after is not None:
                yield [*before, Part(anchor, window), *after]

    def _before(self, found: TokenizedText, end: int) -> list[Part] | None:
        """Return where the parts before the longest one end, near each other and `end`, if so."""
        parts: list[Part] = []
        for part in self._parts[: self._anchor][::-1]:
            nearest = found.tokens[found.words[end]].start - OMITTED_CHARS if end else 0
            first = bisect_left(found.words, nearest, key=lambda word: found.tokens[word].start)
            words = found.keys[first:end][::-1]
            window = _first_window(self._keys(part)[::-1], words, self._allowed(part))
            if window is None:
                return None
            parts.append(Part(part, range(end - window.stop, end - window.start)))
            end -= window.stop
        return parts[::-1]

    def _after(self, found: TokenizedText, start: int) -> list[Part] | None:
        """Return where the parts after the longest one are, near each other and `start`, if so."""
        parts: list[Part] = []
        for part in self._parts[self._anchor + 1 :]:
            farthest = found.tokens[found.words[start - 1]].end + OMITTED_CHARS
            last = bisect_left(found.words, farthest, key=lambda word: found.tokens[word].start)
            window = _first_window(self._keys(part), found.keys[start:last], self._allowed(part))
            if window is None:
                return None
            parts.append(Part(part, range(start + window.start, start + window.stop)))
            start += window.stop
        return parts

    def _keys(self, part: range) -> list[str]:
        return self._given.keys[part.start : part.stop]

    def _allowed(self, part: range) -> int:
        """Return how many words of a part may differ before signs are compared."""
        return min(2 * self._most_changes + DIVIDED_WORDS, len(part) // 2)


def _parts_of(text: TokenizedText) -> list[range]:
    """Return the words between ellipses, as numbers of words."""
    dots = [n for n, token in enumerate(text.tokens) if token.kind is TokenKind.ELLIPSIS]
    places = [bisect_left(text.words, n) for n in dots[:MOST_OMISSIONS]]
    borders = sorted({0, *places, len(text.words)})
    return [range(start, end) for start, end in pairwise(borders)]


def _windows(wanted: Sequence[str], words: Sequence[str], allowed: int) -> Iterator[range]:
    """Yield ranges of words that are like the wanted ones, the best first; none overlap."""
    distances = end_distances(wanted, words)
    # Ends nearer to each other are seldom those of ranges that share no word.
    apart = max(1, len(wanted) - min(allowed, MOST_SHORTER))
    near_enough = (end for end in range(1, len(distances)) if distances[end] <= allowed)
    # Of equally good ranges, a whole one rather than one that is cut short.
    ends = sorted(near_enough, key=lambda end: (distances[end], words[end - 1] != wanted[-1], end))
    # Words that an earlier range has, and the ends that any further range would share words with.
    used, near = bytearray(len(words)), bytearray(len(distances))
    for likely in ends:
        if near[likely]:
            continue
        start, end = window_at(wanted, words, distances, likely)
        if start < end and not any(used[start:end]):
            used[start:end] = bytes([1]) * (end - start)
            behind = min(end + apart, len(near))
            near[start + 1 : behind] = bytes([1]) * (behind - start - 1)
            yield range(start, end)


def _first_window(wanted: Sequence[str], words: Sequence[str], allowed: int) -> range | None:
    """Return the first of the ranges of words that are most like the wanted ones, if any is."""
    distances = end_distances(wanted, words)
    least = min(distances[1:], default=allowed + 1)
    if least > allowed:
        return None
    start, end = window_at(wanted, words, distances, distances.index(least, 1))
    return range(start, end) if start < end else None
