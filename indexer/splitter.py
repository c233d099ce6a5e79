"""Document -> passages, and the windows inside each. Pure: text in, spans out.

The text is cut into sentences; sentences are packed into passages of about equal size that begin
at headings where they can; inside a passage, one to three sentences make a window. Cutting goes by
characters and never waits for a tokenizer. Passages do not overlap and hold all text that is not
blank. No cut goes through a grapheme (Unicode Standard Annex 29).
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import regex

from indexer.config import IndexConfig
from indexer.documents import Document, Heading, Passage
from indexer.spans import Span

__all__ = ["split_passages"]

# Where a sentence may end: a full stop with what closes it, or a line end, and the blanks behind.
STOP = re.compile(r"([.!?…。！？｡\n])([.!?…。！？｡]*[\"'”’»」』）)\]*_`]*)(\s*)")
UNSPACED_STOPS = frozenset("。！？｡")
# A line that begins like this is a list item, a table row, a quotation or a heading of its own.
ITEM = re.compile(r"[ \t]*(?:[-*+•‣▪|>]|#{1,6}|\d{1,3}[.)])[ \t|]")
ABBREVIATIONS = frozenset(
    [
        *["al", "approx", "art", "bzw", "ca", "cf", "ch", "co", "corp", "dept", "dr", "e.g", "ed"],
        *["eds", "eq", "etc", "fig", "figs", "gen", "gov", "i.e", "inc", "jr", "lt", "ltd", "mr"],
        *["mrs", "ms", "mt", "no", "nr", "op", "p", "pp", "prof", "ref", "rev", "sec", "sen", "sr"],
        *["st", "u.k", "u.s", "usw", "vgl", "vol", "vs", "z.b", "zb"],
    ]
)
# Where a sentence that is too long is cut, best first.
CUTS = (re.compile(r"\n\s*"), re.compile(r"[;:,，、；：]\s*|\)\s"), re.compile(r"\s+"))
GRAPHEME = regex.compile(r"\X")
UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U000323af]")
# A Han character, kana or Hangul syllable is a token by itself; 4.4 other characters make one.
UNSPACED_WEIGHT = 3.4
# A section shorter than this share of a passage shares its passage with the next one.
SMALL_SECTION = 0.4
# Shorter lines repeat by chance: "Yes.", "Example", "}".
SHORTEST_REPETITION = 20
SENTENCES_PER_WINDOW = 3


class Sentence(NamedTuple):
    """A sentence, or another unit that is not cut: a heading, a list item, a row."""

    start: int
    end: int
    weight: float
    opens_section: bool
    repeats: bool

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


def split_passages(document: Document, config: IndexConfig) -> list[Passage]:
    """Return the passages of the document, in order."""
    sentences = _sentences(document, config)
    headings = _HeadingPaths(document.headings)
    return [
        Passage(
            span=Span(run[0].start, run[-1].end),
            heading=headings.at(run[0].start),
            windows=tuple(_windows(run, config)),
            repeated=tuple(sentence.span for sentence in run if sentence.repeats),
        )
        for section in _sections(sentences, config)
        for run in _runs(section, config)
    ]


def _sentences(document: Document, config: IndexConfig) -> list[Sentence]:
    text = document.text
    section_starts = {heading.start for heading in document.headings}
    seen: set[str] = set()
    sentences = []
    for begin, end in pairwise(_boundaries(text, document.headings)):
        opens_section = begin in section_starts
        for start, content in _pieces(text, begin, end, config.longest_window_chars):
            repeats = len(content) >= SHORTEST_REPETITION and content in seen
            seen.add(content)
            weight = _weight(content)
            sentences.append(Sentence(start, start + len(content), weight, opens_section, repeats))
            opens_section = False
    return sentences


def _boundaries(text: str, headings: Sequence[Heading]) -> list[int]:
    """Return where sentences start, and the end of the text."""
    found = {0, len(text)}
    found.update(match.end() for match in STOP.finditer(text) if _ends_sentence(text, match))
    for heading in headings:
        line_end = text.find("\n", heading.start)
        found.update((heading.start, len(text) if line_end < 0 else line_end + 1))
    return sorted(found)


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    mark, _, gap = match.groups()
    if mark not in UNSPACED_STOPS:
        if mark == "\n":
            if "\n" not in gap and not ITEM.match(text, match.end(2)):
                return False
        elif not gap:
            return False
        elif gap.count("\n") < 2 and not ("\n" in gap and ITEM.match(text, match.end())):
            following = text[match.end() : match.end() + 1]
            if following.islower() or (mark == "." and _is_abbreviation(text, match.start())):
                return False
    return _may_cut(text, match.end())


def _is_abbreviation(text: str, stop: int) -> bool:
    """Return whether the full stop at `stop` belongs to an initial, a number or a short form."""
    before = text[max(0, stop - 12) : stop].rpartition("\n")[2]
    word = before[before.rfind(" ") + 1 :].lstrip("(\"'“‘[*_")
    if len(word) == 1:
        return word.isupper()
    if len(word) <= 3 and word.isdigit():
        return before.strip() == word and "\n" in text[max(0, stop - 12) : stop]
    return word.lower() in ABBREVIATIONS


def _may_cut(text: str, at: int) -> bool:
    """Return whether no mark or joiner at this place belongs to the character before it."""
    following = text[at : at + 1]
    return following.isascii() or not (
        unicodedata.category(following).startswith("M") or following == "\u200d"
    )


def _trimmed(text: str, start: int, end: int) -> tuple[int, str]:
    """Return the content without the blanks around it, and where it starts."""
    content = text[start:end]
    if content[:1].isspace():
        bare = content.lstrip()
        start = end - len(bare)
        if start < end and not _may_cut(text, start):
            # A blank that carries a combining mark is part of the content.
            start, bare = start - 1, text[start - 1 : end]
        content = bare
    return start, content.rstrip()


def _pieces(text: str, start: int, end: int, limit: int) -> Iterator[tuple[int, str]]:
    """Yield where content starts and the content, cut where it weighs more than `limit`."""
    while end - start > limit:
        # Only the part that may be cut is looked at: a line may be as long as a file.
        part = text[start : start + limit]
        reach = max(1, int(limit * len(part) / _weight(part)))
        if end - start <= reach:
            break
        cut = _last_cut(text, start, start + reach)
        first, piece = _trimmed(text, start, cut)
        if piece:
            yield first, piece
        start = cut
    start, content = _trimmed(text, start, end)
    if content:
        yield start, content


def _last_cut(text: str, start: int, limit: int) -> int:
    """Return the best place to cut in the second half of `[start, limit]`."""
    middle = (start + limit) // 2
    for pattern in CUTS:
        ends = [
            match.end()
            for match in pattern.finditer(text, middle, limit)
            if _may_cut(text, match.end())
        ]
        if ends:
            return ends[-1]
    return _grapheme_cut(text, start, limit)


def _grapheme_cut(text: str, start: int, limit: int) -> int:
    """Return the last grapheme boundary up to `limit`, or `limit` inside an endless grapheme."""
    around = text[limit - 1 : limit + 1]
    if around.isascii() and around != "\r\n":
        return limit
    cut = start
    # One more character than the limit shows whether the last grapheme goes on.
    for match in GRAPHEME.finditer(text, start, limit + 1):
        if match.end() <= limit:
            cut = match.end()
    return cut if cut > start else limit


def _weight(text: str) -> float:
    """Return the length of the text in characters of English, by the tokens that it takes."""
    if text.isascii():
        return len(text)
    return len(text) + UNSPACED_WEIGHT * len(UNSPACED.findall(text))


def _sections(sentences: Sequence[Sentence], config: IndexConfig) -> Iterator[list[Sentence]]:
    """Yield runs of sentences that begin at a heading, small sections joined with the next."""
    section: list[Sentence] = []
    weight = 0.0
    for sentence in sentences:
        if sentence.opens_section and weight >= SMALL_SECTION * config.passage_chars:
            yield section
            section, weight = [], 0.0
        section.append(sentence)
        weight += sentence.weight
    if section:
        yield section


def _runs(section: Sequence[Sentence], config: IndexConfig) -> Iterator[list[Sentence]]:
    """Yield the sentences of each passage: as few passages as fit, of about equal weight."""
    # What lies between sentences counts too: blank lines, indentation.
    total = sum(sentence.weight for sentence in section)
    length = section[-1].end - section[0].start
    passages = 1
    if max(total, length) > config.longest_passage_chars:
        passages = -(-int(max(total, length)) // config.passage_chars)
    share = total / passages
    run: list[Sentence] = []
    weight = 0.0
    for sentence in section:
        full = weight + sentence.weight / 2 > share
        if run and (
            full
            or sentence.end - run[0].start > config.longest_passage_chars
            or weight + sentence.weight > config.longest_passage_chars
        ):
            yield run
            run, weight = [], 0.0
        run.append(sentence)
        weight += sentence.weight
    yield run


def _windows(run: Sequence[Sentence], config: IndexConfig) -> Iterator[Span]:
    """Yield windows over the sentences of a passage that do not repeat earlier ones."""
    window: list[Span] = []
    for sentence in run:
        if window and (
            sentence.repeats
            or len(window) == SENTENCES_PER_WINDOW
            or sentence.end - window[0].start > config.window_chars
        ):
            yield Span(window[0].start, window[-1].end)
            window = []
        if not sentence.repeats:
            window.append(sentence.span)
    if window:
        yield Span(window[0].start, window[-1].end)


class _HeadingPaths:
    """The path of headings above each place of a document."""

    def __init__(self, headings: Sequence[Heading]) -> None:
        self._starts = [heading.start for heading in headings]
        paths: list[tuple[Heading, ...]] = list(accumulate(headings, _descend, initial=()))  # type: ignore[arg-type]
        self._paths = [" > ".join(heading.title for heading in path) for path in paths]

    def at(self, position: int) -> str:
        return self._paths[bisect_right(self._starts, position)]


def _descend(path: tuple[Heading, ...], heading: Heading) -> tuple[Heading, ...]:
    return (*(above for above in path if above.level < heading.level), heading)
