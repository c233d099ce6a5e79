"""Completions of a query while it is typed: words, phrases and titles of the corpus.

Plain text at the end of the query is completed, and the text before it stays as it was typed.
Every suggestion finds something, because it comes from a passage or title that satisfies the other
parts of the query. In order of rank:

1. titles that begin with the typed text, if that is at least two words
2. text that follows the last two complete words, then the last one, by number of passages; if no
   word is complete yet, words and phrases, by number of passages
3. words of passages that contain the complete words elsewhere
4. other titles with words that begin like the typed ones, shorter titles first

Up to half of the places are for words and a quarter for titles. Places that one kind leaves free go
to the others. Words with the same stem find the same passages, so only one of them is suggested. No
suggestion ends in a stop word, or contains an id, a hash or another run of signs that no person
types. A text that is longer than anybody types is not completed.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

from api.contract.limits import LONG_QUERY_CHARS
from api.contract.lists.suggestions import Suggestion, SuggestionKind, SuggestResponse
from api.query.parser import parse_query
from api.query.query import Query, QueryFilters
from api.suggest.noise import is_noise
from api.suggest.occurrences import (
    LONGEST_WORD_CHARS,
    Follower,
    Occurrence,
    Occurrences,
    Restriction,
)
from api.suggest.places import chosen
from api.suggest.titles import TitleIndex
from api.suggest.typed import Typed, read_typed
from api.telemetry.stages import stage
from indexer.index.catalog import Selection
from indexer.index.clauses import Occur, Words
from indexer.index.snapshot import Snapshot

__all__ = ["Suggester"]

# How many of the most frequent words with the typed beginning are considered.
EXPANSIONS = 50
# Too many words begin with a single letter to count each of them after the context.
SHORTEST_COUNTED = 2
# How many words, and how many phrases, are looked up for one context.
TRIED = 5
# The same for words while filters are set, because most words may be in other documents.
TRIED_WITHIN = 20
# How much of a run without blanks is looked up; the second length if the first finds nothing.
RUN_CHARS = (6, 2)
LONGEST_TITLE_CHARS = 200
MOST_TITLE_WORDS = 16
# About 5 kB each.
CACHED_PREFIXES = 200

NO_FILTERS = QueryFilters()

STRAY_OR = re.compile(r"\bOR\b")
# The level of words that occur in the same passages as the words before them, but not after them.
ELSEWHERE = 2


class _Source(NamedTuple):
    """Words that phrases may begin with; `lead` is the part of them that a suggestion shows."""

    words: tuple[str, ...]
    occurrence: Occurrence
    lead: str


class _Completion(NamedTuple):
    """Text that may replace the incomplete word; the lowest level comes first."""

    text: str
    kind: SuggestionKind
    passages: int
    level: int = 0


class Suggester:
    """Suggests completions from one generation. Safe to share between threads.

    `select` returns the documents that the filters of a form and those of a query keep, or None for
    all.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        occurrences: Occurrences,
        select: Callable[[QueryFilters, QueryFilters], Selection | None],
    ) -> None:
        self._snapshot = snapshot
        self._select = select
        self._analyzer = snapshot.analyzer
        self._occurrences = occurrences
        self._titles: TitleIndex | None = None
        self._reading_titles = Lock()
        self._expansions: Callable[[str], list[tuple[str, int]]] = lru_cache(CACHED_PREFIXES)(
            lambda prefix: snapshot.words_with_prefix(prefix, EXPANSIONS)
        )

    def suggest(self, q: str, limit: int, filters: QueryFilters = NO_FILTERS) -> SuggestResponse:
        """Return at most `limit` completions of a query that find something under the filters.

        Raises InvalidQuery.
        """
        if not q.strip() or len(q) > LONG_QUERY_CHARS:
            return SuggestResponse(suggestions=[])
        with stage("suggestions"):
            query = parse_query(q)
            return SuggestResponse(
                suggestions=self._suggestions(query, limit, self._restriction(query, filters))
            )

    def _restriction(self, query: Query, filters: QueryFilters) -> Restriction | None:
        """Return how filters and a query restrict its plain words; None if they do not."""
        clauses = tuple(each for each in query.clauses if each.occur is not Occur.SHOULD)
        selection = self._select(filters, query.filters)
        if not clauses and selection is None:
            return None
        return Restriction(
            clauses, frozenset(selection.documents) if selection is not None else None
        )

    def _suggestions(
        self, query: Query, limit: int, within: Restriction | None
    ) -> list[Suggestion]:
        """Return the suggestions, the best first."""
        typed = read_typed(query.text, self._analyzer)
        if typed is None:
            return []
        found = list(self._distinct(typed, self._completions(typed, limit, within)))
        found.sort(key=lambda each: (each.level, -each.passages, each.text))
        leading, titles = self._matching_titles(typed, limit, within)
        kept = typed.text[: typed.unfinished]
        ranked = [
            *((title, SuggestionKind.TITLE) for title in leading),
            *((kept + STRAY_OR.sub("or", each.text), each.kind) for each in found),
            *((title, SuggestionKind.TITLE) for title in titles),
        ]
        return chosen(ranked, limit)

    # Words and phrases

    def _completions(
        self, typed: Typed, limit: int, within: Restriction | None
    ) -> Iterator[_Completion]:
        if typed.run:
            yield from self._longer_runs(typed.run, within)
            return
        found = 0
        for level, context in enumerate(self._contexts(typed.whole_words)):
            if found < max(1, limit // 2):
                for each in self._following(context, typed.beginning, within):
                    found += 1
                    yield each._replace(level=max(level, each.level))
        if typed.beginning and not found:
            yield from self._without_context(typed, within)

    def _contexts(self, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """Yield the last two words and the last one, unless they are only stop words."""
        for length in (2, 1):
            context = words[-length:]
            if len(context) == length and not all(map(self._analyzer.is_stop_word, context)):
                yield context

    def _without_context(self, typed: Typed, within: Restriction | None) -> Iterator[_Completion]:
        """Yield words with the typed beginning, and phrases that begin with such words."""
        sources: list[_Source] = []
        words = self._worth_completing(self._expansions(typed.beginning), typed.beginning)
        for word in list(words)[: TRIED if within is None else TRIED_WITHIN]:
            occurrence = self._occurrences.look_up((word,), within)
            if occurrence.passages and len(sources) < TRIED:
                sources.append(_Source((word,), occurrence, f"{occurrence.written} "))
                yield _Completion(occurrence.written, SuggestionKind.TERM, occurrence.passages)
        # The complete words before are unrelated to these, so phrases would only take up places.
        if not typed.whole_words:
            yield from self._phrases(sources, within)

    def _following(
        self, context: tuple[str, ...], beginning: str, within: Restriction | None
    ) -> Iterator[_Completion]:
        """Yield words and phrases with the typed beginning that follow the context."""
        if not beginning:
            source = _Source(context, self._occurrences.look_up(context, within), "")
            yield from self._phrases([source], within)
            return
        sources = []
        words = self._worth_completing(self._words_beside(context, beginning), beginning)
        for word, passages in list(words.items())[:TRIED]:
            occurrence = self._occurrences.look_up((*context, word), within)
            if occurrence.passages:
                sources.append(_Source((*context, word), occurrence, f"{occurrence.written} "))
                yield _Completion(occurrence.written, SuggestionKind.PHRASE, occurrence.passages)
            elif passages and (alone := self._occurrences.look_up((word,), within)).passages:
                yield _Completion(alone.written, SuggestionKind.TERM, passages, ELSEWHERE)
        yield from self._phrases(sources, within)

    def _words_beside(self, context: tuple[str, ...], beginning: str) -> list[tuple[str, int]]:
        """Return words with this beginning that may occur in passages with the context.

        Each comes with the number of such passages; 0 where they were not counted.
        """
        if len(beginning) >= SHORTEST_COUNTED:
            return self._snapshot.words_with_prefix(beginning, EXPANSIONS, after=context)
        followers = self._occurrences.look_up(context).followers
        words = [each.words[0] for each in followers if each.words[0].startswith(beginning)]
        words += [word for word, _ in self._expansions(beginning)]
        return [(word, 0) for word in words]

    def _worth_completing(self, words: Sequence[tuple[str, int]], typed: str) -> dict[str, int]:
        """Return one word of each stem, without stop words; the typed word itself comes first."""
        found: dict[str, tuple[str, int]] = {}
        for word, passages in sorted(words, key=lambda each: each[0] != typed):
            is_stop_word = self._analyzer.is_stop_word(word)
            if 1 < len(word) <= LONGEST_WORD_CHARS and not is_stop_word and not is_noise(word):
                found.setdefault(" ".join(self._stems(word)), (word, passages))
        return dict(found.values())

    def _phrases(
        self, sources: Sequence[_Source], within: Restriction | None
    ) -> Iterator[_Completion]:
        """Yield the phrases that begin with the sources and seem to be most frequent."""
        estimated = [
            (follower.times * occurrence.passages / len(occurrence.rows), words, lead, follower)
            for words, occurrence, lead in sources
            for follower in occurrence.followers
            if self._may_end_phrase(words, follower)
        ]
        estimated.sort(key=lambda each: (-each[0], each[1], each[3]))
        phrases = [
            _Completion(
                f"{lead}{follower.written}",
                SuggestionKind.PHRASE,
                self._occurrences.count((*words, *follower.words), within),
            )
            for _, words, lead, follower in estimated[:TRIED]
        ]
        # Phrases that occur in only one passage are suggested only if there are no others.
        fewest = 2 if any(each.passages > 1 for each in phrases) else 1
        yield from (each for each in phrases if each.passages >= fewest)

    def _may_end_phrase(self, words: tuple[str, ...], follower: Follower) -> bool:
        """Return whether a phrase may end with the follower.

        A follower of several words must occur more than once, and the last word must not be a stop
        word. A number is a part of a phrase, but not all of it.
        """
        if any(map(is_noise, follower.words)) or " ".join(words + follower.words).isdecimal():
            return False
        repeated = follower.words[0] == words[-1]
        once = len(follower.words) > 1 and follower.times < 2
        return not (repeated or once or self._analyzer.is_stop_word(follower.words[-1]))

    def _longer_runs(self, run: str, within: Restriction | None) -> Iterator[_Completion]:
        """Yield the run with what follows its end in the corpus."""
        for end in dict.fromkeys(run[-chars:] for chars in RUN_CHARS):
            followers = self._occurrences.look_up_run(end, within).followers
            for follower in followers[:TRIED]:
                if passages := self._occurrences.count(follower.words, within):
                    written = f"{run}{follower.written}"
                    yield _Completion(written, SuggestionKind.TERM, passages)
            if followers:
                return

    def _distinct(self, typed: Typed, completions: Iterable[_Completion]) -> Iterator[_Completion]:
        """Yield the completions that add to the query, one of each sequence of stems."""
        seen: set[tuple[str, ...]] = set()
        for each in completions:
            stems = self._stems(each.text)
            words = [term.text for term in self._analyzer.words(each.text)]
            if stems not in seen and words != [typed.beginning]:
                seen.add(stems)
                yield each

    def _stems(self, text: str) -> tuple[str, ...]:
        return tuple(term.text for term in self._analyzer.stems(text))

    # Titles

    def _matching_titles(
        self, typed: Typed, limit: int, within: Restriction | None
    ) -> tuple[list[str], list[str]]:
        """Return queries for titles that begin with the typed words, and for other titles."""
        words = list(dict.fromkeys(typed.words))
        if len(words) > MOST_TITLE_WORDS:
            return [], []
        among = within.documents if within is not None else None
        documents = self._title_index().find(words, limit, among=among)
        stored = self._snapshot.documents(documents)
        leading: list[str] = []
        others: list[str] = []
        for document in documents:
            title = " ".join(stored[document].title.split())
            found = tuple(term.text for term in self._analyzer.words(title))
            text = typed.text[: typed.plain] + self._as_plain(title, typed)
            if found == typed.words or len(title) > LONGEST_TITLE_CHARS:
                continue
            if within is not None and not self._finds(text, document):
                continue
            (leading if typed.begins(found) else others).append(text)
        return leading, others

    def _title_index(self) -> TitleIndex:
        """Return the index of titles, which is made for the first query."""
        with self._reading_titles:
            if self._titles is None:
                titles = self._snapshot.titles()
                self._titles = TitleIndex(titles, self._analyzer)
            return self._titles

    def _as_plain(self, title: str, typed: Typed) -> str:
        """Return the title, without its punctuation if that would act as an operator."""
        clauses = parse_query(title).clauses
        plain = all(isinstance(each.node, Words) and each.occur is Occur.SHOULD for each in clauses)
        closes = ")" in title and "(" in typed.text[: typed.plain]
        if clauses and plain and not closes:
            return title
        spans = dict.fromkeys(term.span for term in self._analyzer.words(title))
        return " ".join(span.of(title) for span in spans)

    def _finds(self, text: str, document: int) -> bool:
        clauses = parse_query(text).clauses
        return bool(self._snapshot.search_words(clauses, 1, documents=[document])[1])
