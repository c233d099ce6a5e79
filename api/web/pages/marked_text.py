"""Text as HTML with marked spans, from which a browser restores exactly the same text.

HTML would turn CRLF into LF and drop NUL; both are written as character references instead.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup, escape

from indexer.spans import Span

__all__ = ["Layer", "exact", "mark_parts", "mark_text"]

REFERENCES = {"\r": "&#13;", "\0": "&#0;"}
REFERENCED = re.compile("[\r\0]")
# Between parts. No element has it, because it is written as a reference.
CUT = "\0"
PLAIN = re.compile("[^&<>'\"\r\0]*")


@dataclass(frozen=True, slots=True)
class Layer:
    """Sorted, disjoint spans; each is wrapped in `<mark class="name">`.

    `anchor` is the id of the element; `{n}` in it becomes the number of the span, from 1. A span
    that crosses the border of an outer layer's span is wrapped in parts, and the first gets the id.
    """

    name: str
    spans: Sequence[Span]
    anchor: str = ""


def exact(text: str) -> Markup:
    """Return the text, escaped so that `textContent` in a browser equals it.

    Only NUL cannot be part of a page. It becomes U+FFFD, so offsets stay correct.
    """
    return Markup(_exact(text))


def mark_text(
    text: str, offset: int, layers: Sequence[Layer], *, first_line: int | None = None
) -> Markup:
    """Return the text with the layers nested, the first one outermost.

    `offset` is where the text begins in the document, in whose code points the layers count.
    With `first_line`, an empty `<i data-line>` marks the start of each line.
    """
    part = Span(offset, offset + len(text))
    lines = {} if first_line is None else _line_starts(text, offset, first_line)
    return Markup("".join(_elements(text, part, layers, lines, frozenset())))


def mark_parts(
    text: str, offset: int, layers: Sequence[Layer], cuts: Collection[int]
) -> list[Markup]:
    """Return the text as `mark_text` does, cut in places of the document, each inside the text.

    Each part is whole: no mark is open at its ends.
    """
    part = Span(offset, offset + len(text))
    found = "".join(_elements(text, part, layers, {}, frozenset(cuts)))
    return list(map(Markup, found.split(CUT)))


def _exact(text: str) -> str:
    # Most of the many pieces of a page have nothing to escape, and this check is fast.
    if PLAIN.fullmatch(text):
        return text
    return REFERENCED.sub(lambda match: REFERENCES[match[0]], str(escape(text)))


def _elements(
    text: str, part: Span, layers: Sequence[Layer], lines: dict[int, int], cuts: frozenset[int]
) -> Iterator[str]:
    """Yield tags and text; tags occur only at borders."""
    entered: list[tuple[Layer, int]] = []
    seen: set[tuple[str, int]] = set()
    reached = [0] * len(layers)
    for start, end in pairwise(_borders(part, layers, lines, cuts)):
        covering = []
        for place, layer in enumerate(layers):
            index, spans = reached[place], layer.spans
            while index < len(spans) and spans[index].end <= start:
                index += 1
            reached[place] = index
            if index < len(spans) and spans[index].start <= start:
                covering.append((layer, index))
        kept = _common(entered, covering) if start not in cuts else 0
        if kept < len(entered):
            yield "</mark>" * (len(entered) - kept)
        if start in cuts:
            yield CUT
        if start in lines:
            yield f'<i data-line="{lines[start]}"></i>'
        for layer, index in covering[kept:]:
            yield _opening_tag(layer, index, first=(layer.name, index) not in seen)
            seen.add((layer.name, index))
        yield _exact(text[start - part.start : end - part.start])
        entered = covering
    yield "</mark>" * len(entered)


def _borders(
    part: Span, layers: Sequence[Layer], lines: dict[int, int], cuts: frozenset[int]
) -> list[int]:
    """Return every place of the part, both ends included, where a span or a line begins or ends."""
    ends = {end for layer in layers for span in layer.spans for end in (span.start, span.end)}
    inside = {end for end in ends if part.start < end < part.end}
    return sorted({part.start, part.end, *inside, *lines, *cuts})


def _line_starts(text: str, offset: int, first_line: int) -> dict[int, int]:
    """Return the number of each line that begins in the text, by where it begins."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    return {
        offset + start: line for line, start in enumerate(starts, first_line) if start < len(text)
    }


def _common(left: Sequence[tuple[Layer, int]], right: Sequence[tuple[Layer, int]]) -> int:
    """Return how many of the outermost elements both have."""
    common = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        common += 1
    return common


def _opening_tag(layer: Layer, index: int, *, first: bool) -> str:
    anchor = f' id="{layer.anchor.format(n=index + 1)}"' if layer.anchor and first else ""
    return f'<mark class="{layer.name}"{anchor}>'
