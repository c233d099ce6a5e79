"""What a page says about itself: in its title, its meta elements, its links and its JSON-LD."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from indexer.documents import Heading
from indexer.reading.extraction.pieces import Metadata

__all__ = ["PageMetadata"]

_MOST_JSON = 512 << 10
_MOST_NODES = 2_000
_LONGEST = 500

# The names of meta elements, the best first.
_NAMES = {
    "title": ["og:title", "citation_title", "dc.title", "dcterms.title", "twitter:title"],
    "author": ["author", "article:author", "citation_author", "dc.creator", "dcterms.creator"],
    "publisher": ["og:site_name", "citation_publisher", "dc.publisher", "dcterms.publisher"],
    "published": [
        *["article:published_time", "citation_publication_date", "citation_date", "datepublished"],
        *["dc.date", "dcterms.date", "dcterms.created", "dc.date.issued", "pubdate", "date"],
    ],
    "source_url": ["canonical", "og:url", "citation_fulltext_html_url"],
    "language": ["lang", "content-language", "og:locale", "dc.language", "dcterms.language"],
}
# Each author may have an element.
_AUTHORS = frozenset(_NAMES["author"])
_KNOWN = frozenset(name for names in _NAMES.values() for name in names)
_ARTICLES = re.compile(r"Article|Posting|Report|WebPage|Book|Thesis|Dataset|Recipe")
_DATE = re.compile(
    r"(\d{4})[-/](\d\d)[-/](\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}\b")
# What browsers write into pages that they save.
_SAVED = re.compile(r"\s*saved from url=\(\d+\)(\S+)")


class PageMetadata:
    """What a page has said about itself so far."""

    def __init__(self) -> None:
        self._title = ""
        self._found: dict[str, str] = {}
        self._authors: dict[str, list[str]] = {}
        self._saved_from: str | None = None
        self._linked: list[str] = []

    def title(self, text: str) -> None:
        """Note the content of a title element. The first one counts."""
        self._title = self._title or _on_one_line(text)

    def meta(self, name: str | None, content: str | None) -> None:
        """Note a meta element, a canonical link or another value that has a name."""
        name = (name or "").lower()
        if name in _KNOWN and content and (value := _on_one_line(content)):
            self._found.setdefault(name, value)
            if name in _AUTHORS:
                self._authors.setdefault(name, []).append(value)

    def comment(self, text: str) -> None:
        """Note a comment: browsers write the address into it."""
        if self._saved_from is None and (found := _SAVED.match(text)):
            self._saved_from = found[1]

    def linked_data(self, text: str) -> None:
        """Note the content of a script element with JSON-LD."""
        if len(text) <= _MOST_JSON:
            self._linked.append(text)

    def result(self, headings: Sequence[Heading]) -> Metadata:
        """Return what the page says, which has these headings."""
        for name, authors in self._authors.items():
            self._found[name] = _joined(authors)
        for node in _articles(self._linked):
            for name, value in (
                ("og:title", node.get("headline")),
                ("author", _names_of(node.get("author"))),
                ("og:site_name", _names_of(node.get("publisher"))),
                ("datepublished", node.get("datePublished")),
                ("og:url", node.get("url")),
                ("og:locale", node.get("inLanguage")),
            ):
                self.meta(name, value if isinstance(value, str) else None)
        language = _LANGUAGE.match(self._value("language") or "")
        return Metadata(
            title=self._best_title(headings),
            author=self._value("author"),
            publisher=self._value("publisher"),
            published=_iso_date(self._values("published")),
            source_url=_address([*self._values("source_url"), self._saved_from or ""]),
            language=language[0].lower() if language else None,
        )

    def _values(self, field: str) -> list[str]:
        return [self._found[name] for name in _NAMES[field] if name in self._found]

    def _value(self, field: str) -> str | None:
        return next(iter(self._values(field)), None)

    def _best_title(self, headings: Sequence[Heading]) -> str | None:
        """Return the title element, without the name of the site that many pages append to it.

        Most first headings, and most titles for social media, are the title without that name.
        """
        heading = next((each.title for each in headings if each.level == 1), "")
        social = self._value("title") or ""
        if not self._title:
            return social or heading or None
        parts = (part for part in (heading, social) if part and self._title.startswith(part))
        return next(parts, self._title)


def _articles(texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the articles and pages that JSON-LD describes."""
    for text in texts:
        try:
            pending = [json.loads(text)]
        except (ValueError, RecursionError):
            continue
        for _ in range(_MOST_NODES):
            if not pending:
                break
            node = pending.pop(0)
            if isinstance(node, list):
                pending[:0] = node
            elif isinstance(node, dict):
                if _ARTICLES.search(str(node.get("@type"))):
                    yield node
                pending.append(node.get("@graph"))


def _names_of(value: Any) -> str | None:
    """Return the names of one person or organisation, or of several."""
    each = value if isinstance(value, list) else [value]
    names = [one.get("name") if isinstance(one, dict) else one for one in each]
    return ", ".join([name for name in names if isinstance(name, str)]) or None


def _joined(authors: Sequence[str]) -> str:
    """Return the names as one text. Some are written as "Holt, Mira"."""
    names = list(dict.fromkeys(authors))
    return _on_one_line(("; " if any("," in name for name in names) else ", ").join(names))


def _iso_date(values: Sequence[str]) -> str | None:
    for value in values:
        if (found := _DATE.match(value)) and "01" <= found[2] <= "12" and "01" <= found[3] <= "31":
            return f"{found[1]}-{found[2]}-{found[3]}{found[4] or ''}"
    return None


def _address(values: Sequence[str]) -> str | None:
    return next((each for each in values if each.startswith(("http://", "https://"))), None)


def _on_one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]
