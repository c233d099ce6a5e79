"""Did you mean: replaces words of a query that do not occur in the corpus by the nearest that do.

A word is replaced if it is plain text, has at least four letters, and neither it nor its stem is in
the index. The replacement is one typing error away, or two if the word has at least eight letters.
The nearest word wins. Ties go to the word that occurs in most passages.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from api.contract.search import SearchWarning
from api.query.query_tokens import Token, tokenize
from api.suggest.occurrences import LONGEST_WORD_CHARS, Occurrences
from api.telemetry.stages import stage
from indexer.index.analysis.analyzer import Analyzer, Term
from indexer.index.snapshot import Snapshot

__all__ = ["Correction", "Speller", "typing_errors"]

SHORTEST_WORD = 4
# Words of this length may contain two errors.
SHORTEST_FOR_TWO = 8
# A query with more unknown words is not misspelt; it is about something else than the corpus.
MOST_UNKNOWN = 4
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

    def check(self, query: str, *, typing: bool = False) -> tuple[SearchWarning, ...]:
        """Return a warning with the corrected query, if there is a correction.

        With `typing`, the last word may still be incomplete.
        """
        with stage("spelling"):
            correction = self.correct(query, typing=typing)
        return (_did_you_mean(correction),) if correction is not None else ()

    def correct(self, query: str, *, typing: bool = False) -> Correction | None:
        """Return the corrected query; None if every word is known or nothing is close enough.

        With `typing`, the last word may still be incomplete.
        """
        unknown = list(islice(self._unknown(query), MOST_UNKNOWN + 1))
        if typing and unknown and unknown[-1].span.end == len(query):
            begun = self._snapshot.words_with_prefix(unknown[-1].text, 1)
            unknown = unknown[:-1] if begun else unknown
        if len(unknown) > MOST_UNKNOWN:
            return None
        found = [(term.span, correct) for term in unknown if (correct := self._nearest(term.text))]
        if not found:
            return None
        text = query
        replaced = []
        for span, correct in reversed(found):
            typed = span.of(query)
            written = _in_case_of(typed, correct)
            replaced.append((typed, written))
            text = text[: span.start] + written + text[span.end :]
        return Correction(text, tuple(reversed(replaced)), found[0][0].start)

    def _unknown(self, query: str) -> Iterator[Term]:
        """Yield the words that are not in the index, with their places in the query."""
        analyzer = self._snapshot.analyzer
        for token in filter(_is_plain, tokenize(query)):
            text = query[token.start : token.end]
            if analyzer.is_identifier(text.strip("-+")):
                continue
            for term in analyzer.words(text):
                word = term.span.of(text)
                if _is_word(word) and not self._snapshot.has_word(term.text):
                    yield Term(term.text, term.span.shifted(token.start))

    def _nearest(self, word: str) -> str | None:
        """Return the nearest word of the index in its usual spelling; None if there is none."""
        nearest = self._snapshot.words_one_edit_away(word)
        if not nearest and len(word) >= SHORTEST_FOR_TWO:
            nearest = self._two_edits_away(word)
        # People rarely mistype a first letter. A word that differs only there is probably a name
        # that the corpus lacks.
        candidates = (each for each, _ in nearest if each.isalpha() and each[1:] != word[1:])
        best = next(candidates, None)
        return self._occurrences.look_up((best,)).written if best is not None else None

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
