"""Text -> terms with spans: one analysis for indexing, for querying and for highlighting.

A text has three kinds of terms:

stems        words in lower case, with accents folded, stemmed: BM25 ranks by these
words        the same before stemming, in order: for phrases, prefixes and typos
identifiers  `snake_case`, `CVE-2024-1234`, `C++`, versions, addresses: whole, besides their parts

Runs of Han, kana and Hangul have no blanks between words, so they become overlapping bigrams. Each
of their characters is also an identifier, so that a query of one character finds it. Stop words
are terms like any other; `is_stop_word` lets a query leave them out.

tantivy tokenises inside the engine, which is ten times as fast as passing it tokens from Python.
So bigrams and composed accents, which tantivy does not produce, are written into the text that it
gets (`index_form`). `stems` and `words` do the same but keep the spans.
"""

import re
import unicodedata
from collections.abc import Container, Iterator
from functools import lru_cache, partial
from itertools import filterfalse
from typing import NamedTuple

import tantivy
from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from indexer.errors import InvalidSetting
from indexer.spans import Span

__all__ = ["ASCII_WORDS", "LANGUAGES", "Analyzer", "Term"]

# The languages of tantivy's Snowball stemmers and of its stop word lists.
# fmt: off
STEMMED = [
    "arabic", "danish", "dutch", "english", "finnish", "french", "german", "greek", "hungarian",
    "italian", "norwegian", "portuguese", "romanian", "russian", "spanish", "swedish", "tamil",
    "turkish",
]
WITH_STOP_WORDS = [
    "danish", "dutch", "english", "finnish", "french", "german", "hungarian", "italian",
    "norwegian", "portuguese", "russian", "spanish", "swedish",
]
# fmt: on
LANGUAGES = (*STEMMED, "none")
# tantivy's English list is the shortest: unlike the others, it lacks question words, auxiliary
# verbs and pronouns. Words that often mean something else are not added: may, might, us.
# fmt: off
MORE_STOP_WORDS = {
    "english": [
        "am", "been", "being", "can", "could", "did", "do", "does", "doing", "done", "had", "has",
        "have", "having", "he", "her", "him", "his", "how", "i", "its", "me", "must", "my", "our",
        "shall", "she", "should", "them", "we", "what", "when", "where", "which", "who", "whom",
        "whose", "why", "would", "you", "your",
    ],
}
# fmt: on

# Longer terms are encoded data, not words. In UTF-8 bytes, as tantivy counts them.
LONGEST_TERM_BYTES = 200

CJK = (
    "\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U000323af"
)
MARK = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
LETTER = rf"[^\W_{CJK}]"
NEEDS_PARTS = re.compile(f"[{CJK}{MARK}]")
# A run without blanks between words, or a word with combining marks.
SPECIAL = re.compile(rf"(?P<cjk>[{CJK}]++)|(?<!{LETTER})(?:{LETTER}++[{MARK}]++)++{LETTER}*+")
MARKS = re.compile(f"[{MARK}]+")
UNSPACED = re.compile(f"[{CJK}]")
JOINERS = re.escape("-.:/@+#\\")
ASCII_WORDS = re.compile(rf"(?<![a-z0-9])[a-z0-9]{{1,{LONGEST_TERM_BYTES}}}+(?![a-z0-9])")
WORD = rf"[^\W{CJK}]++"
JOINED = re.compile(rf"{WORD}(?:[{JOINERS}]++{WORD})*+(?:\+\+|#(?!\w))?")
JOINED_ASCII = re.compile(rf"\w++(?:[{JOINERS}]++\w++)*+(?:\+\+|#(?!\w))?", re.ASCII)
# Keeps every byte except ASCII characters that are never part of an identifier, which become
# blanks.
APART = bytes(
    byte if byte > 0x7F or re.match(rf"[\w{JOINERS}]", chr(byte)) else ord(" ")
    for byte in range(0x100)
)


# Lower-cases ASCII and replaces every character that is not part of a word by a blank.
WORDS_APART = bytes(
    byte if byte <= 0x7F and chr(byte).isalnum() else ord(" ")
    for byte in bytes(range(0x100)).lower()
)
# The number of words whose stems are cached: most words of most passages, in about 15 MB.
KNOWN_WORDS = 50_000


class Term(NamedTuple):
    """A term and its span in the analysed text, in code points."""

    text: str
    span: Span


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
        # The filter keeps terms that are shorter than its limit.
        lowercase = [Filter.remove_long(LONGEST_TERM_BYTES + 1), Filter.lowercase()]
        folded = [*lowercase, Filter.ascii_fold()]
        self._stems = _text_analyzer(Tokenizer.simple(), *folded, *stemmer)
        self._words = _text_analyzer(Tokenizer.simple(), *folded)
        self._identifiers = _text_analyzer(Tokenizer.whitespace(), *folded)
        self._content_words = _text_analyzer(Tokenizer.simple(), *lowercase, *stop_words)
        self._stem_of = lru_cache(KNOWN_WORDS)(partial(_stem, self._stems))

    def register(self, index: tantivy.Index) -> None:
        """Register this analysis with the index, as `stems`, `words` and `identifiers`."""
        index.register_tokenizer("stems", self._stems)
        index.register_tokenizer("words", self._words)
        index.register_tokenizer("identifiers", self._identifiers)

    def stems(self, text: str, among: Container[str] | None = None) -> list[Term]:
        """Return the stems of the text, in order. `among`, if given, keeps only these stems."""
        if among is not None and text.isascii():
            return self._stems_of_ascii(text, among)
        return [term for term in _terms(text, self._stems) if among is None or term.text in among]

    def words(self, text: str) -> list[Term]:
        return list(_terms(text, self._words))

    def word_texts(self, text: str) -> list[str]:
        """Return the words without their spans, which for ASCII takes a tenth of the time."""
        if text.isascii():
            return ASCII_WORDS.findall(text.lower())
        return [term.text for term in self.words(text)]

    def _stems_of_ascii(self, text: str, among: Container[str]) -> list[Term]:
        """Return the same stems as the engine, which would create an object for every word."""
        words = b" %b " % text.encode().translate(WORDS_APART)
        found = [
            Term(stem, Span(start, start + len(word)))
            for word in set(words.split())
            if (stem := self._stem_of(word)) in among
            for start in _places(words, word)
        ]
        return sorted(found, key=lambda term: term.span.start)

    def identifiers(self, text: str) -> list[Term]:
        """Return the identifiers of the text, and each character of its unspaced runs."""
        return [
            Term(token.text, Span(match.start(), match.end()))
            for match in (*_joined(text), *_unspaced_characters(text))
            for token in self._identifiers.pre_tokenize(match[0]).tokens
        ]

    @staticmethod
    def is_identifier(text: str) -> bool:
        """Return whether the whole text is one identifier."""
        match = JOINED.fullmatch(text.strip())
        return match is not None and not match[0].isalnum() and bool(match[0].strip("_"))

    @staticmethod
    def is_unspaced(character: str) -> bool:
        """Return whether its script is written without blanks between words, as Chinese is."""
        return UNSPACED.match(character) is not None

    def is_stop_word(self, word: str) -> bool:
        """Return whether an unquoted query may leave the word out because it carries no meaning.

        In capitals it is a name: WHO, IT.
        """
        is_name = len(word) > 1 and word.isupper()
        return not is_name and not self._content_words.analyze(word)

    @staticmethod
    def index_form(text: str) -> str:
        """Return the text to pass to the fields of the index that use `stems` and `words`."""
        if text.isascii() or not NEEDS_PARTS.search(text):
            return text
        return SPECIAL.sub(lambda match: f" {' '.join(_parts(match))} ", text)

    @staticmethod
    def identifier_form(text: str) -> str:
        """Return the text to pass to the `identifiers` field of the index."""
        # Most words consist of letters alone; dropping them first is twice as fast.
        words = text.encode().translate(APART).decode().split()
        rest = " ".join(filterfalse(str.isalnum, words))
        joined = (JOINED_ASCII if rest.isascii() else JOINED).findall(rest)
        found = [each for each in filterfalse(str.isalnum, joined) if each.strip("_")]
        return " ".join([*found, *(match[0] for match in _unspaced_characters(text))])


def _text_analyzer(tokenizer: Tokenizer, *filters: Filter) -> TextAnalyzer:
    builder = TextAnalyzerBuilder(tokenizer)
    for each in filters:
        builder = builder.filter(each)
    return builder.build()


def _stem(analyzer: TextAnalyzer, word: bytes) -> str:
    """Return the stem of a word of small letters and digits, or "" if the word is too long."""
    return "".join(analyzer.analyze(word.decode()))


def _places(words: bytes, word: bytes) -> Iterator[int]:
    """Yield the positions of the word among words with blanks around each.

    Positions do not count the first blank.
    """
    apart = b" %b " % word
    place = words.find(apart)
    while place >= 0:
        yield place
        # The blank after this occurrence may be the blank before the next one.
        place = words.find(apart, place + len(word) + 1)


def _terms(text: str, analyzer: TextAnalyzer) -> Iterator[Term]:
    """Yield the terms of `index_form(text)`, with spans in the text itself."""
    done = 0
    special = SPECIAL.finditer(text) if NEEDS_PARTS.search(text) else ()
    for match in special:
        yield from _plain_terms(text[done : match.start()], done, analyzer)
        done = match.end()
        for offset, part in enumerate(_parts(match)):
            whole = Span(*match.span())
            start = match.start() + offset
            span = Span(start, start + len(part)) if match["cjk"] else whole
            for token in analyzer.pre_tokenize(part).tokens:
                yield Term(token.text, span)
    yield from _plain_terms(text[done:], done, analyzer)


def _plain_terms(text: str, offset: int, analyzer: TextAnalyzer) -> Iterator[Term]:
    for token in analyzer.pre_tokenize(text).tokens:
        start, end = offset + token.char_offset_from, offset + token.char_offset_to
        yield Term(token.text, Span(start, end))


def _parts(match: re.Match[str]) -> list[str]:
    """Return the bigrams of a run (or its only character), or the word without its marks."""
    run = match[0]
    if match["cjk"]:
        return [run[i : i + 2] for i in range(max(1, len(run) - 1))]
    return [MARKS.sub("", unicodedata.normalize("NFC", run))]


def _joined(text: str) -> Iterator[re.Match[str]]:
    """Yield the identifiers: matches that are neither plain words nor rules of underscores."""
    return (
        match for match in JOINED.finditer(text) if not match[0].isalnum() and match[0].strip("_")
    )


def _unspaced_characters(text: str) -> Iterator[re.Match[str]]:
    return iter(()) if text.isascii() else UNSPACED.finditer(text)
