"""NOT, AND and NEAR between words -> marks on these words. Pure.

They act only where they are certainly operators. Everywhere else they stay words: at the ends of a
query, in text that is all in capitals, and after a verb ("do NOT enter").
"""

import re
from collections.abc import Sequence
from itertools import chain, takewhile

from api.query.options import with_options
from api.query.query_tokens import CURRENCY, Token, group_ends, tokenize

__all__ = ["is_shouted", "joined", "marked"]

# After one of these, NOT is an emphasised word.
# fmt: off
BEFORE_EMPHASIS = frozenset({
    "am", "are", "be", "been", "being", "but", "can", "could", "did", "do", "does", "had", "has",
    "have", "if", "is", "may", "might", "must", "or", "ought", "shall", "should", "was", "were",
    "why", "will", "would",
})
# fmt: on
QUOTABLE = re.compile(rf"{CURRENCY}?\w[\w.,:%‰-]*")
# What a mark may be put before.
MARKABLE = frozenset({"word", "phrase", "expanded"})
OPERANDS = frozenset({"word", "phrase", "expanded", "marked"})


def joined(text: str, tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with marks in place of NOT and AND, and without NEAR, where these act."""
    if is_shouted(tokens) or any(token.kind == "unclosed" for token in tokens):
        return list(tokens)
    return _without_and(text, _without_not(text, tokens))


def is_shouted(tokens: Sequence[Token]) -> bool:
    """Return whether the text is all in capitals, so that OR, AND and NOT may be words."""
    typed = "".join(token.text for token in tokens if token.bears_word and token.kind != "filter")
    return typed.isupper()


def marked(token: Token, mark: str, before: Sequence[Token] = ()) -> Token | None:
    """Return the token as if it had been typed with the mark; None if that is impossible.

    Where a mark would be a part of a number, or of an option of the command `before`, the word is
    put in quotes.
    """
    if token.mark or token.kind not in MARKABLE:
        return None
    texts = [f"{mark}{token.text}"]
    if QUOTABLE.fullmatch(token.text):
        texts.append(f'{mark}"{token.text}"')
    for text in texts:
        read = list(with_options(chain(before, tokenize(text))))[len(before) :]
        if len(read) == 1 and read[0].mark and read[0].kind != "option":
            return read[0]._replace(start=token.start, end=token.end, spaced=True, fresh=True)
    return None


def _without_not(text: str, tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with `-` on what follows each NOT that acts."""
    if not any(token.kind == "not" for token in tokens):
        return list(tokens)
    ends = group_ends(text, tokens)
    inside = _inside(ends)
    kept: list[Token] = []
    for index, token in enumerate(tokens):
        before = kept[-1] if kept else None
        if before is None or before.kind != "not" or index - 1 in inside:
            kept.append(token)
        elif token.kind == "filter":
            _negate_filter(kept, token)
        elif negated := _negated(tokens, index, kept[:-1], opens_group=index in ends):
            kept[-1] = negated
        else:
            kept.append(token)
    return kept


def _negate_filter(kept: list[Token], token: Token) -> None:
    """Put the filter in the place of every NOT before it: a filter is not part of the text."""
    mark = token.mark
    while kept and kept[-1].kind == "not":
        kept.pop()
        mark = "" if mark == "-" else "-"
    kept.append(token._replace(mark=mark, text=mark + token.unmarked))


def _negated(
    tokens: Sequence[Token], index: int, before: Sequence[Token], *, opens_group: bool
) -> Token | None:
    """Return the token with `-`; None if NOT, after the tokens `before`, does not act on it."""
    token = tokens[index]
    if before and before[-1].text.lower() in BEFORE_EMPHASIS:
        return None
    if opens_group and not token.mark:
        return token._replace(mark="-", text="-(")
    return marked(token, "-", before) if _is_apart(tokens, index) else None


def _without_and(text: str, tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with `+` on both sides of each AND that acts, and without NEAR.

    Beside OR, AND stays: it joins words of an alternative.
    """
    if not any(token.kind in {"and", "near"} for token in tokens):
        return list(tokens)
    ends = group_ends(text, tokens)
    inside = _inside(ends)
    words = [i for i, token in enumerate(tokens) if i not in inside and token.kind != "filter"]
    found: list[Token | None] = list(tokens)
    for place, index in enumerate(words[1:-1], start=1):
        left, right = words[place - 1], words[place + 1]
        sides = (
            _required(tokens, left, left in ends.values()),
            _required(tokens, right, right in ends),
        )
        if None in sides:
            continue
        match tokens[index].kind:
            case "near" if not tokens[left].mark and not tokens[right].mark:
                found[index] = None
            case "and" if not _is_beside_or([tokens[i] for i in words], place):
                found[index], (found[left], found[right]) = None, sides
    return [token for token in found if token is not None]


def _is_beside_or(tokens: Sequence[Token], place: int) -> bool:
    """Return whether an OR is in the same run of tokens without marks."""
    before = takewhile(_is_free, reversed(tokens[:place]))
    after = takewhile(_is_free, tokens[place + 1 :])
    return any(token.kind == "or" for token in chain(before, after))


def _is_free(token: Token) -> bool:
    return not token.mark and token.kind not in {"open", "close"}


def _required(tokens: Sequence[Token], index: int, bounds_group: bool) -> Token | None:
    """Return the token with `+`; as it is if it has a mark or bounds a group, which binds anyway.

    None if it is no operand.
    """
    token = tokens[index]
    if bounds_group:
        return token
    if token.kind not in OPERANDS or not token.bears_word or not _is_apart(tokens, index):
        return None
    return token if token.mark else marked(token, "+")


def _inside(ends: dict[int, int]) -> set[int]:
    """Return the indexes of the tokens between the parentheses of groups."""
    return {index for start, end in ends.items() for index in range(start + 1, end)}


def _is_apart(tokens: Sequence[Token], index: int) -> bool:
    """Return whether the token is not a part of a longer run of text, such as the f of `f(x y)`."""
    token, following = tokens[index], tokens[index + 1 : index + 2]
    return token.leaf is not None or (token.spaced and all(each.spaced for each in following))
