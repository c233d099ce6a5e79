"""E-books (EPUB): the pages of a zip file, chapter by chapter."""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from indexer.documents import SkipReason
from indexer.reading.encodings.decoding import Refused, decode
from indexer.reading.extraction.builder import TextBuilder
from indexer.reading.extraction.html.reader import add_markup, without_mark
from indexer.reading.extraction.office.blocks import text_of
from indexer.reading.extraction.office.markup import Attributes, Element, Item, Markup
from indexer.reading.extraction.office.packages import Member, Package, joined
from indexer.reading.extraction.office.properties import book_properties
from indexer.reading.extraction.pieces import Extraction, Limits, MarkKind, NotExtracted
from indexer.spans import bom_length

__all__ = ["read_ebook"]

_NAMESPACES = {
    "urn:oasis:names:tc:opendocument:xmlns:container": "container",
    "http://www.idpf.org/2007/opf": "opf",
    "http://openebook.org/namespaces/oeb-package/1.0/": "opf",
    "http://www.w3.org/1999/xhtml": "h",
    "http://www.daisy.org/z3986/2005/ncx/": "ncx",
    "http://www.w3.org/2001/04/xmlenc#": "enc",
}
_PAGES = frozenset({"application/xhtml+xml", "text/html", "text/x-oeb1-document"})
_HAS_HEADING = re.compile(rb"<(?:\w+:)?h[1-6]\b", re.IGNORECASE)

_TAG = re.compile(rb"<[^>]*>")


class _Entry(NamedTuple):
    """An entry of the table of contents."""

    title: str
    level: int


class _Book:
    """What the package file of a book says."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}  # of members, by the ids of the manifest
        self.pages: set[str] = set()  # ids of pages
        self.order: list[str] = []  # ids of the spine
        self.contents: list[str] = []  # names of members with a table of contents
        self.shown_contents: set[str] = set()  # those of them that are pages of the book


def read_ebook(path: str, content: bytes, limits: Limits) -> Extraction:
    """Return the text of an e-book, its chapters in the order of reading. Raises NotExtracted.

    Where a chapter has no heading, its title in the table of contents is the one.
    """
    package = Package(content, limits)
    name = _package_file(package, limits)
    book = _book(package.get(name), limits)
    chapters = [book.names[id] for id in book.order if id in book.names and id in book.pages]
    if not _protected(package, limits).isdisjoint(chapters):
        raise NotExtracted(SkipReason.ENCRYPTED, "it is protected against copying")
    builder = TextBuilder(limits)
    entries = _entries(package, book, limits)
    for number, chapter in enumerate(dict.fromkeys(chapters), start=1):
        member = package.find(chapter)
        if member is None:
            builder.warn(f"The chapter {chapter!r} is missing.")
            continue
        builder.mark(
            MarkKind.CHAPTER, entries[chapter].title if chapter in entries else str(number)
        )
        _add_chapter(builder, member, entries, is_contents=chapter in book.shown_contents)
    return builder.finish(book_properties(package, name, limits))


def _add_chapter(
    builder: TextBuilder, member: Member, entries: Mapping[str, _Entry], *, is_contents: bool
) -> None:
    decoded = decode(member.content, None)
    if isinstance(decoded, Refused):
        builder.warn(
            f"The chapter {member.name!r} is left out: {decoded.detail or decoded.reason}."
        )
        return
    encoding, first = without_mark(member.content, decoded.encoding), bom_length(decoded.encoding)
    builder.place(member.place(encoding), member.content)
    entry = entries.get(member.name)
    if entry and not _HAS_HEADING.search(member.content) and _has_text(member.content):
        builder.caption(entry.level, entry.title)
    if is_contents:
        builder.start_repeated()
    add_markup(builder, member.content, encoding, first=first)
    if is_contents:
        builder.end_repeated()
    builder.line_break(2)


def _has_text(page: bytes) -> bool:
    """Return whether a page has text outside its head and its tags."""
    return bool(_TAG.sub(b"", page[max(page.find(b"<body"), 0) :]).strip())


def _package_file(package: Package, limits: Limits) -> str:
    """Return the name of the member that says what the book consists of."""
    found: list[str] = []
    markup = Markup(package.get("META-INF/container.xml"), limits)

    def add(attributes: Attributes) -> None:
        found.append(attributes.get("full-path", ""))

    markup.read({"container:rootfile": Element(add)}, _NAMESPACES)
    if not found:
        raise NotExtracted(SkipReason.DAMAGED, "it does not say where its contents are")
    return found[0]


def _book(member: Member, limits: Limits) -> _Book:
    markup = Markup(member, limits)
    book = _Book()

    def item(attributes: Attributes) -> None:
        id, name = attributes.get("id", ""), _target(member.name, attributes.get("href", ""))
        book.names[id] = name
        kind = attributes.get("media-type", "")
        if kind in _PAGES:
            book.pages.add(id)
        if "nav" in attributes.get("properties", "").split():
            book.shown_contents.add(name)
            book.contents.insert(0, name)
        elif kind == "application/x-dtbncx+xml":
            book.contents.append(name)

    def reference(attributes: Attributes) -> None:
        if attributes.get("type", "").lower() == "toc":
            book.shown_contents.add(_target(member.name, attributes.get("href", "")))

    elements = {
        "opf:item": Element(item),
        "opf:itemref": Element(lambda attributes: book.order.append(attributes.get("idref", ""))),
        "opf:reference": Element(reference),
    }
    markup.read(elements, _NAMESPACES)
    return book


def _target(base: str, address: str) -> str:
    return joined(base, unquote(address.partition("#")[0]))


def _protected(package: Package, limits: Limits) -> set[str]:
    """Return the names of the encrypted members. In most books these are fonts, or none."""
    member = package.find("META-INF/encryption.xml")
    if member is None:
        return set()
    found: set[str] = set()
    markup = Markup(member, limits)

    def add(attributes: Attributes) -> None:
        found.add(_target("", attributes.get("URI", "")))

    markup.read({"enc:CipherReference": Element(add)}, _NAMESPACES)
    return found


def _entries(package: Package, book: _Book, limits: Limits) -> dict[str, _Entry]:
    """Return the first entry of each chapter in the table of contents."""
    for name in book.contents:
        member = package.find(name)
        if member is None:
            continue
        contents = _Contents(member, limits)
        try:
            contents.read()
        except NotExtracted:
            # A book can be read without it.
            continue
        if contents.entries:
            return contents.entries
    return {}


class _Contents:
    """A table of contents: lists in lists in a page (EPUB 3), or points in points (EPUB 2)."""

    def __init__(self, member: Member, limits: Limits) -> None:
        self.entries: dict[str, _Entry] = {}
        self._name = member.name
        self._markup = Markup(member, limits)
        self._level = 0
        self._navigations: list[str] = []
        self._address = ""
        self._items: list[Item] = []

    def read(self) -> None:
        end_level = self._end_level
        elements = {
            "h:nav": Element(self._start_navigation, self._end_navigation),
            "h:ol": Element(self._start_level, end_level),
            "h:a": Element(self._start_link, self._end_link),
            "ncx:navPoint": Element(self._start_level, end_level),
            "ncx:text": Element(self._start_text, self._end_text),
            "ncx:content": Element(self._content),
        }
        self._markup.read(elements, _NAMESPACES)

    def _start_navigation(self, attributes: Attributes) -> None:
        self._navigations.append(self._markup.attribute(attributes, "type") or "")

    def _end_navigation(self) -> None:
        self._navigations.pop()

    def _start_level(self, _: Attributes) -> None:
        self._level += 1

    def _end_level(self) -> None:
        self._level -= 1

    def _start_link(self, attributes: Attributes) -> None:
        if self._navigations and self._navigations[-1] == "toc":
            self._address = attributes.get("href", "")
            self._start_text(attributes)

    def _end_link(self) -> None:
        self._end_text()
        self._add()

    def _start_text(self, _: Attributes) -> None:
        self._items = self._markup.into = []

    def _end_text(self) -> None:
        self._markup.into = None

    def _content(self, attributes: Attributes) -> None:
        self._address = attributes.get("src", "")
        self._add()

    def _add(self) -> None:
        title = text_of(self._items)
        if title and self._address:
            name = _target(self._name, self._address)
            self.entries.setdefault(name, _Entry(title, max(self._level, 1)))
        self._items, self._address = [], ""
