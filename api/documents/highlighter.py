"""Query and passage -> highlight spans and the best span. Pure: no engine, no I/O."""

from bisect import bisect_left
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Protocol

from indexer.spans import Span

__all__ = ["BestWindow", "FoundTerm", "HighlightTerms", "TermAnalyzer", "best_window", "highlight"]


class FoundTerm(Protocol):
    """An occurrence of a term in a text."""

    @property
    def text(self) -> str: ...
    @property
    def span(self) -> Span: ...


class TermAnalyzer(Protocol):
    """The text analysis that the index was built with."""

    def stems(self, text: str, among: Container[str] | None = None) -> Sequence[FoundTerm]: ...
    def words(self, text: str) -> Sequence[FoundTerm]: ...
    def identifiers(self, text: str) -> Sequence[FoundTerm]: ...


class HighlightTerms(Protocol):
    """The terms of a query by kind; `phrases` are runs of words."""

    @property
    def stems(self) -> frozenset[str]: ...
    @property
    def words(self) -> frozenset[str]: ...
    @property
    def identifiers(self) -> frozenset[str]: ...
    @property
    def phrases(self) -> tuple[tuple[str, ...], ...]: ...


@dataclass(frozen=True, slots=True)
class BestWindow:
    """The window that answers best, and how well, on the scale of fused scores."""

    span: Span
    score: float


def highlight(
    text: str,
    terms: HighlightTerms,
    analyzer: TermAnalyzer,
    stems: Sequence[FoundTerm] | None = None,
) -> list[Span]:
    """Return the spans of the text where the terms occur, sorted and disjoint.

    `stems` are the occurrences of the query's stems, if they are already known.
    """
    found: list[Span] = []
    if terms.stems:
        stems = analyzer.stems(text, terms.stems) if stems is None else stems
        found += [term.span for term in stems]
    if terms.identifiers:
        found += [
            term.span for term in analyzer.identifiers(text) if term.text in terms.identifiers
        ]
    if terms.words or terms.phrases:
        words = analyzer.words(text)
        found += [term.span for term in words if term.text in terms.words]
        for phrase in terms.phrases:
            found += _occurrences(words, phrase)
    return _disjoint(found)


def best_window(
    windows: Sequence[Span],
    weights: Mapping[str, float],
    stems: Sequence[FoundTerm],
    cosines: Sequence[float] | None,
    semantic_weight: float,
) -> BestWindow | None:
    """Return the window that answers best by both retrievers; the earlier of equals wins.

    `weights` maps each stem of the query to its rarity. A window's lexical score is the share of
    the total weight that occurs in it. `stems` are the occurrences of the stems in order. They and
    `windows` count from the start of the passage. Without windows, return None.
    """
    share = _weight_shares(windows, weights, stems)
    lexical_weight = 1 - semantic_weight if cosines is not None else 1.0
    best = None
    for number, window in enumerate(windows):
        cosine = max(0.0, cosines[number]) if cosines is not None else 0.0
        score = lexical_weight * share[number] + (1 - lexical_weight) * cosine
        if best is None or score > best.score:
            best = BestWindow(window, score)
    return best


def _weight_shares(
    windows: Sequence[Span], weights: Mapping[str, float], stems: Sequence[FoundTerm]
) -> list[float]:
    total = fsum(weights.values())
    if not total:
        return [0.0] * len(windows)
    starts = [term.span.start for term in stems]
    shares = []
    for window in windows:
        begun = stems[bisect_left(starts, window.start) : bisect_left(starts, window.end)]
        inside = {term.text for term in begun if window.contains(term.span)}
        shares.append(fsum(weights[stem] for stem in inside) / total)
    return shares


def _occurrences(words: Sequence[FoundTerm], phrase: tuple[str, ...]) -> Iterator[Span]:
    if not phrase:
        return
    for first in range(len(words) - len(phrase) + 1):
        run = words[first : first + len(phrase)]
        if all(term.text == word for term, word in zip(run, phrase, strict=True)):
            yield Span(run[0].span.start, run[-1].span.end)


def _disjoint(spans: Sequence[Span]) -> list[Span]:
    """Return the spans sorted, with overlapping ones joined.

    Bigrams of a run of Han overlap. Spans that only touch are neighbouring words and stay separate.
    """
    joined: list[tuple[int, int]] = []
    for start, end in sorted({(span.start, span.end) for span in spans}):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return [Span(start, end) for start, end in joined]
