"""Where a passage ends and the next one begins: terms that find phrases across the border.

A passage has one or two border terms for the border after it: the last word before it and the first
word after it, joined by a blank. So a phrase that crosses a border contains the two words of a
border term, and few other borders have the same ones. If a word itself crosses the border, as a
pair of Han may, this word alone is the term.

A phrase may begin or end beside the border, in the middle of a pair or of `C++`. So the characters
beside the border are in further terms.
"""

from collections.abc import Iterator, Sequence

from indexer.index.analysis.analyzer import Analyzer
from indexer.index.analysis.phrases import SIGNS
from indexer.index.analysis.scripts import characters, is_unspaced

__all__ = ["border_terms", "border_terms_between", "possible_border_terms"]

# The first or last word of a passage is usually nearer to its edge than this.
NEAR = 64
# No phrase is found by a longer word, and looking farther from each border of one takes minutes.
FAR = 1 << 14


def border_terms(text: str, border: int, analyzer: Analyzer) -> tuple[str, ...]:
    """Return the border terms of a place in a text; none if no word is before or after it."""
    if text[border - 1].isspace():
        before, after = _last_word(text, border, analyzer), _first_word(text, border, analyzer)
        return _joined_parts(before, after) if before and after else ()
    return _terms_in_a_run(text, border, analyzer)


def border_terms_between(before: str, after: str, analyzer: Analyzer) -> tuple[str, ...]:
    """Return the border terms of two passages with a blank between them, or none if not certain.

    It is given their words as the index gets them, so that the texts need not be analysed again.
    """
    last, first = analyzer.last_word(before), analyzer.first_word(after)
    return _joined_parts(last, first) if last and first else ()


def possible_border_terms(words: Sequence[str]) -> Iterator[str]:
    """Yield the border terms of all borders that a phrase with these words may cross."""
    yield from words
    yield from map(_joined, words, words[1:])


def _joined(before: str, after: str) -> str:
    return f"{before} {after}"


def _joined_parts(before: str, after: str) -> tuple[str, ...]:
    """Return both words joined, and the nearest characters of pairs and of words with signs."""
    befores, afters = [before], [after]
    if is_unspaced(before[0]) and len(each := characters(before)) > 1:
        befores.append(before[each[-1][0] :])
    elif before[-2:-1] == "&":
        befores.append(before[-1])
    if is_unspaced(after[0]) and len(each := characters(after)) > 1:
        afters.append(after[: each[0][1]])
    elif after[1:2] in SIGNS:
        afters.append(after[0])
    return tuple(_joined(one, other) for one in befores for other in afters)


def _last_word(text: str, border: int, analyzer: Analyzer) -> str:
    """Return the last word before the border, which follows a blank."""
    near = NEAR
    while True:
        start = max(0, border - near)
        # The first word may be cut off.
        part = text[start:border].lstrip() if start else text[:border]
        whole = part.partition(" ")[2] if start else part
        if words := analyzer.word_texts(whole):
            return words[-1]
        if not start or near >= FAR:
            return ""
        near *= 4


def _first_word(text: str, border: int, analyzer: Analyzer) -> str:
    """Return the first word after the border, which follows a blank."""
    near = NEAR
    while True:
        end = border + near
        part = text[border:end]
        # The last word may be cut off.
        whole = part.rpartition(" ")[0] if end < len(text) else part
        if words := analyzer.word_texts(whole):
            return words[0]
        if end >= len(text) or near >= FAR:
            return ""
        near *= 4


def _terms_in_a_run(text: str, border: int, analyzer: Analyzer) -> tuple[str, ...]:
    """Return the border terms of a border without a blank before it."""
    near = NEAR
    while True:
        start, end = max(0, border - near), min(len(text), border + near)
        words = analyzer.words(text[start:end])
        place = border - start
        crossing = [word.text for word in words if word.span.start < place < word.span.end]
        before = [word for word in words if word.span.end <= place]
        after = [word for word in words if word.span.start >= place]
        # The words at the ends of this part may be cut off.
        begun = not start or (before and before[-1].span.start > 0)
        ended = end == len(text) or (after and after[0].span.end < end - start)
        if begun and ended:
            if crossing or not before or not after:
                return tuple(crossing)
            return _joined_parts(before[-1].text, after[0].text)
        if near >= FAR:
            return ()
        near *= 4
