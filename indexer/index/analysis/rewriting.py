"""A rewritten text, and where in the original each of its code points was."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from indexer.spans import Span

__all__ = ["Rewriting", "Traced"]


class Traced(NamedTuple):
    """A text, and the original span of each of its code points as two lists; None if unchanged."""

    text: str
    starts: list[int] | None = None
    ends: list[int] | None = None

    def span(self, start: int, end: int) -> Span:
        """Return the span of the original that a part of the text, not empty, was written as."""
        if self.starts is None or self.ends is None:
            return Span(start, end)
        return Span(self.starts[start], self.ends[end - 1])


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
        starts: list[int] = []
        ends: list[int] = []
        done = 0

        def keep(end: int) -> None:
            parts.append(text[done:end])
            starts.extend(before.starts[done:end] if before.starts else range(done, end))
            ends.extend(before.ends[done:end] if before.ends else range(done + 1, end + 1))

        for match in self.matches(text):
            new = self.replacement(match)
            if new == match[0]:
                continue
            keep(match.start())
            if new:
                whole = before.span(*match.span())
                parts.append(new)
                starts.extend([whole.start] * len(new))
                ends.extend([whole.end] * len(new))
            done = match.end()
        if not done:
            return before
        keep(len(text))
        return Traced("".join(parts), starts, ends)
