"""Text -> terms with spans: one analysis for indexing, for querying and for highlighting.

A text has three kinds of terms:

stems        words in normal form, stemmed: BM25 ranks by these
words        the same before stemming, in order: for phrases, prefixes and typos
identifiers  `snake_case`, `CVE-2024-1234`, `C++`, versions, addresses: whole, besides their parts

Runs of scripts without blanks between words become overlapping pairs. Each of their characters is
also an identifier, so that a query of one character finds it. Stop words are terms like any other;
`is_stop_word` lets a query leave them out.

Some words have other spellings: `email` for `e-mail`, `brien` for O'Brien. These are indexed behind
the words of the text, where no phrase reaches them.

tantivy tokenises inside the engine, which is ten times as fast as passing it tokens from Python.
It gets the words of a text with blanks between them (`index_forms`), and folds and stems them.
"""

import unicodedata
from collections.abc import Callable, Iterator, Set
from functools import lru_cache, partial
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

import tantivy
from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from indexer.errors import InvalidSetting
from indexer.index.analysis import parsing
from indexer.index.analysis.compounds import Reading
from indexer.index.analysis.escapes import ESCAPES, second_readings
from indexer.index.analysis.forms import forms, token_forms
from indexer.index.analysis.gershayim import GERSHAYIM
from indexer.index.analysis.identifiers import Part, address_spans
from indexer.index.analysis.known_tokens import KnownTokens
from indexer.index.analysis.normal_form import NORMAL_FORM, parts_at_hidden_breaks
from indexer.index.analysis.parsing import LONGEST_TERM
from indexer.index.analysis.rewriting import Traced
from indexer.index.analysis.scripts import is_unspaced
from indexer.index.analysis.stop_words import (
    LANGUAGES,
    MORE_STOP_WORDS,
    NEGATIONS,
    SCRIPTS,
    STEMMED,
    WITH_STOP_WORDS,
)
from indexer.spans import Span

__all__ = ["Analyzer", "IndexForms", "Term"]

# The number of words whose terms are cached: most words of most passages, in about 15 MB.
KNOWN_WORDS = 50_000
# The number of tokens whose stems are known with their places: those that queries have found.
KNOWN_FOUND = 5_000
# Between the words of a text and other spellings of them. The engine drops it, which leaves a gap
# in the positions of the words. In a text, it is a blank.
GAP = "\x1f"
# The letter of e-mail and e-commerce. Other letters mean more: T-cell, vitamin-D.
ELECTRONIC = ("e", "E")


class Term(NamedTuple):
    """A term and its span in the analysed text, in code points."""

    text: str
    span: Span


class IndexForms(NamedTuple):
    """A text as the index gets it: for fields that use `stems` or `words`, for `identifiers`."""

    words: str
    identifiers: str


class Analyzer:
    """The analysis for one language. Safe to share between threads."""

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise InvalidSetting(
                f"language {language!r} is not known; choose one of {', '.join(LANGUAGES)}"
            )
        stop_words = [Filter.stopword(language)] if language in WITH_STOP_WORDS else []
        stop_words.append(Filter.custom_stopword(MORE_STOP_WORDS.get(language, [])))
        stemmer = [Filter.stemmer(language)] if language in STEMMED else []
        folded = [Filter.lowercase(), Filter.custom_stopword([GAP]), Filter.ascii_fold()]
        self._stems = _text_analyzer(*folded, *stemmer)
        self._words = _text_analyzer(*folded)
        content_words = _text_analyzer(Filter.lowercase(), *stop_words)
        self._script = SCRIPTS.get(language, "LATIN")
        negations = NEGATIONS.get(language, set())
        self._is_stop_word = partial(_is_stop_word, content_words, negations)
        self._stem_of = lru_cache(KNOWN_WORDS)(partial(_term, self._stems))
        self._stems_in = KnownTokens(partial(_stems_in_token, self._stem_of), KNOWN_WORDS)
        self._parts_of = KnownTokens(partial(_stems_of_token, self._stem_of), KNOWN_FOUND)
        self._stop_words = KnownTokens(partial(_consists_of, self._is_stop_word), KNOWN_FOUND)
        self._word_of = lru_cache(KNOWN_WORDS)(partial(_term, self._words))

    def register(self, index: tantivy.Index) -> None:
        """Register this analysis with the index, as `stems`, `words` and `identifiers`."""
        index.register_tokenizer("stems", self._stems)
        index.register_tokenizer("words", self._words)
        index.register_tokenizer("identifiers", self._words)

    def stems(self, text: str, among: Set[str] | None = None) -> list[Term]:
        """Return the stems of the words, in order.

        With `among`, return only these stems, wherever they occur, in other spellings, too.
        """
        if among is None:
            return self._terms(text, parsing.words, self._stem_of)
        found = self._among(text, among)
        for word, span in _second_readings(text):
            if (stem := self._stem_of(word)) in among:
                found.append(Term(stem, span))
        return sorted(found, key=_start)

    def _among(self, text: str, stems: Set[str]) -> list[Term]:
        """Return where words, and other spellings, have any of the stems, in no order."""
        traced = _traced(text)
        # Most tokens occur several times, and most texts have few with a word of the query.
        different = list(set(parsing.tokens(traced.text)))
        lack = map(stems.isdisjoint, map(self._stems_in.__getitem__, different))
        having = {token for token, lacks in zip(different, lack, strict=True) if not lacks}
        span, parts_of = traced.span, self._parts_of
        return [
            Term(stem, span(place + start, place + end))
            for place, token in parsing.places(traced.text, having)
            for stem, start, end in parts_of[token]
            if stem in stems
        ]

    def words(self, text: str) -> list[Term]:
        """Return the words, in order."""
        return self._terms(text, parsing.words, self._word_of)

    def other_words(self, text: str) -> list[Term]:
        """Return other spellings of words of the text, which single words of a query match."""
        second = (Term(self._word_of(word), span) for word, span in _second_readings(text))
        return [*self._terms(text, _others, self._word_of), *second]

    def word_texts(self, text: str) -> list[str]:
        """Return the words without their spans, which takes a fifth of the time."""
        words = map(self._word_of, forms(_normal(text)).words.split())
        return [word for word in words if word]

    def identifiers(self, text: str) -> list[Term]:
        """Return the identifiers of the text, and each character of its unspaced runs."""
        return self._terms(text, _identifiers, self._word_of)

    def content_stems(self, text: str) -> list[str]:
        """Return the stems by which a query is searched.

        Unless nothing would be left, they lack stop words, signs, which count as identifiers with
        their numbers, and the parts of web addresses, which are identifiers as a whole. Words such
        as e-mail are searched as one word, too, instead of by the letter.
        """
        traced = _traced(text)
        addresses = address_spans(text)
        every: list[str] = []
        content: list[str] = []
        for start, chunk in parsing.chunks(traced.text):
            reading = parsing.read(chunk)
            for word, at, end in reading.words:
                if not (stem := self._stem_of(word)):
                    continue
                every.append(stem)
                span = traced.span(start + at, start + end)
                if any(address.contains(span) for address in addresses):
                    continue
                if reading.joined and word in ELECTRONIC:
                    content += [self._stem_of(part.text) for part in reading.joined]
                elif any(map(str.isalnum, word)) and not self._is_stop_word(word, span.of(text)):
                    content.append(stem)
        return content or every

    def joined_stems(self, text: str) -> list[str]:
        """Return the stems of compounds written as one word: of `email` for `e-mail`."""
        return [
            stem
            for _, chunk in parsing.chunks(_normal(text))
            for part in parsing.read(chunk).joined
            if (stem := self._stem_of(part.text))
        ]

    @staticmethod
    def is_identifier(text: str) -> bool:
        """Return whether the whole text is one identifier."""
        if text.isascii() and text.isalnum():
            return False
        normal = _normal(text.strip())
        return any(
            part.start == 0 and part.end == len(normal) and not is_unspaced(normal[0])
            for part in _identifiers(normal)
        )

    @staticmethod
    def is_unspaced(character: str) -> bool:
        """Return whether its script is written without blanks between words, as Chinese is."""
        return is_unspaced(character)

    def stems_script_of(self, term: str) -> bool:
        """Return whether the term is in a script that is stemmed, as the Latin one always is.

        Terms without letters count as stemmed.
        """
        if term.isascii():
            return True
        names = (unicodedata.name(each, "") for each in term if each.isalpha())
        return next(names, self._script).startswith(("LATIN", self._script))

    def is_stop_word(self, word: str) -> bool:
        """Return whether an unquoted query may leave the word out because it carries no meaning.

        In capitals it is a name: WHO, IT.
        """
        return self._stop_words[word]

    def _terms(
        self, text: str, parts_of: Callable[[str], Iterator[Part]], term_of: Callable[[str], str]
    ) -> list[Term]:
        traced = _traced(text)
        return [
            Term(term, traced.span(start, end))
            for word, start, end in parts_of(traced.text)
            if (term := term_of(word))
        ]

    @staticmethod
    def index_forms(text: str) -> IndexForms:
        """Return the texts to pass to the index."""
        words, others, identifiers = forms(_normal(text))
        second = [word for word, _ in _second_readings(text)]
        if others or second:
            words = " ".join([words, GAP, others, *second])
        return IndexForms(words, identifiers)

    def first_word(self, words: str) -> str:
        """Return the first term of words as the index gets them, or "" if none is known."""
        return self._word_of("".join(words.split(None, 1)[:1]))

    def last_word(self, words: str) -> str:
        """Return the last term of words as the index gets them, or "" if none is known."""
        in_order = words.partition(GAP)[0] if GAP in words else words
        return self._word_of("".join(in_order.rsplit(None, 1)[-1:]))


def _normal(text: str) -> str:
    return GERSHAYIM.text(NORMAL_FORM.text(ESCAPES.text(text)))


def _traced(text: str) -> Traced:
    return GERSHAYIM.traced(NORMAL_FORM.traced(ESCAPES.traced(Traced(text))))


def _others(normal: str) -> Iterator[Part]:
    return _placed(normal, lambda reading: [*reading.joined, *reading.parts])


def _identifiers(normal: str) -> Iterator[Part]:
    return _placed(normal, attrgetter("identifiers"))


def _placed(normal: str, parts_of: Callable[[Reading], list[Part]]) -> Iterator[Part]:
    for offset, chunk in parsing.chunks(normal):
        if not chunk.isalnum() or not chunk.isascii():
            for text, start, end in parts_of(parsing.read(chunk)):
                yield Part(text, offset + start, offset + end)


def _start(term: Term) -> int:
    return term.span.start


def _second_readings(text: str) -> Iterator[tuple[str, Span]]:
    spans = chain(second_readings(text), parts_at_hidden_breaks(text))
    return ((_normal(span.of(text)), span) for span in spans)


def _text_analyzer(*filters: Filter) -> TextAnalyzer:
    builder = TextAnalyzerBuilder(Tokenizer.whitespace())
    for each in filters:
        builder = builder.filter(each)
    return builder.build()


def _term(analyzer: TextAnalyzer, word: str) -> str:
    """Return the term of a word: its beginning, if it is long."""
    return "".join(analyzer.analyze(word[:LONGEST_TERM]))


def _is_stop_word(
    content_words: TextAnalyzer, negations: Set[str], word: str, written: str
) -> bool:
    if len(written) > 1 and written.isupper():
        return False
    return word.lower() not in negations and not content_words.analyze(word)


def _consists_of(is_stop_word: Callable[[str, str], bool], written: str) -> bool:
    """Return whether everything that is written consists of stop words."""
    words = forms(_normal(written)).words.split()
    return all(is_stop_word(word, written) for word in words)


def _stems_of_token(stem_of: Callable[[str], str], token: str) -> tuple[Part, ...]:
    """Return the stems of the words of a token and of their other spellings, with their places."""
    return tuple(
        Part(stem_of(word), offset + start, offset + end)
        for offset, chunk in parsing.chunks(token)
        for word, start, end in chain.from_iterable(parsing.read(chunk)[:3])
    )


def _stems_in_token(stem_of: Callable[[str], str], token: str) -> tuple[str, ...]:
    """Return the stems of the words of a token and of their other spellings."""
    words, others, _ = token_forms(token)
    return tuple(map(stem_of, f"{words} {others}".split()))
