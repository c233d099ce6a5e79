"""A rewritten text, and where in the original each of its code points was."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import NamedTuple

from indexer.spans import Span

__all__ = ["Rewriting", "Traced"]


class _Step(NamedTuple):
    """What one rewriting made of a text, piece by piece.

    A piece begins at `starts` in the rewritten text and at `origins` in the text before. `lengths`
    are those of the matches that it comes from, and 0 for a piece that was kept.
    """

    starts: list[int]
    origins: list[int]
    lengths: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return what a part of the rewritten text was written as; all of each match it touches."""
        first, last = bisect_right(self.starts, start) - 1, bisect_right(self.starts, end - 1) - 1
        into = 0 if self.lengths[first] else start - self.starts[first]
        taken = self.lengths[last] or end - self.starts[last]
        return self.origins[first] + into, self.origins[last] + taken


class Traced(NamedTuple):
    """A text, and the rewritings that made it, the last one first."""

    text: str
    steps: tuple[_Step, ...] = ()

    def span(self, start: int, end: int) -> Span:
        """Return the span of the original that a part of the text, not empty, was written as."""
        for step in self.steps:
            start, end = step.span(start, end)
        return Span(start, end)


class Rewriting(NamedTuple):
    """A replacement for every match of a pattern, which `matches` yields in their order."""

    matches: Callable[[str], Iterator[re.Match[str]]]
    replacement: Callable[[re.Match[str]], str]

    def text(self, text: str) -> str:
        """Return the rewritten text."""
        parts: list[str] = []
        done = 0
        for match in self.matches(text):
            parts += (text[done : match.start()], self.replacement(match))
            done = match.end()
        return "".join([*parts, text[done:]]) if done else text

    def traced(self, before: Traced) -> Traced:
        """Return the rewritten text with its origin. Each replacement comes from a whole match."""
        text = before.text
        parts: list[str] = []
        step = _Step([], [], [])
        length = done = 0

        def add(part: str, origin: int, written: int) -> None:
            nonlocal length
            if part:
                parts.append(part)
                step.starts.append(length)
                step.origins.append(origin)
                step.lengths.append(written)
                length += len(part)

        for match in self.matches(text):
            new = self.replacement(match)
            if new == match[0]:
                continue
            start, end = match.span()
            add(text[done:start], done, 0)
            add(new, start, end - start)
            done = end
        if not done:
            return before
        add(text[done:], done, 0)
        return Traced("".join(parts), (step, *before.steps))
