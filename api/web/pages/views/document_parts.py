"""The part of a long document that a page shows: whole lines at a place, or next to another part.

Offsets count code points of the document's text.
"""

from dataclasses import dataclass

from indexer.spans import Span

__all__ = ["PART_CHARS", "Window", "choose_window"]

# About forty printed pages: more than people read at once, and fast for browsers to lay out.
PART_CHARS = 60_000
# How much of a part may be dropped so that it begins and ends between lines, or between words.
SLACK_CHARS = PART_CHARS // 6


@dataclass(frozen=True, slots=True)
class Window:
    """At most `PART_CHARS` of a document; an end that is not fixed may move inwards."""

    start: int
    end: int
    start_fixed: bool
    end_fixed: bool

    def whole_lines(self, text: str) -> Span:
        """Return the window without broken lines at its ends; `text` is the window's text.

        If lines are so long that too much would be lost, only broken words are dropped.
        """
        start, end = self.start, self.end
        if not self.start_fixed:
            start += _first_break(text[:SLACK_CHARS])
        if not self.end_fixed:
            slack = text[-SLACK_CHARS:]
            end -= len(slack) - _last_break(slack)
        return Span(start, end)


def choose_window(
    length: int, *, place: int = 0, begin: int | None = None, end: int | None = None
) -> Window:
    """Return the window that begins at `begin`, or ends at `end`, or else contains `place`.

    A document that fits is shown whole. Positions beyond the end count as the end.
    """
    if length <= PART_CHARS:
        return Window(0, length, start_fixed=True, end_fixed=True)
    if begin is not None:
        start = min(begin, length - 1)
        return _clipped(start, start + PART_CHARS, length, start_fixed=True)
    if end is not None:
        stop = min(max(end, 1), length)
        return _clipped(stop - PART_CHARS, stop, length, end_fixed=True)
    start = max(0, min(place, length) - PART_CHARS // 3)
    return _clipped(start, start + PART_CHARS, length)


def _clipped(
    start: int, end: int, length: int, *, start_fixed: bool = False, end_fixed: bool = False
) -> Window:
    start, end = max(0, start), min(length, end)
    return Window(start, end, start_fixed or start == 0, end_fixed or end == length)


def _first_break(text: str) -> int:
    """Return where the first whole line of the text begins, else its first whole word, else 0."""
    return text.find("\n") + 1 or text.find(" ") + 1


def _last_break(text: str) -> int:
    """Return where the last whole line of the text ends, else its last whole word, else its end."""
    return text.rfind("\n") + 1 or text.rfind(" ") + 1 or len(text)
