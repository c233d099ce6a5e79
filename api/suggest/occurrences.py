"""How words occur in the corpus: in how many passages, in which spelling, and followed by what.

The counts of passages come from the index. Spellings and following words are read from the few
passages in which the words are densest, so the cost does not grow with the corpus.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache, partial
from itertools import takewhile
from typing import NamedTuple, TypeVar

from indexer.index.analysis.analyzer import Analyzer, Term
from indexer.index.clauses import Clause
from indexer.index.snapshot import Snapshot

__all__ = [
    "LONGEST_WORD_CHARS",
    "Follower",
    "Occurrence",
    "Occurrences",
    "Restriction",
]

# How many passages are read, and how many occurrences in each.
SAMPLED = 8
PLACES = 3
# How much text after the words is analysed: enough for two more words.
WINDOW_CHARS = 60
FOLLOWING_WORDS = 2
# The same for scripts without blanks between words.
FOLLOWING_CHARS = 4
KEPT_FOLLOWERS = 12
# Longer words are keys or encoded data.
LONGEST_WORD_CHARS = 40
# Up to this many documents, the index looks only at them. With more, a larger sample is filtered.
MOST_KEYS = 1_000
SIEVED = 64
# About a kilobyte each.
CACHED = 2_000

# Words form a phrase across blanks and one line end, but not across punctuation.
GAP = re.compile(r"[^\S\n]+\n?[^\S\n]*|\n[^\S\n]*")
# A word followed by one of these is part of an identifier.
JOINED = re.compile(r"_|[-.:/@+#\\]+\w")
# The blocks of Unicode with most accented letters.
ACCENTED = [*range(0xC0, 0x250), *range(0x1E00, 0x1F00)]

Words = TypeVar("Words", str, tuple[str, ...])


class Restriction(NamedTuple):
    """How a query restricts where its words may occur: its binding clauses, and documents."""

    clauses: tuple[Clause, ...] = ()
    documents: frozenset[int] | None = None


class Follower(NamedTuple):
    """One or more words that directly follow others, and in how many passages of the sample."""

    words: tuple[str, ...]
    written: str
    times: int


class Occurrence(NamedTuple):
    """How a run of words occurs: `written` is its last word in the most frequent spelling.

    The most frequent followers come first. `rows` are the passages of the sample.
    """

    passages: int
    rows: tuple[int, ...]
    written: str
    followers: tuple[Follower, ...]


class Occurrences:
    """Looks words up in one generation, and caches the latest results."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        # Caching bound methods would keep the generation open until a garbage collection.
        self._cached = lru_cache(CACHED)(partial(_occurrence, snapshot, within=Restriction()))
        self._counted = lru_cache(CACHED)(partial(_count, snapshot, within=Restriction()))

    def look_up(self, words: tuple[str, ...], within: Restriction | None = None) -> Occurrence:
        """Return how these words occur in a row."""
        return _occurrence(self._snapshot, words, within=within) if within else self._cached(words)

    def count(self, words: tuple[str, ...], within: Restriction | None = None) -> int:
        """Return how many passages contain these words in a row."""
        return _count(self._snapshot, words, within=within) if within else self._counted(words)

    def look_up_run(self, run: str, within: Restriction | None = None) -> Occurrence:
        """Return how a run of text without blanks between its words occurs."""
        words = tuple(term.text for term in self._snapshot.analyzer.words(run))
        return _run_occurrence(self._snapshot, words, run, within or Restriction())


def _occurrence(snapshot: Snapshot, words: tuple[str, ...], *, within: Restriction) -> Occurrence:
    rows, passages = _sample(snapshot, words, within)
    written: Counter[str] = Counter()
    times: Counter[tuple[str, ...]] = Counter()
    spellings: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for passage in snapshot.passages(rows):
        followers: dict[tuple[str, ...], str] = {}
        for window, terms in _places(passage.text, words, snapshot.analyzer):
            written[terms[len(words) - 1].span.of(window)] += 1
            followers |= _followers(window, terms[len(words) - 1 :])
        for following, spelling in followers.items():
            times[following] += 1
            spellings[following][spelling] += 1
    return Occurrence(
        passages,
        tuple(rows),
        _usual(written) or words[-1],
        tuple(
            Follower(following, _usual(spellings[following]), count)
            for following, count in _most(times)
        ),
    )


def _count(snapshot: Snapshot, words: tuple[str, ...], *, within: Restriction) -> int:
    return _sample(snapshot, words, within)[1]


def _run_occurrence(
    snapshot: Snapshot, words: tuple[str, ...], run: str, within: Restriction
) -> Occurrence:
    rows, passages = _sample(snapshot, words, within)
    times: Counter[str] = Counter()
    for passage in snapshot.passages(rows):
        times.update(_run_followers(passage.text, run))
    # Text that always continues in the same way is not a whole word.
    parts = {each[:-1] for each, count in times.items() if times[each[:-1]] == count}
    whole = Counter({each: count for each, count in times.items() if each not in parts})
    followers = (
        Follower(tuple(term.text for term in snapshot.analyzer.words(run + each)), each, count)
        for each, count in _most(whole)
    )
    return Occurrence(passages, tuple(rows), run, tuple(followers))


def _sample(snapshot: Snapshot, words: Sequence[str], within: Restriction) -> tuple[list[int], int]:
    """Return a sample of rows, and the number of matching passages; 0 if the sample is empty."""
    documents = within.documents
    if documents is None or len(documents) <= MOST_KEYS:
        keys = None if documents is None else sorted(documents)
        return snapshot.rows_with_phrase(words, SAMPLED, clauses=within.clauses, documents=keys)
    rows, passages = snapshot.rows_with_phrase(words, SIEVED, clauses=within.clauses)
    entries = snapshot.catalog.entries_of(rows)
    kept = [row for row, entry in zip(rows, entries, strict=True) if entry.document in documents]
    return kept[:SAMPLED], passages if kept else 0


def _places(
    text: str, words: Sequence[str], analyzer: Analyzer
) -> Iterator[tuple[str, list[Term]]]:
    """Yield a short text that begins at each occurrence of the words, with its terms."""
    room = sum(map(len, words)) + 3 * len(words) + WINDOW_CHARS
    found = 0
    for start in _starts(text, words[0], analyzer):
        window = text[start : start + room]
        terms = analyzer.words(window)[: len(words) + FOLLOWING_WORDS]
        if terms and terms[-1].span.end == len(window) and start + room < len(text):
            terms.pop()  # it may be cut off
        if [term.text for term in terms[: len(words)]] == list(words):
            yield window, terms
            found += 1
            if found == PLACES:
                return


def _starts(text: str, word: str, analyzer: Analyzer) -> Iterable[int]:
    """Return where the word may occur: where no letter or digit precedes or follows it."""
    folded = _folded(text)
    starts: list[int] = []
    start = folded.find(word)
    while start >= 0:
        end = start + len(word)
        if not folded[start - 1 : start].isalnum() and not folded[end : end + 1].isalnum():
            starts.append(start)
        start = folded.find(word, end)
    if starts:
        return starts
    # Analysis turns some letters into two, and some words are spelt with marks or apostrophes.
    return [term.span.start for term in analyzer.words(text) if term.text == word]


def _folded(text: str) -> str:
    """Return the text in lower case without accents; every letter keeps its position."""
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    return (lowered if len(lowered) == len(text) else text).translate(_unaccented())


@cache
def _unaccented() -> dict[int, str]:
    """Return the accented letters that analysis turns into one letter, with that letter."""
    letters = " ".join(map(chr, ACCENTED))
    return {
        ord(letters[term.span.start]): term.text
        for term in Analyzer("none").words(letters)
        if len(term.span) == len(term.text) == 1
    }


def _followers(window: str, terms: Sequence[Term]) -> dict[tuple[str, ...], str]:
    """Return the phrases that follow the first of the terms, with their spelling."""
    found: dict[tuple[str, ...], str] = {}
    last = terms[0]
    following: list[str] = []
    for term in terms[1 : 1 + FOLLOWING_WORDS]:
        gap = window[last.span.end : term.span.start]
        if not GAP.fullmatch(gap) or len(term.span) > LONGEST_WORD_CHARS:
            break
        if Analyzer.is_unspaced(term.text) or JOINED.match(window, term.span.end):
            break
        following.append(term.text)
        written = window[terms[1].span.start : term.span.end]
        found[tuple(following)] = " ".join(written.split())
        last = term
    return found


def _run_followers(text: str, run: str) -> set[str]:
    """Return the continuations of the run in the text, of every length up to FOLLOWING_CHARS."""
    found: set[str] = set()
    start = text.find(run)
    while start >= 0:
        end = start + len(run)
        rest = "".join(takewhile(Analyzer.is_unspaced, text[end : end + FOLLOWING_CHARS]))
        found |= {rest[:length] for length in range(1, len(rest) + 1)}
        start = text.find(run, end)
    return found


def _usual(written: Counter[str]) -> str:
    """Return the most frequent spelling. Lower case counts three times, because words are
    capitalised at the start of sentences and in headings."""
    weights = {each: count * (3 if each.islower() else 1) for each, count in written.items()}
    return min(weights, key=lambda each: (-weights[each], each), default="")


def _most(times: Counter[Words]) -> list[tuple[Words, int]]:
    return sorted(times.items(), key=lambda item: (-item[1], item[0]))[:KEPT_FOLLOWERS]
