"""Words with signs inside or beside them: which terms they are, and what else finds them.

    can't, don't, we're     cannot, do not, we are        dog's     dog
    O'Brien, Qur'an         obrien, quran                 l'homme   l homme
    U.N., N.A.T.O.          un, nato                      A&E       a&e
    1,000                   1000                          C#, C++   c#, c++
    70%, £70, 20°C, § 12    the sign is a word of its own
    e-mail, cli-mate        the parts; also joined, even across the end of a line: email, climate

Every compound is also found by its plain parts, and many are identifiers as a whole.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import NamedTuple, cast

import regex

from indexer.index.analysis.identifiers import (
    AFTER_NUMBER,
    BEFORE_NUMBER,
    BLANK,
    JOINERS,
    LETTER,
    WORD,
    Part,
    identifiers,
)
from indexer.index.analysis.normal_form import NEEDED
from indexer.index.analysis.scripts import UNSPACED, has_unspaced

__all__ = [
    "LINE_END",
    "Patterns",
    "Reading",
    "ascii_patterns",
    "joined",
    "patterns_for",
    "read_compound",
]

APOSTROPHES = "'\u2019\u2018\u02bc\u02bb\u00b4\u05f3\u05f4"
LINE_END = r"-[^\S\n]*\r?\n[^\S\n]*"
NARROW = "[\u00a0\u2009\u202f]"
APOSTROPHE = re.compile(f"[{APOSTROPHES}]")
HYPHEN = re.compile(rf"{LINE_END}|-")
# Numbers are grouped by narrow blanks, too. As blanks separate words, this is a second spelling.
GROUPED = re.compile(rf"(?<![\d.,])\d{{1,3}}(?:{NARROW}\d{{3}})++(?!\w)")


class Patterns(NamedTuple):
    """The expressions that find compounds in texts of one kind, and what they consist of.

    more        without a match, the parts of a compound are its words
    hyphenated  compounds that are also written as one word
    elision     a name such as D'Arcy; articles before nouns, as in l'homme, are no part of a name
    """

    compound: re.Pattern[str]
    word: re.Pattern[str]
    piece: re.Pattern[str]
    more: re.Pattern[str]
    hyphenated: re.Pattern[str]
    elision: re.Pattern[str]

    @classmethod
    def of(
        cls, word: str, letter: str, run: str, compiled: Callable[[str], re.Pattern[str]]
    ) -> "Patterns":
        """Return the expressions for these classes of characters."""
        number = (
            r"\d{1,3}(?:,\d{2,3})*,\d{3}(?![\w,])"
            rf"|\d{{1,3}}(?:[{APOSTROPHES}]\d{{3}})++(?!\w)"
        )
        return cls(
            compound=compiled(run + _compound(word, letter)),
            word=compiled(rf"{word}++"),
            piece=compiled(
                rf"(?P<sharp>(?<!{word}){letter}(?:\+\+|\#)(?!{word}))"
                rf"|(?P<initials>(?<!{word})(?<!{word}\.){letter}(?!{word})"
                rf"(?:\.{letter}(?!{word}))++\.?)"
                rf"|(?P<number>(?<![\d.,])(?:{number}))"
                rf"|(?P<ampersand>(?<!{word})(?<!&)(?:{word}{{1,4}}&)++{word}{{1,4}}+(?!{word}|&))"
                rf"|(?P<apostrophe>(?<!{word}){word}++(?:[{APOSTROPHES}]{letter}++)++)"
                rf"|(?P<word>{word}++)"
                rf"|(?P<sign>{BEFORE_NUMBER}|{AFTER_NUMBER})"
            ),
            more=compiled(
                rf"[&,{APOSTROPHES}%#+\u2030\u00b0]|{BEFORE_NUMBER}"
                rf"|\.(?<={letter}\.)(?<!{word}{letter}\.)(?={letter}(?!{word}))"
            ),
            hyphenated=compiled(
                rf"(?<![\w{JOINERS}]){letter}++(?:(?:-|{LINE_END}){word}++){{1,2}}+"
                rf"(?![-/:@\#\\\w]|{LINE_END})"
            ),
            elision=compiled(
                rf"(?<![\w{APOSTROPHES}])(?![oO])(?!\d){word}[{APOSTROPHES}]{letter}{{2,}}+"
                rf"(?![\w{APOSTROPHES}])"
            ),
        )


def _compound(word: str, letter: str) -> str:
    join = (
        rf"(?:[{JOINERS}_]++|[&{APOSTROPHES}]|,(?<=\d,)(?=\d\d)|{LINE_END}"
        rf"|{NARROW}(?<=\d.)(?=\d{{3}}(?!\w)))"
    )
    tail = (
        rf"(?:\+\+|\#(?!{word})|_++|{AFTER_NUMBER}(?<=\d.)|{BLANK}{AFTER_NUMBER}(?<=\d..)"
        rf"|\((?:(?<=\d.)|(?<=\d[a-z].))\w{{1,5}}\)(?:\(\w{{1,5}}\))*+"
        rf"|\.(?<=\.{letter}\.)(?!{word}))"
    )
    chain = rf"(?:{join}{word}++)"
    return (
        rf"(?<!{word})(?:{word}++(?:{chain}++{tail}*+|{tail}++)|_++{word}++{chain}*+{tail}*+)"
        rf"|{BEFORE_NUMBER}++{BLANK}?(?=\d){word}++{chain}*+{tail}*+"
        rf"|\.(?<![\w.)\]\"'\u2019\u201d!?]\.)(?={letter}){word}++{chain}*+{tail}*+"
    )


def _compiled_with_marks(pattern: str) -> re.Pattern[str]:
    """Return a pattern for which combining marks are parts of words, as they are not for `re`."""
    return cast(re.Pattern[str], regex.compile(pattern))


def patterns_for(chunk: str) -> Patterns:
    """Return the expressions for a text like this one."""
    if chunk.isascii():
        return ascii_patterns()
    return _patterns(unspaced=has_unspaced(chunk), marked=NEEDED.search(chunk) is not None)


# Compiled when first needed, which takes longer than finding that nothing has to be indexed.
@cache
def ascii_patterns() -> Patterns:
    """Return the expressions for texts in ASCII."""
    return Patterns.of("[A-Za-z0-9]", "[A-Za-z]", "", partial(re.compile, flags=re.ASCII))


@cache
def _patterns(*, unspaced: bool, marked: bool) -> Patterns:
    """Return the expressions for other texts: with runs without blanks, with combining marks.

    Most texts have no such runs, and compiling what finds them takes ten times as long.
    """
    compiled = _compiled_with_marks if marked else re.compile
    if not unspaced:
        return Patterns.of(r"[^\W_]", r"[^\W\d_]", "", compiled)
    run = rf"[{UNSPACED}](?:[{UNSPACED}]|\p{{M}})*+" if marked else rf"[{UNSPACED}]++"
    return Patterns.of(WORD, LETTER, rf"(?P<run>{run})|", compiled)


LONGEST_JOINED = 40
# The kinds of pieces that are one plain word or no word at all.
WHOLE = {"word", "sign"}

ENDINGS = {"s": (), "d": (), "m": ("am",), "re": ("are",), "ve": ("have",), "ll": ("will",)}
IRREGULAR = {"wo": "will", "sha": "shall"}
# French, Italian and Catalan words that lose their last vowel before another word.
# fmt: off
ELIDED = {
    "qu", "lorsqu", "puisqu", "jusqu", "quoiqu", "quelqu", "presqu",
    "all", "dall", "dell", "nell", "sull", "coll", "un", "quell", "quest", "bell", "sant", "gl",
    "degl", "cent", "tutt", "anch", "dov", "com", "cos", "mezz",
}
# fmt: on


class Reading(NamedTuple):
    """What a chunk of a text consists of. Each part has its place in the chunk.

    words        in their order, as they are in phrases
    joined       the same words in another spelling: `email` for `e-mail`
    parts        plain words that are not among these: `don` and `t` for `don't`
    identifiers  the chunk, or large parts of it, as they are
    """

    words: list[Part]
    joined: list[Part]
    parts: list[Part]
    identifiers: list[Part]


def read_compound(compound: str, start: int, patterns: Patterns, *, called: bool) -> Reading:
    """Return what the compound at this place of a chunk consists of.

    `called`: a parenthesis follows it.
    """
    parts: list[Part] = []
    if patterns.more.search(compound):
        words, parts = _words_and_parts(compound, start, patterns)
    else:
        words = [
            Part(match[0], start + match.start(), start + match.end())
            for match in patterns.word.finditer(compound)
        ]
    return Reading(
        words,
        list(joined(compound, start, patterns)),
        parts,
        list(identifiers(compound, start, called=called)),
    )


def _words_and_parts(
    compound: str, start: int, patterns: Patterns
) -> tuple[list[Part], list[Part]]:
    words: list[Part] = []
    parts: list[Part] = []
    for match in patterns.piece.finditer(compound):
        place = start + match.start(), start + match.end()
        found = _words(match)
        words += (Part(word, *place) for word in found)
        if match.lastgroup not in WHOLE:
            known = {word.lower() for word in found}
            parts += (
                Part(word, *place)
                for word in patterns.word.findall(match[0])
                if word.lower() not in known
            )
    return words, parts


def _words(match: re.Match[str]) -> list[str]:
    """Return the words of a piece."""
    piece = match[0]
    match match.lastgroup:
        case "initials":
            return [piece.replace(".", "")]
        case "number":
            return [_digits(piece)]
        case "ampersand":
            names = piece.split("&")
            return [piece] if any(len(name) == 1 for name in names) else names
        case "apostrophe":
            return _without_apostrophes(APOSTROPHE.split(piece))
    return [piece]


def _without_apostrophes(parts: list[str]) -> list[str]:
    """Return the words in the parts between apostrophes."""
    *rest, last = parts
    if not rest:
        return [last]
    ending = last.lower()
    if ending in ENDINGS:
        return [*_without_apostrophes(rest), *ENDINGS[ending]]
    if ending == "t" and len(rest[-1]) > 1 and rest[-1][-1] in "nN":
        return _negated([*rest[:-1], rest[-1][:-1]])
    first = parts[0].lower()
    if first in ELIDED or (len(first) == 1 and first.isascii() and first != "o"):
        return [parts[0], *_without_apostrophes(parts[1:])]
    return ["".join(parts)]


def _negated(parts: list[str]) -> list[str]:
    words = _without_apostrophes(parts)
    verb = words[-1].lower()
    if verb == "ca":
        return [*words[:-1], "cannot"]
    return [*words[:-1], IRREGULAR.get(verb, words[-1]), "not"]


def joined(compound: str, start: int, patterns: Patterns) -> Iterator[Part]:
    """Yield the words that the compound would be if it were written as one."""
    kinds: list[tuple[re.Pattern[str], Callable[[str], str]]] = []
    if "-" in compound:
        kinds.append((patterns.hyphenated, _without_hyphens))
    if not compound.isascii():
        kinds.append((GROUPED, _digits))
    if APOSTROPHE.search(compound):
        kinds.append((patterns.elision, _without_apostrophe))
    for pattern, one_word in kinds:
        for match in pattern.finditer(compound):
            word = one_word(match[0])
            if word:
                yield Part(word, start + match.start(), start + match.end())


def _without_hyphens(hyphenated: str) -> str:
    """Return the word, or "" if it is too long or a name was not divided by the end of a line."""
    first, *others = HYPHEN.split(hyphenated)
    divided = "\n" not in hyphenated or all(part[0].islower() for part in others)
    word = "".join([first, *others])
    return word if divided and len(word) <= LONGEST_JOINED else ""


def _digits(number: str) -> str:
    return "".join(filter(str.isdigit, number))


def _without_apostrophe(name: str) -> str:
    """Return the name as one word, or "" if it does not begin with a capital."""
    first, last = APOSTROPHE.split(name)
    return first + last if last[0].isupper() else ""
