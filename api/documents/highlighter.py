"""Query and passage -> what matches, the highlights and the best span. Pure: no engine, no I/O."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from math import fsum
from typing import NamedTuple, Protocol

from indexer.index.analysis.phrases import FoundTerm, occurrences
from indexer.spans import Span

__all__ = [
    "BestSpan",
    "Evidence",
    "HighlightTerms",
    "Kind",
    "Match",
    "Part",
    "TermAnalyzer",
    "best_span",
    "find_matches",
    "highlight",
]


class TermAnalyzer(Protocol):
    """The text analysis that the index was built with."""

    def stems(self, text: str, among: Set[str] | None = None) -> Sequence[FoundTerm]: ...
    def words(self, text: str) -> Sequence[FoundTerm]: ...
    def other_words(self, text: str) -> Sequence[FoundTerm]: ...
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


class Kind(StrEnum):
    """What a query can ask for."""

    STEM = "stem"
    WORD = "word"
    IDENTIFIER = "identifier"
    PHRASE = "phrase"

    # An enumeration hashes its names by a function of Python.
    __hash__ = str.__hash__


class Evidence(NamedTuple):
    """Something that a query asks for; `text` has blanks between the words of a phrase."""

    kind: Kind
    text: str


class Match(NamedTuple):
    """An occurrence of something that a query asks for."""

    span: Span
    of: Evidence


class Part(NamedTuple):
    """One to three sentences of a passage. The cosine is 0 if they are not embedded.

    Asides are front matter and repeated sentences.
    """

    span: Span
    cosine: float = 0.0
    aside: bool = False


@dataclass(frozen=True, slots=True)
class BestSpan:
    """The sentences that answer best, and how well, on the scale of fused scores."""

    span: Span
    score: float


def find_matches(text: str, terms: HighlightTerms, analyzer: TermAnalyzer) -> list[Match]:
    """Return where the text has what the query asks for."""
    found: list[Match] = []
    if terms.stems:
        stems = analyzer.stems(text, terms.stems)
        found += [Match(term.span, Evidence(Kind.STEM, term.text)) for term in stems]
    # A single character of a run without blanks is an identifier.
    characters = {phrase[0] for phrase in terms.phrases if len(phrase) == 1}
    if terms.identifiers or characters:
        for term in analyzer.identifiers(text):
            if term.text in terms.identifiers:
                found.append(Match(term.span, Evidence(Kind.IDENTIFIER, term.text)))
            if term.text in characters:
                found.append(Match(term.span, Evidence(Kind.PHRASE, term.text)))
    if terms.words or terms.phrases:
        words = analyzer.words(text)
        others = analyzer.other_words(text)
        found += [
            Match(term.span, Evidence(Kind.WORD, term.text))
            for term in (*words, *others)
            if term.text in terms.words
        ]
        for phrase in terms.phrases:
            of = Evidence(Kind.PHRASE, " ".join(phrase))
            found += [Match(span, of) for span in occurrences(words, phrase)]
            found += [Match(term.span, of) for term in others if (term.text,) == phrase]
    return found


def highlight(found: Sequence[Match]) -> list[Span]:
    """Return the spans of the matches, sorted, with overlapping ones joined.

    Bigrams of a run of Han overlap. Spans that only touch are neighbouring words and stay separate.
    """
    joined: list[tuple[int, int]] = []
    for start, end in sorted({(match.span.start, match.span.end) for match in found}):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return [Span(start, end) for start, end in joined]


def best_span(
    parts: Sequence[Part],
    found: Sequence[Match],
    weights: Mapping[Evidence, float],
    semantic_weight: float,
    begin: int = 0,
) -> BestSpan | None:
    """Return the sentences that answer best by both retrievers; the earlier of equals win.

    They contain a phrase of the query if one occurs, else a match if there is one. A match that
    crosses the edge of a part joins it with its neighbour. Asides count only if nothing else does.
    Without parts, return None.

    The lexical score is the share of the total of `weights` that occurs in the sentences. `parts`
    are in order and disjoint, and `found` counts from the place `begin` in their text.
    """
    placed = [(begin + span.start, begin + span.end, of) for span, of in found]
    candidates = _candidates(parts, placed)
    candidates = [part for part in candidates if not part.aside] or candidates
    total = fsum(weights.values())
    best = None
    for part in candidates:
        start, end = part.span.start, part.span.end
        inside = {of for first, last, of in placed if start <= first and last <= end}
        share = fsum([weights[of] for of in inside]) / total if total else 0.0
        score = (1 - semantic_weight) * share + semantic_weight * max(0.0, part.cosine)
        if best is None or score > best.score:
            best = BestSpan(part.span, score)
    return best


def _candidates(parts: Sequence[Part], found: Sequence[tuple[int, int, Evidence]]) -> list[Part]:
    """Return the parts that contain a match that has to be shown, or all parts if there is none."""
    phrases = [match for match in found if match[2].kind is Kind.PHRASE]
    starts = [part.span.start for part in parts]
    ends = [part.span.end for part in parts]
    runs = {
        (bisect_right(ends, first), bisect_left(starts, last))
        for first, last, _ in phrases or found
    }
    covering = [_joined(parts[first:end]) for first, end in sorted(runs) if first < end]
    return covering or list(parts)


def _joined(parts: Sequence[Part]) -> Part:
    if len(parts) == 1:
        return parts[0]
    span = Span(parts[0].span.start, parts[-1].span.end)
    return Part(span, max(part.cosine for part in parts), all(part.aside for part in parts))
