"""Document -> sentences, those that are too long in parts, each with all that packing needs. Pure.

Lengths are measured in characters, so no tokenizer is needed. No cut divides a grapheme, unless the
grapheme is longer than a sentence may be.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from indexer.config import IndexConfig
from indexer.documents import Document
from indexer.spans import Span
from indexer.splitting.encoded import encoded_spans
from indexer.splitting.graphemes import (
    FIRST_PREPENDED,
    is_grapheme_boundary,
    last_grapheme_boundary,
    next_content,
)
from indexer.splitting.sentences import sentence_starts
from indexer.splitting.tables import Table

__all__ = ["SECTION", "Sentence", "sentences_of"]

# Where to cut a sentence that is too long, best first.
CUTS = (re.compile(r"[\r\n]\s*"), re.compile(r"[;:,、，；：]\s*|\)\s"), re.compile(r"\s+"))
UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U000323af]")
# A Han character, kana or Hangul syllable is one token; 4.4 other characters make one. So each of
# these characters weighs 3.4 more than another.
UNSPACED_WEIGHT = 3.4
# Shorter lines repeat by chance: "Yes.", "Example", "}".
SHORTEST_REPETITION = 20

# The depth of a sentence that opens a section, and that of a part of a record.
SECTION = -1
INSIDE = 2


# A sentence, or a part of one that is too long, without the blanks after it: its start, its end,
# its weight, its depth, and whether it is left out of windows. The weight is the length of English
# text that takes as many tokens, in characters. The depth is SECTION, 0, or how deep inside a
# record the sentence starts. Splitting spends most of its time on these tuples; named tuples would
# make it take 1.5 times as long.
Sentence = tuple[int, int, float, int, bool]


def sentences_of(
    document: Document,
    tables: Sequence[Table],
    config: IndexConfig,
    left_out: Sequence[Span] = (),
) -> list[Sentence]:
    """Return the sentences of the document, in order.

    `left_out` are runs of whole lines that other documents repeat, in order. No sentence crosses
    their edges, and the sentences inside them are not embedded. Neither are those that occurred
    before, and encoded data.
    """
    text = document.text
    found = sentence_starts(document, tables)
    not_embedded = [*left_out, *encoded_spans(document)]
    has_unspaced = not text.isascii() and UNSPACED.search(text) is not None
    limit = min(config.longest_window_chars, config.longest_passage_chars)
    depths = dict(found.depths)
    whole = _with_edges(text, found.starts, not_embedded, depths)
    starts = _with_cuts(text, whole, depths, _Limit(limit, has_unspaced))
    elsewhere = _starts_inside(starts, not_embedded)
    is_ascii = text.isascii()
    seen: set[str] = set()
    sentences = []
    for start, next_start in pairwise(starts):
        content = text[start:next_start].rstrip()
        length = len(content)
        end = start + length
        # Include the blank after the content if both belong to one grapheme. If a grapheme was cut
        # in two, the next sentence starts right here and there is no blank.
        if not is_ascii and end < next_start and content[-1] >= FIRST_PREPENDED:
            end += not is_grapheme_boundary(text, end)
        is_left_out = start in elsewhere
        if length >= SHORTEST_REPETITION and not is_left_out:
            is_left_out = content in seen
            seen.add(content)
        weight = _weight(content) if has_unspaced else length
        depth = SECTION if start in found.sections else depths.get(start, 0)
        sentences.append((start, end, weight, depth, is_left_out))
    return sentences


def _with_edges(
    text: str, starts: list[int], spans: Sequence[Span], depths: dict[int, int]
) -> list[int]:
    """Return the starts of sentences, plus the first content after each edge of the spans.

    The depths of those inside records are added.
    """
    edges = {next_content(text, edge) for span in spans for edge in (span.start, span.end)}
    edges.difference_update(starts)
    if not edges:
        return starts
    for edge in edges:
        if starts[bisect_left(starts, edge) - 1] in depths:
            depths[edge] = INSIDE
    return sorted([*starts, *edges])


def _starts_inside(starts: list[int], spans: Sequence[Span]) -> set[int]:
    """Return the starts that are inside one of the spans."""
    return {
        start
        for span in spans
        for start in starts[bisect_left(starts, span.start) : bisect_left(starts, span.end)]
    }


class _Limit(NamedTuple):
    """The weight of the heaviest sentence, and whether some characters weigh more than others."""

    weight: int
    has_unspaced: bool


def _with_cuts(text: str, starts: list[int], depths: dict[int, int], limit: _Limit) -> list[int]:
    """Return the starts of sentences, plus the starts of the parts of those that weigh too much.

    The depths of parts inside records are added.
    """
    lightest = int(limit.weight / (1 + UNSPACED_WEIGHT)) if limit.has_unspaced else limit.weight
    long = [(start, end) for start, end in pairwise(starts) if end - start > lightest]
    if not long:
        return starts
    cuts = []
    for start, end in long:
        parts = list(_cuts(text, start, end, limit.weight))
        cuts += parts
        if start in depths:
            depths.update(dict.fromkeys(parts, INSIDE))
    return sorted([*starts, *cuts])


def _cuts(text: str, start: int, end: int, limit: int) -> Iterator[int]:
    """Yield the starts of the parts of a sentence, except the first one."""
    end = start + len(text[start:end].rstrip())
    while True:
        # Only the part that may be cut is examined, because a line may be as long as a file.
        reach = start + _reach(text[start : min(end, start + limit)], limit)
        if end <= reach:
            return
        start = next_content(text, _last_cut(text, start, reach))
        yield start


def _reach(part: str, limit: int) -> int:
    """Return how many characters of the part weigh no more than the limit, at least one."""
    unspaced = UNSPACED.finditer(part) if not part.isascii() else ()
    weight = 0.0
    for match in unspaced:
        if match.end() + weight + UNSPACED_WEIGHT > limit:
            return max(1, min(match.start(), int(limit - weight)))
        weight += UNSPACED_WEIGHT
    return max(1, int(limit - weight))


def _last_cut(text: str, start: int, limit: int) -> int:
    """Return the best place to cut in the second half of `[start, limit]`."""
    middle = (start + limit) // 2
    for pattern in CUTS:
        cuts = [
            match.end()
            for match in pattern.finditer(text, middle, limit)
            if is_grapheme_boundary(text, match.end())
        ]
        if cuts:
            return cuts[-1]
    return last_grapheme_boundary(text, start, limit)


def _weight(text: str) -> float:
    return len(text) + UNSPACED_WEIGHT * len(UNSPACED.findall(text))
