"""Elements that no browser shows: which they are, and where they end.

An element whose end tag was forgotten ends where a browser ends it, or with what is around it, so
that it does not hide the rest of the page.
"""

import re

from indexer.reading.extraction.html.tags import BREAKS, ENDED_BY, HEADINGS, VOID
from indexer.reading.extraction.html.zones import Attributes

__all__ = ["Hidden"]

_NOT_DISPLAYED = re.compile(r"(?:\A|;)\s*display\s*:\s*none\b", re.IGNORECASE)
# A script shows such a page as soon as it has been loaded.
_WHOLE_PAGES = frozenset({"html", "body"})
_BLOCKS = BREAKS.keys() | HEADINGS.keys() | {"table", "ul", "ol"}


class Hidden:
    """The hidden element that is being read, if any, with the open elements inside it."""

    def __init__(self) -> None:
        self._open: list[str] = []

    def __bool__(self) -> bool:
        """Return whether the text is hidden."""
        return bool(self._open)

    def start(self, tag: str, attributes: Attributes) -> bool:
        """Note a start tag; return whether it is hidden."""
        if self._open:
            self._end_forgotten(tag)
        if tag in VOID:
            return bool(self._open)
        if self._open or (tag not in _WHOLE_PAGES and _hides(attributes)):
            self._open.append(tag)
        return bool(self._open)

    def end(self, tag: str) -> bool:
        """Note an end tag; return whether it is hidden."""
        if not self._open:
            return False
        if tag in self._open:
            while self._open.pop() != tag:
                pass
            return True
        # The end of what is around it; anything else ends nothing.
        if tag in _BLOCKS and tag != "p" and tag != "br":
            self._open.clear()
        return bool(self._open)

    def _end_forgotten(self, tag: str) -> None:
        while self._open and tag in ENDED_BY.get(self._open[-1], ()):
            self._open.pop()


def _hides(attributes: Attributes) -> bool:
    hidden = attributes.attr("hidden")
    if hidden is not None:
        # A browser finds text inside such an element, and shows it then.
        return hidden.strip().lower() != "until-found"
    style = attributes.attr("style")
    return style is not None and _NOT_DISPLAYED.search(style) is not None
