"""Two texts that agree in most words -> exactly where they differ, and in what."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from api.contract.quotations import DifferenceKind
from api.documents.quotations.alignment import agreeing_words
from api.documents.quotations.tokens import Token, TokenizedText, TokenKind
from indexer.spans import Span

__all__ = ["Part", "TextDifference", "compare_parts"]

# More signs in a row than this are compared as one.
MOST_SIGNS = 40
# In what signs of each kind differ; if several kinds do, the first one counts.
KINDS = {
    TokenKind.ELLIPSIS: DifferenceKind.PUNCTUATION,
    TokenKind.DASH: DifferenceKind.DASH,
    TokenKind.QUOTE: DifferenceKind.QUOTATION_MARK,
    TokenKind.SIGN: DifferenceKind.PUNCTUATION,
    TokenKind.BLANK: DifferenceKind.BLANK,
}


class TextDifference(NamedTuple):
    """What `given` has in place of `found`; `words` is the number of words that differ."""

    kind: DifferenceKind
    given: Span
    found: Span
    words: int


class Part(NamedTuple):
    """Words of the quotation in a row, and the words of the document that they are like."""

    given: range
    found: range


def compare_parts(
    given: TokenizedText, found: TokenizedText, parts: Sequence[Part]
) -> tuple[Span, list[TextDifference]]:
    """Return where the whole quotation is in the document, and how the two differ.

    Words between two parts were left out of the quotation. Replacing every difference turns the
    quotation into the text of the span.
    """
    comparison = _Comparison(given, found)
    reach = comparison.reach(parts)
    return found.span(reach), list(comparison.differences(parts, reach))


class _Comparison:
    """Compares two texts. All ranges except those of parts are numbers of tokens."""

    def __init__(self, given: TokenizedText, found: TokenizedText) -> None:
        self._given = given
        self._found = found

    def reach(self, parts: Sequence[Part]) -> range:
        """Return the tokens of the document that the quotation covers.

        Signs around the words belong to them as long as both texts have them.
        """
        (first, begin), (last, end) = self._start(parts[0]), self._end(parts[-1])
        before = self._alike(range(first)[::-1], range(begin)[::-1])
        after = self._alike(
            range(last, len(self._given.tokens)), range(end, len(self._found.tokens))
        )
        return range(begin - before, end + after)

    def differences(self, parts: Sequence[Part], reach: range) -> Iterator[TextDifference]:
        g, f = 0, reach.start
        for part in parts:
            first, begin = self._start(part)
            yield from self._between(range(g, first), range(f, begin))
            yield from self._inside(part)
            g, f = self._end(part)
        yield from self._between(range(g, len(self._given.tokens)), range(f, reach.stop))

    def _start(self, part: Part) -> tuple[int, int]:
        """Return the tokens of both texts with which the part begins."""
        return self._given.words[part.given.start], self._found.words[part.found.start]

    def _end(self, part: Part) -> tuple[int, int]:
        """Return the tokens of both texts that follow the part."""
        last, end = self._given.words[part.given.stop - 1], self._found.words[part.found.stop - 1]
        return last + 1, end + 1

    def _inside(self, part: Part) -> Iterator[TextDifference]:
        g, f = self._start(part)
        agreeing = agreeing_words(
            self._given.keys[part.given.start : part.given.stop],
            self._found.keys[part.found.start : part.found.stop],
        )
        for i, j in agreeing:
            word = self._given.words[part.given.start + i]
            same = self._found.words[part.found.start + j]
            yield from self._between(range(g, word), range(f, same))
            yield from self._pairs([word], [same])
            g, f = word + 1, same + 1
        last, end = self._end(part)
        yield from self._between(range(g, last), range(f, end))

    def _between(self, given: range, found: range) -> Iterator[TextDifference]:
        """Yield the differences of tokens among which no words agree."""
        # Dots that stand for words are not those that the document has beside these words.
        dots_alike = not _leaves_out(*self._tokens(given, found))
        begin = self._alike(given, found, dots_alike=dots_alike)
        rest = given[begin:][::-1], found[begin:][::-1]
        end = self._alike(*rest, dots_alike=dots_alike)
        g, f = len(given) - end, len(found) - end
        yield from self._pairs(given[:begin], found[:begin])
        yield from self._unlike(given[begin:g], found[begin:f])
        yield from self._pairs(given[g:], found[f:])

    def _alike(self, given: Iterable[int], found: Iterable[int], *, dots_alike: bool = True) -> int:
        """Return how many of the first tokens are signs that are alike."""
        common = 0
        for g, f in zip(given, found, strict=False):
            token, other = self._given.tokens[g], self._found.tokens[f]
            if token.kind is TokenKind.WORD or token.key != other.key:
                break
            if token.kind is TokenKind.ELLIPSIS and not dots_alike:
                break
            common += 1
        return common

    def _pairs(self, given: Iterable[int], found: Iterable[int]) -> Iterator[TextDifference]:
        """Yield the differences of tokens that are alike."""
        for g, f in zip(given, found, strict=True):
            mine, theirs = self._given.span(range(g, g + 1)), self._found.span(range(f, f + 1))
            text, other = mine.of(self._given.text), theirs.of(self._found.text)
            if text != other:
                kind = self._given.tokens[g].kind
                named = _kind_of_word(text, other) if kind is TokenKind.WORD else KINDS[kind]
                yield TextDifference(named, mine, theirs, 0)

    def _unlike(self, given: range, found: range) -> Iterator[TextDifference]:
        """Yield the differences of tokens that are not alike at either end."""
        mine, theirs = self._tokens(given, found)
        if _words([*mine, *theirs]) or max(len(given), len(found)) > MOST_SIGNS:
            yield self._replaced(given, found)
            return
        g, f = given.start, found.start
        for i, j in agreeing_words([each.key for each in mine], [each.key for each in theirs]):
            sign, same = given.start + i, found.start + j
            yield from self._missing(range(g, sign), range(f, same))
            yield from self._pairs([sign], [same])
            g, f = sign + 1, same + 1
        yield from self._missing(range(g, given.stop), range(f, found.stop))

    def _missing(self, given: range, found: range) -> Iterator[TextDifference]:
        if given or found:
            yield self._replaced(given, found)

    def _replaced(self, given: range, found: range) -> TextDifference:
        mine, theirs = self._tokens(given, found)
        kind = _kind(mine, theirs)
        words = max(len(_words(mine)), len(_words(theirs))) if kind is DifferenceKind.WORD else 0
        return TextDifference(kind, self._given.span(given), self._found.span(found), words)

    def _tokens(self, given: range, found: range) -> tuple[list[Token], list[Token]]:
        return (
            self._given.tokens[given.start : given.stop],
            self._found.tokens[found.start : found.stop],
        )


def _words(tokens: Sequence[Token]) -> list[str]:
    return [token.key for token in tokens if token.kind is TokenKind.WORD]


def _leaves_out(given: Sequence[Token], found: Sequence[Token]) -> bool:
    """Return whether the given tokens have dots in place of words."""
    has_dots = any(token.kind is TokenKind.ELLIPSIS for token in given)
    return has_dots and not _words(given) and bool(_words(found))


def _without_blanks(tokens: Sequence[Token]) -> str:
    """Return the tokens in a row. A list of numbers without blanks is one word: 1,2,3."""
    return "".join([token.key for token in tokens if token.kind is not TokenKind.BLANK])


def _kind(given: Sequence[Token], found: Sequence[Token]) -> DifferenceKind:
    """Return in what tokens differ that are not alike."""
    mine, theirs = "".join(_words(given)), "".join(_words(found))
    kinds = {token.kind for token in given}
    is_shortened = TokenKind.ELLIPSIS in kinds - {token.kind for token in found}
    if _leaves_out(given, found) or (is_shortened and (not mine or mine == theirs)):
        return DifferenceKind.OMISSION
    if mine != theirs and _without_blanks(given) != _without_blanks(found):
        return DifferenceKind.WORD
    # Words may be divided otherwise, as by a hyphen at the end of a line.
    kinds |= {token.kind for token in found}
    return next((named for kind, named in KINDS.items() if kind in kinds), DifferenceKind.FORM)


def _kind_of_word(given: str, found: str) -> DifferenceKind:
    if given.casefold() == found.casefold():
        return DifferenceKind.CASE
    # A number, with its digits in groups or not.
    return DifferenceKind.PUNCTUATION if given[0].isdigit() else DifferenceKind.FORM
