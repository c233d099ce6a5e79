"""Did you mean: words of a query that the corpus lacks, and the nearest ones that it has.

A word is looked at if it is plain text, has four letters or more, and neither it nor its stem is in
the index. The word that replaces it is one typing error away, of eight letters or more
also two; the nearest wins, then the one in most passages.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from api.contract.search import SearchWarning
from api.query.query_tokens import Token, tokenize
from api.suggest.occurrences import Occurrences
from api.telemetry.stages import stage
from indexer.index.analyzer import Analyzer, Term
from indexer.index.snapshot import Snapshot

__all__ = ["Correction", "Speller", "typing_errors"]

SHORTEST_WORD = 4
# Long words have room for two errors.
SHORTEST_FOR_TWO = 8
# Longer ones are keys and encoded data.
LONGEST_WORD = 40
# More than these are not misspelt but foreign to the corpus.
MOST_UNKNOWN = 4
# In how many passages words two errors away are looked for.
SAMPLED = 8


class Correction(NamedTuple):
    """The query with its unknown words replaced, and each of them with its replacement, in order.

    `position` is where the first of them begins, in code points.
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
        """Return a warning with the corrected query, where there is one that may have been meant.

        While it is still being typed, a query may end in the beginning of a word.
        """
        with stage("spelling"):
            correction = self.correct(query, typing=typing)
        return (_did_you_mean(correction),) if correction is not None else ()

    def correct(self, query: str, *, typing: bool = False) -> Correction | None:
        """Return what may have been meant; None where every word is known or none comes near.

        While it is still being typed, a query may end in the beginning of a word.
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
        """Yield the words that the index lacks, with their places in the query."""
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
        """Return the word of the index that comes nearest, as it is written."""
        nearest = self._snapshot.words_one_edit_away(word)
        if not nearest and len(word) >= SHORTEST_FOR_TWO:
            nearest = self._two_edits_away(word)
        # People rarely mistype the first letter, but often name what the corpus does not know.
        candidates = (each for each, _ in nearest if each.isalpha() and each[1:] != word[1:])
        best = next(candidates, None)
        return self._occurrences.look_up((best,)).written if best is not None else None

    def _two_edits_away(self, word: str) -> list[tuple[str, int]]:
        """Return words two errors away, of some passages that have any, the most frequent first."""
        snapshot = self._snapshot
        found: Counter[str] = Counter()
        for passage in snapshot.passages(snapshot.rows_with_similar_word(word, SAMPLED)):
            for near in set(snapshot.analyzer.word_texts(passage.text)):
                if near not in found and typing_errors(word, near, most=2) <= 2:
                    found[near] = snapshot.rows_with_phrase((near,), 1)[1]
        return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def _is_plain(token: Token) -> bool:
    """Return whether the token is looked for as words: no phrase, no filter, not left out."""
    return token.kind == "word" or (token.kind == "marked" and token.mark == "+")


def _is_word(word: str) -> bool:
    spaced = not any(map(Analyzer.is_unspaced, word))
    return SHORTEST_WORD <= len(word) <= LONGEST_WORD and word.isalpha() and spaced


def _in_case_of(typed: str, correct: str) -> str:
    """Return the word in capitals, or with one, where it was typed so."""
    if typed.isupper():
        return correct.upper()
    return correct[0].upper() + correct[1:] if typed[0].isupper() else correct


def typing_errors(left: str, right: str, *, most: int) -> int:
    """Return how many typing errors make one word the other: `most` + 1 where there are more.

    An error is a letter too much, missing or wrong, or two that were swapped.
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
    """Return the warning that a query has words which the corpus lacks."""
    typed, meant = (
        " and ".join(f"“{word}”" for word in words)
        for words in zip(*correction.replaced, strict=True)
    )
    verb = "is" if len(correction.replaced) == 1 else "are"
    return SearchWarning(
        code="did_you_mean",
        message=f"{typed} {verb} in no document; did you mean {meant}?",
        parameter="q",
        position=correction.position,
        suggestion=correction.text,
    )
