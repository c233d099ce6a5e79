"""Query -> the plain text at its end, which can be completed."""

from itertools import takewhile
from typing import NamedTuple

from api.query.query_tokens import tokenize
from indexer.index.analysis.analyzer import Analyzer

__all__ = ["Typed", "read_typed"]


class Typed(NamedTuple):
    """A query that ends in plain text, which starts at `plain`.

    `words` are the words of that text. Unless a blank follows the last one, it is incomplete: it is
    then also `beginning`, and starts at `unfinished`. `run` is the end of the text that is in a
    script without blanks between words.
    """

    text: str
    plain: int
    unfinished: int
    words: tuple[str, ...]
    beginning: str = ""
    run: str = ""

    @property
    def whole_words(self) -> tuple[str, ...]:
        return self.words[:-1] if self.beginning else self.words

    def begins(self, words: tuple[str, ...]) -> bool:
        """Return whether these words begin with the typed ones, if those are at least two."""
        whole = self.whole_words
        following = words[len(whole)] if len(words) > len(whole) else ""
        return (
            len(self.words) > 1
            and words[: len(whole)] == whole
            and following.startswith(self.beginning)
        )


def read_typed(text: str, analyzer: Analyzer) -> Typed | None:
    """Return the query as it can be completed; None unless it ends in plain text."""
    tokens = list(tokenize(text))
    plain = list(takewhile(lambda token: token.kind == "word", reversed(tokens)))
    if not plain or any(token.kind == "unclosed" for token in tokens):
        return None
    start = plain[-1].start
    terms = analyzer.words(text[start:])
    words = tuple(term.text for term in terms)
    if not words:
        return None
    run = _run_at_end(text)
    if run:
        return Typed(text, start, len(text) - len(run), words, words[-1], run)
    unfinished, end = (start + edge for edge in (terms[-1].span.start, terms[-1].span.end))
    if len(terms) > 1 and terms[-2].span.end > terms[-1].span.start:
        return Typed(text, start, len(text), words)  # a whole word such as don't
    if end == len(text):
        return Typed(text, start, unfinished, words, words[-1])
    return Typed(text, start, len(text), words) if text[end:].isspace() else None


def _run_at_end(text: str) -> str:
    return "".join(takewhile(Analyzer.is_unspaced, reversed(text)))[::-1]
