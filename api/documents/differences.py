"""Two near copies -> the words in which they tell different things.

These are numbers, dates, negations and names. Other words, layout, case and punctuation do not
count, nor does the rest of a copy that was cut short.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

import regex

from indexer.spans import Span

__all__ = ["Difference", "find_differences"]

# A number with its sign, currency and per cent; a character of a script without blanks; a word.
WORD = regex.compile(
    r"(?<!\w)[-−]?[$£€¥₹]?\d+(?:[.,:/-]\d+)*[%‰]?|\d+"
    r"|[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]\p{M}*"
    r"|\p{L}[\p{L}\p{M}]*(?:['’]\p{L}[\p{L}\p{M}]*)*"
)
# The same for ASCII, which is faster.
ASCII_WORD = re.compile(r"(?<!\w)-?\$?\d+(?:[.,:/-]\d+)*%?|\d+|[A-Za-z]+(?:'[A-Za-z]+)*", re.ASCII)
NOT_BLANK = re.compile(r"\S+")
THOUSANDS = regex.compile(r"(?<=\d),(?=\d{3}\b)")
# The number of pairs of texts whose differences are remembered, in about 5 MB: copies are found
# together again and again.
REMEMBERED = 1_000
# More words than this at the beginning or the end of either text were cut off or added.
LONGEST_AT_AN_END = 12
# fmt: off
NUMBER_WORDS = {
    word: str(number)
    for words in (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen twenty",
        "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn "
        "fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig",
        "zéro - deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze "
        "quinze seize dix-sept dix-huit dix-neuf vingt",
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez - doce trece catorce "
        "quince dieciséis diecisiete dieciocho diecinueve veinte",
    )
    for number, word in enumerate(words.split())
} | {
    "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80",
    "ninety": "90", "hundred": "100", "thousand": "1000", "million": "1000000",
    "billion": "1000000000", "dozen": "12", "half": "1/2", "double": "×2", "twice": "×2",
    "first": "1.", "second": "2.", "third": "3.", "fourth": "4.", "fifth": "5.",
    "dreißig": "30", "vierzig": "40", "fünfzig": "50", "sechzig": "60", "siebzig": "70",
    "achtzig": "80", "neunzig": "90", "hundert": "100", "tausend": "1000",
    "trente": "30", "quarante": "40", "cinquante": "50", "soixante": "60", "cent": "100",
    "mille": "1000", "treinta": "30", "cuarenta": "40", "cincuenta": "50", "cien": "100",
    "mil": "1000",
}
NEGATIONS = frozenset([
    "not", "no", "none", "never", "nobody", "nothing", "nowhere", "neither", "nor", "without",
    "cannot", "unless", "except",
    "nicht", "nichts", "kein", "keine", "keinem", "keinen", "keiner", "keines", "nie", "niemals",
    "niemand", "ohne", "weder",
    "ne", "pas", "jamais", "sans", "aucun", "aucune", "ni", "non", "rien", "personne",
    "nunca", "jamás", "sin", "ningún", "ninguna", "ninguno", "nada", "nadie",
    "mai", "senza", "né", "nessun", "nessuna", "nessuno", "niente", "nulla",
    "não", "nem", "sem", "nenhum", "nenhuma", "niet", "geen", "nooit", "zonder", "noch",
    "ikke", "inte", "ej", "ingen", "inget", "aldrig", "aldri", "uten", "uden", "utan",
    "не", "нет", "ни", "без", "никогда", "нельзя", "nie", "bez", "nigdy", "ne", "není",
])
# fmt: on
# Most differences are of this kind, and are not shown.
PLAIN = re.compile(r"[a-z\s.,;:!?()\"]*+")
PLAIN_WORD = re.compile(r"[a-z]+")
TELLING = NEGATIONS | NUMBER_WORDS.keys()


class Difference(NamedTuple):
    """Words of one text and what the other has in their place; either may be empty.

    Each span counts from the start of its text.
    """

    here: Span
    there: Span


class _Word(NamedTuple):
    """A word as it is compared, as it is written, and where."""

    key: str
    written: str
    span: tuple[int, int]


def find_differences(
    here: str, there: str, is_stop_word: Callable[[str], bool]
) -> list[Difference]:
    """Return where two near copies tell different things, in the order of the text."""
    return [
        difference
        for difference, words in _unlike(here, there)
        if any(_tells(word, is_stop_word) for word in words)
    ]


@lru_cache(REMEMBERED)
def _unlike(here: str, there: str) -> list[tuple[Difference, list[_Word]]]:
    """Return where two texts have other words, and which, except where no word tells anything.

    The result is shared: leave it as it is.
    """
    if here == there:
        return []
    return [
        (difference, [*_words(here, difference.here), *_words(there, difference.there)])
        for run in _runs_apart(here, there)
        if not _tells_nothing(f"{run.here.of(here)} {run.there.of(there)}")
        for difference in _differences_in(run, here, there)
    ]


def _tells_nothing(text: str) -> bool:
    """Return whether a text is only words in small letters that tell nothing, which is fast."""
    return PLAIN.fullmatch(text) is not None and TELLING.isdisjoint(PLAIN_WORD.findall(text))


def _runs_apart(here: str, there: str) -> Iterator[Difference]:
    """Yield where runs of characters between blanks differ, which is fast to find.

    Long runs at the beginning or the end of either text are left out.
    """
    ours = [match.span() for match in NOT_BLANK.finditer(here)]
    theirs = [match.span() for match in NOT_BLANK.finditer(there)]
    # `split` and `\S` agree on what is blank.
    for start, end, other_start, other_end in _unequal(here.split(), there.split()):
        at_the_start = not start and not other_start
        at_the_end = end == len(ours) and other_end == len(theirs)
        longest = max(end - start, other_end - other_start)
        if longest <= LONGEST_AT_AN_END or not (at_the_start or at_the_end):
            yield Difference(
                _span(ours, start, end),
                _span(theirs, other_start, other_end),
            )


def _differences_in(run: Difference, here: str, there: str) -> Iterator[Difference]:
    """Yield the words of a run that differ, however they are written."""
    ours, theirs = list(_words(here, run.here)), list(_words(there, run.there))
    keys, other_keys = [word.key for word in ours], [word.key for word in theirs]
    for start, end, other_start, other_end in _unequal(keys, other_keys):
        yield Difference(
            _span([word.span for word in ours], start, end, run.here.start),
            _span([word.span for word in theirs], other_start, other_end, run.there.start),
        )


def _unequal(ours: Sequence[str], theirs: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the runs that differ: start and end in ours, start and end in theirs."""
    if ours == theirs:
        return
    for kind, *places in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if kind != "equal":
            start, end, other_start, other_end = places
            yield start, end, other_start, other_end


def _words(text: str, span: Span) -> Iterator[_Word]:
    pattern = ASCII_WORD if text.isascii() else WORD
    for match in pattern.finditer(text, span.start, span.end):
        written = match[0]
        key = written.casefold().replace("’", "'")
        if "," in key:
            key = THOUSANDS.sub("", key)
        yield _Word(NUMBER_WORDS.get(key, key), written, match.span())


def _tells(word: _Word, is_stop_word: Callable[[str], bool]) -> bool:
    """Return whether the word is a number, a negation or a name.

    In scripts without capitals every word counts, because any of them may be a name.
    """
    key, written = word.key, word.written
    if not key.isalpha() and any(each.isdigit() for each in key):
        return True
    if key in NEGATIONS or key.endswith("n't"):
        return True
    return not written.islower() and not is_stop_word(written)


def _span(spans: Sequence[tuple[int, int]], start: int, end: int, empty_at: int = 0) -> Span:
    """Return the span of some words, or an empty one after the word before them."""
    if start < end:
        return Span(spans[start][0], spans[end - 1][1])
    place = spans[start - 1][1] if start else empty_at
    return Span(place, place)
