"""Did you mean: replaces words of a query that do not occur in the corpus by the nearest that do.

A word is replaced if it is plain text, has at least four letters, and is unknown: neither it nor
its stem is in the index, and the language does not have it. The replacement is one typing error
away, or two if the word has at least eight letters. It has the same first letter, which people
rarely mistype, and is not a stop word. In a large corpus it occurs more than once, because rare
words may be mistyped themselves. The nearest word wins. Ties go to the word that occurs in most
passages.
"""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

from api.contract.limits import LONG_QUERY_CHARS
from api.contract.search import SearchWarning
from api.query.parser import parse_query
from api.query.query_tokens import Token, tokenize
from api.suggest.occurrences import LONGEST_WORD_CHARS, Occurrences, Restriction
from api.telemetry.stages import stage
from indexer.embedding.vocabulary import is_english
from indexer.index.analysis.analyzer import Analyzer, Term
from indexer.index.catalog import Selection
from indexer.index.snapshot import Snapshot

__all__ = ["Correction", "Speller", "typing_errors"]

SHORTEST_WORD = 4
# Words of this length may contain two errors.
SHORTEST_FOR_TWO = 8
# A query with more unknown words is not misspelt; it is about something else than the corpus.
MOST_UNKNOWN = 4
# In a shorter word, another letter makes another word: grep is not grip.
SHORTEST_FOR_REPLACED = 5
# For each of this many passages, a replacement must occur once more, up to a limit.
PASSAGES_PER_USE = 1_000
MOST_NEEDED = 5
# How many of the nearest words are looked up among the documents that filters keep.
TRIED = 5
# How many passages are searched for words two errors away.
SAMPLED = 8


class Correction(NamedTuple):
    """The query with its unknown words replaced, and the pairs of old and new words in order.

    `position` is the start of the first replaced word, in code points.
    """

    text: str
    replaced: tuple[tuple[str, str], ...]
    position: int


class Speller:
    """Corrects queries by the words of one generation. Threads share it."""

    def __init__(self, snapshot: Snapshot, occurrences: Occurrences) -> None:
        self._snapshot = snapshot
        self._occurrences = occurrences

    def check(
        self, query: str, selection: Selection | None = None, *, typing: bool = False
    ) -> tuple[SearchWarning, ...]:
        """Return a warning with the corrected query, if there is a correction.

        With a selection, the correction finds something among its documents. With `typing`, the
        last word may still be incomplete.
        """
        with stage("spelling"):
            correction = self.correct(query, selection, typing=typing)
        return (_did_you_mean(correction),) if correction is not None else ()

    def correct(
        self, query: str, selection: Selection | None = None, *, typing: bool = False
    ) -> Correction | None:
        """Return the corrected query; None if every word is known or nothing is close enough."""
        if len(query) > LONG_QUERY_CHARS:
            return None
        unknown = list(islice(self._unknown(query), MOST_UNKNOWN + 1))
        if typing and unknown and unknown[-1].span.end == len(query):
            begun = self._snapshot.words_with_prefix(unknown[-1].text, 1)
            unknown = unknown[:-1] if begun else unknown
        if len(unknown) > MOST_UNKNOWN:
            return None
        found = [
            (term.span, correct)
            for term in unknown
            if (correct := self._nearest(term.text, selection))
        ]
        if not found:
            return None
        text = query
        replaced = []
        for span, correct in reversed(found):
            typed = span.of(query)
            written = _in_case_of(typed, correct)
            replaced.append((typed, written))
            text = text[: span.start] + written + text[span.end :]
        if not self._finds(text, selection):
            return None
        return Correction(text, tuple(reversed(replaced)), found[0][0].start)

    def _finds(self, text: str, selection: Selection | None) -> bool:
        documents = selection.documents if selection is not None else None
        return self._snapshot.search_words(parse_query(text).clauses, 1, documents=documents)[1] > 0

    def _unknown(self, query: str) -> Iterator[Term]:
        """Yield the words that nobody knows, with their places in the query."""
        analyzer = self._snapshot.analyzer
        for token in filter(_is_plain, tokenize(query)):
            text = query[token.start : token.end]
            if analyzer.is_identifier(text.strip("-+")):
                continue
            for term in analyzer.words(text):
                word = term.span.of(text)
                if _is_word(word) and not self._is_known(term.text):
                    yield Term(term.text, term.span.shifted(token.start))

    def _is_known(self, word: str) -> bool:
        return (
            self._snapshot.has_word(word)
            or self._snapshot.analyzer.is_stop_word(word)
            or is_english(word)
        )

    def _nearest(self, word: str, selection: Selection | None) -> str | None:
        """Return the nearest word of the index in its usual spelling; None if there is none."""
        nearest = self._snapshot.words_one_edit_away(word)
        if not nearest and len(word) >= SHORTEST_FOR_TWO:
            nearest = self._two_edits_away(word)
        needed = min(MOST_NEEDED, 1 + self._snapshot.manifest.passages // PASSAGES_PER_USE)
        candidates = (
            each
            for each, passages in nearest
            if passages >= needed and _may_be_meant(word, each)
            if not self._snapshot.analyzer.is_stop_word(each)
        )
        best = next(filter(partial(self._occurs, selection), islice(candidates, TRIED)), None)
        return self._occurrences.look_up((best,)).written if best is not None else None

    def _occurs(self, selection: Selection | None, word: str) -> bool:
        """Return whether the word is in any of the documents."""
        if selection is None:
            return True
        within = Restriction(documents=frozenset(selection.documents))
        return self._occurrences.count((word,), within) > 0

    def _two_edits_away(self, word: str) -> list[tuple[str, int]]:
        """Return words up to two errors away from a sample of passages, most frequent first."""
        snapshot = self._snapshot
        found: Counter[str] = Counter()
        for passage in snapshot.passages(snapshot.rows_with_similar_word(word, SAMPLED)):
            for near in set(snapshot.analyzer.word_texts(passage.text)):
                if near not in found and typing_errors(word, near, most=2) <= 2:
                    found[near] = snapshot.rows_with_phrase((near,), 1)[1]
        return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def _is_plain(token: Token) -> bool:
    """Return whether the token is searched as words, not as a phrase, filter or exclusion."""
    return token.kind == "word" or (token.kind == "marked" and token.mark == "+")


def _is_word(word: str) -> bool:
    spaced = not any(map(Analyzer.is_unspaced, word))
    return SHORTEST_WORD <= len(word) <= LONGEST_WORD_CHARS and word.isalpha() and spaced


def _may_be_meant(typed: str, word: str) -> bool:
    """Return whether somebody who typed the one may have meant the other."""
    if not word.isalpha() or word[0] != typed[0]:
        return False
    if len(typed) >= SHORTEST_FOR_REPLACED:
        return True
    return len(word) > len(typed) or sorted(word) == sorted(typed)


def _in_case_of(typed: str, correct: str) -> str:
    """Return the word in upper case, or capitalised, if that is how it was typed."""
    if typed.isupper():
        return correct.upper()
    return correct[0].upper() + correct[1:] if typed[0].isupper() else correct


def typing_errors(left: str, right: str, *, most: int) -> int:
    """Return how many typing errors turn one word into the other; `most` + 1 if more than `most`.

    An error is an extra, missing or wrong letter, or two swapped neighbours.
    """
    too_many = most + 1
    if abs(len(left) - len(right)) > most or len(set(left).difference(right)) > most:
        return too_many
    before: list[int] = []
    above = list(range(len(right) + 1))
    for i, letter in enumerate(left, start=1):
        row = [i]
        for j, other in enumerate(right, start=1):
            cost = min(above[j] + 1, row[-1] + 1, above[j - 1] + (letter != other))
            swapped = i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other
            row.append(min(cost, before[j - 2] + 1) if swapped else cost)
        if min(row) > most:
            return too_many
        before, above = above, row
    return above[-1]


def _did_you_mean(correction: Correction) -> SearchWarning:
    """Return a warning that words of the query are not in the corpus, with replacements."""
    typed, meant = (
        " and ".join(f"“{word}”" for word in words)
        for words in zip(*correction.replaced, strict=True)
    )
    verb = "is" if len(correction.replaced) == 1 else "are"
    return SearchWarning(
        code="did_you_mean",
        message=f"{typed} {verb} not in any document; did you mean {meant}?",
        parameter="q",
        position=correction.position,
        suggestion=correction.text,
    )
