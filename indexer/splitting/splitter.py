"""Document -> passages, and the windows inside each. Pure: text in, spans out.

Sentences are packed into passages of about equal size, which begin at headings where possible.
Inside a passage, one to three sentences make a window. Lengths are measured in characters, so no
tokenizer is needed. Passages do not overlap and contain all text that is not blank. No cut divides
a grapheme, unless the grapheme is longer than a sentence may be.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from indexer.config import IndexConfig
from indexer.documents import Document, Heading, Passage
from indexer.spans import Span
from indexer.splitting.graphemes import (
    FIRST_PREPENDED,
    is_grapheme_boundary,
    last_grapheme_boundary,
)
from indexer.splitting.sentences import next_content, sentence_starts

__all__ = ["split_passages"]

# Where to cut a sentence that is too long, best first.
CUTS = (re.compile(r"[\r\n]\s*"), re.compile(r"[;:,，、；：]\s*|\)\s"), re.compile(r"\s+"))
UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U000323af]")
# A Han character, kana or Hangul syllable is one token; 4.4 other characters make one. So each of
# these characters weighs 3.4 more than another.
UNSPACED_WEIGHT = 3.4
# A section shorter than this share of a passage shares its passage with the next one.
SMALL_SECTION = 0.4
# Shorter lines repeat by chance: "Yes.", "Example", "}".
SHORTEST_REPETITION = 20
SENTENCES_PER_WINDOW = 3


# A sentence, or a part of one that is too long, without the blanks after it: its start, its end,
# its weight, whether it opens a section, and whether it is repeated. The weight is the length
# of English text that takes as many tokens, in characters.
# Splitting spends most of its time on these tuples; named tuples would make it take 1.5 times as
# long.
Sentence = tuple[int, int, float, bool, bool]


def split_passages(
    document: Document, config: IndexConfig, *, left_out: Sequence[Span] = ()
) -> list[Passage]:
    """Return the passages of the document, in order.

    `left_out` are runs of whole lines that other documents repeat, in order. No sentence crosses
    their edges, and the sentences inside them count as repeated. So does front matter, which is
    data, unless the document has no other text.
    """
    if document.body_start and document.text[document.body_start :].strip():
        left_out = [Span(0, document.body_start), *left_out]
    headings = _HeadingPaths(document.headings)
    return [
        _passage(run, headings, config)
        for section in _sections(_sentences(document, config, left_out), config)
        for run in _runs(section, config)
    ]


def _passage(run: list[Sentence], headings: "_HeadingPaths", config: IndexConfig) -> Passage:
    start, end = run[0][0], run[-1][1]
    return Passage(
        span=Span(start, end),
        heading=headings.path_at(start),
        windows=tuple(_windows(run, config)),
        repeated=tuple([Span(start, end) for start, end, _, _, repeats in run if repeats]),
    )


def _sentences(document: Document, config: IndexConfig, left_out: Sequence[Span]) -> list[Sentence]:
    text = document.text
    found = sentence_starts(document)
    has_unspaced = not text.isascii() and UNSPACED.search(text) is not None
    limit = min(config.longest_window_chars, config.longest_passage_chars)
    whole = _with_edges(text, found.starts, left_out)
    starts = _with_cuts(text, whole, limit, has_unspaced)
    elsewhere = _starts_inside(starts, left_out)
    seen: set[str] = set()
    sentences = []
    for start, next_start in pairwise(starts):
        content = text[start:next_start].rstrip()
        length = len(content)
        end = start + length
        # Include the blank after the content if both belong to one grapheme. If a grapheme was cut
        # in two, the next sentence starts right here and there is no blank.
        if end < next_start and content[-1] >= FIRST_PREPENDED:
            end += not is_grapheme_boundary(text, end)
        repeats = start in elsewhere
        if length >= SHORTEST_REPETITION and not repeats:
            repeats = content in seen
            seen.add(content)
        weight = _weight(content) if has_unspaced else length
        sentences.append((start, end, weight, start in found.sections, repeats))
    return sentences


def _with_edges(text: str, starts: list[int], left_out: Sequence[Span]) -> list[int]:
    """Return the starts of sentences, plus the first content after each edge of `left_out`."""
    edges = [next_content(text, edge) for span in left_out for edge in (span.start, span.end)]
    return sorted({*starts, *edges}) if edges else starts


def _starts_inside(starts: list[int], left_out: Sequence[Span]) -> set[int]:
    """Return the starts that are inside one of the spans."""
    return {
        start
        for span in left_out
        for start in starts[bisect_left(starts, span.start) : bisect_left(starts, span.end)]
    }


def _with_cuts(text: str, starts: list[int], limit: int, has_unspaced: bool) -> list[int]:
    """Return the starts of sentences, plus the starts of the parts of those that weigh too much."""
    lightest = int(limit / (1 + UNSPACED_WEIGHT)) if has_unspaced else limit
    long = [(start, end) for start, end in pairwise(starts) if end - start > lightest]
    if not long:
        return starts
    return sorted(
        [*starts, *(cut for start, end in long for cut in _cuts(text, start, end, limit))]
    )


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


def _sections(sentences: list[Sentence], config: IndexConfig) -> Iterator[list[Sentence]]:
    """Yield runs of sentences that begin at a heading. A small section is joined with the next."""
    least = SMALL_SECTION * config.passage_chars
    first, section_weight = 0, 0.0
    for place, (_, _, weight, opens_section, _) in enumerate(sentences):
        if opens_section and section_weight >= least:
            yield sentences[first:place]
            first, section_weight = place, 0.0
        section_weight += weight
    if sentences:
        yield sentences[first:]


def _runs(section: list[Sentence], config: IndexConfig) -> Iterator[list[Sentence]]:
    """Yield the sentences of each passage: as few passages as fit, of about equal weight."""
    section_weight = sum([weight for _, _, weight, _, _ in section])
    # The text between sentences counts too: blank lines, indentation.
    longest = max(section_weight, section[-1][1] - section[0][0])
    if longest <= config.longest_passage_chars:
        yield section
        return
    share = section_weight / -(-int(longest) // config.passage_chars)
    first, run_start, run_weight = 0, section[0][0], 0.0
    for place, (start, end, weight, _, _) in enumerate(section):
        if place > first and (
            run_weight + weight / 2 > share
            or run_weight + weight > config.longest_passage_chars
            or end - run_start > config.longest_passage_chars
        ):
            yield section[first:place]
            first, run_start, run_weight = place, start, 0.0
        run_weight += weight
    yield section[first:]


def _windows(run: list[Sentence], config: IndexConfig) -> Iterator[Span]:
    """Yield windows over the sentences of a passage that do not repeat earlier ones."""
    window_start = window_end = sentences = 0
    window_weight = 0.0
    for start, end, weight, opens_section, repeats in run:
        if sentences and (
            repeats
            or opens_section
            or sentences == SENTENCES_PER_WINDOW
            or end - window_start > config.window_chars
            or window_weight + weight > config.window_chars
        ):
            yield Span(window_start, window_end)
            sentences = 0
        if repeats:
            continue
        if not sentences:
            window_start, window_weight = start, 0.0
        window_end = end
        window_weight += weight
        sentences += 1
    if sentences:
        yield Span(window_start, window_end)


class _HeadingPaths:
    """The path of headings above each position of a document."""

    def __init__(self, headings: Sequence[Heading]) -> None:
        self._starts = [heading.start for heading in headings]
        paths: list[tuple[Heading, ...]] = list(accumulate(headings, _descend, initial=()))  # type: ignore[arg-type]
        self._paths = [" > ".join(heading.title for heading in path) for path in paths]

    def path_at(self, position: int) -> str:
        return self._paths[bisect_right(self._starts, position)]


def _descend(path: tuple[Heading, ...], heading: Heading) -> tuple[Heading, ...]:
    return (*(above for above in path if above.level < heading.level), heading)
