"""Menus, footers, forms, notices and lines of links: text of a page that is not what it is about.

Elements are often left open, so only an element that ends is a zone. Some pages are one form, so a
form or a notice that is most of its page is none.
"""

import re
from dataclasses import dataclass
from typing import Protocol

from indexer.reading.extraction.html.tags import ZONES
from indexer.spans import Span, merge_spans

__all__ = ["Attributes", "Lines", "Zones", "repeated_spans"]

_MAY_BE_ZONES = frozenset({"div", "header", "section", "ul"})
_ROLES = frozenset({"complementary", "contentinfo", "dialog", "navigation", "search"})
_NOTICE = re.compile(
    r"\b(?:cookies?|consent|gdpr)[-_ ]?(?:banner|bar|box|consent|dialog|law|message|modal|notice"
    r"|notification|overlay|popup|wall)\b",
    re.IGNORECASE,
)
# Lines of links are short, and a paragraph with a link is none.
_LINKED_SHARE = 0.5


class Attributes(Protocol):
    """A start tag."""

    def attr(self, name: str, default: None = None, /) -> str | None: ...


@dataclass(slots=True)
class _Zone:
    tag: str
    start: int
    is_structure: bool  # else it may be a page as a whole
    depth: int = 1


class Zones:
    """The zones of a page so far."""

    def __init__(self) -> None:
        self._open: list[_Zone] = []
        self._found: list[tuple[Span, bool]] = []

    @property
    def is_inside(self) -> bool:
        """Return whether the text is inside a menu, a footer or an aside."""
        return any(zone.is_structure for zone in self._open)

    def start(self, tag: str, attributes: Attributes, length: int) -> None:
        """Note a start tag after so much text."""
        for zone in reversed(self._open):
            if zone.tag == tag:
                zone.depth += 1
                return
        if tag in ZONES:
            self._open.append(_Zone(tag, length, is_structure=tag != "form"))
        elif tag in _MAY_BE_ZONES and _is_zone(attributes):
            self._open.append(_Zone(tag, length, is_structure=False))

    def end(self, tag: str, length: int) -> None:
        """Note an end tag after so much text."""
        for place in range(len(self._open) - 1, -1, -1):
            zone = self._open[place]
            if zone.tag == tag:
                zone.depth -= 1
                if not zone.depth:
                    self._found.append((Span(zone.start, length), zone.is_structure))
                    # Those inside it were left open.
                    del self._open[place:]
                return

    def spans(self, start: int, length: int) -> list[Span]:
        """Return the zones of a page whose text is from `start` to `length`."""
        most = (length - start) / 2
        return [span for span, is_structure in self._found if is_structure or len(span) <= most]


def _is_zone(attributes: Attributes) -> bool:
    if attributes.attr("role") in _ROLES or attributes.attr("aria-hidden") == "true":
        return True
    named = f"{attributes.attr('id') or ''} {attributes.attr('class') or ''}"
    return len(named) > 1 and _NOTICE.search(named) is not None


class Lines:
    """The lines of a page so far, and how much of each is links."""

    def __init__(self) -> None:
        self.of_links: list[Span] = []
        self._start = -1
        self._linked = 0

    def add(self, start: int, end: int, *, is_link: bool) -> None:
        """Note a piece of the line."""
        if self._start < 0:
            self._start = start
        if is_link:
            self._linked += end - start

    def end(self, length: int, *, is_heading: bool = False) -> None:
        """Note that the line, if there is one, ends with so much text."""
        linked = self._linked and self._linked >= _LINKED_SHARE * (length - self._start)
        if linked and not is_heading:
            self.of_links.append(Span(self._start, length))
        self._start, self._linked = -1, 0


def repeated_spans(zones: Zones, lines: Lines, start: int, length: int) -> list[Span]:
    """Return the repeated text of a page, none if that is all of it."""
    spans = merge_spans([*zones.spans(start, length), *lines.of_links])
    left = (length - start) - sum(map(len, spans))
    # Breaks between the spans are no text.
    return spans if left > 2 * len(spans) + 2 else []
