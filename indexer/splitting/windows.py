"""Sentences of a passage -> its windows: one to three sentences or short records each. Pure."""

from collections.abc import Iterator
from itertools import pairwise

from indexer.config import IndexConfig
from indexer.spans import Span
from indexer.splitting.pieces import SECTION, Sentence

__all__ = ["windows_of"]

SENTENCES_PER_WINDOW = 3


def windows_of(run: list[Sentence], config: IndexConfig) -> Iterator[Span]:
    """Yield windows over the sentences of a passage that are not left out, in order."""
    window_start = window_end = sentences = 0
    window_weight = 0.0
    has_records = max([depth for _, _, _, depth, _ in run], default=0) > 0
    for start, end, weight, depth, is_left_out in (
        _with_records(run, config.window_chars) if has_records else run
    ):
        if sentences and (
            is_left_out
            or depth == SECTION
            or sentences == SENTENCES_PER_WINDOW
            or end - window_start > config.window_chars
            or window_weight + weight > config.window_chars
        ):
            yield Span(window_start, window_end)
            sentences = 0
        if is_left_out:
            continue
        if not sentences:
            window_start, window_weight = start, 0.0
        window_end = end
        window_weight += weight
        sentences += 1
    if sentences:
        yield Span(window_start, window_end)


def _with_records(run: list[Sentence], longest: int) -> Iterator[Sentence]:
    """Yield each short record as one sentence, and the sentences of any other as a section."""
    places = [place for place, (_, _, _, depth, _) in enumerate(run) if place and depth <= 0]
    after_long = False
    for first, following in pairwise([0, *places, len(run)]):
        start, end, weight, depth, is_left_out = run[first]
        if following > first + 1:
            record = run[first:following]
            end, weight = record[-1][1], sum([sentence[2] for sentence in record])
            is_partial = any(sentence[4] for sentence in record)
            if is_partial or max(weight, end - start) > longest:
                yield (*record[0][:3], SECTION, record[0][4])
                yield from record[1:]
                after_long = True
                continue
        yield start, end, weight, SECTION if after_long else depth, is_left_out
        after_long = False
