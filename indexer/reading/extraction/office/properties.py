"""The title, author and date that an Office file says about itself."""

import re
from collections.abc import Callable
from datetime import datetime

from indexer.documents import SkipReason
from indexer.reading.extraction.office.blocks import text_of
from indexer.reading.extraction.office.markup import Attributes, Element, Item, Markup
from indexer.reading.extraction.office.packages import Package
from indexer.reading.extraction.office.relationships import relationships
from indexer.reading.extraction.pieces import Limits, Metadata, NotExtracted

__all__ = ["book_properties", "office_properties", "open_document_properties"]

_Found = dict[str, list[str]]

_NAMESPACES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "urn:oasis:names:tc:opendocument:xmlns:meta:1.0": "meta",
    "http://openoffice.org/2000/meta": "meta",
}
# What programs write when nobody has given a title or a name.
_NO_TITLE = re.compile(
    r"(?:untitled|title|document|presentation|slide|powerpoint presentation"
    r"|microsoft (?:word|powerpoint|excel)\b.*|word document"
    r"|folie|präsentation|présentation powerpoint|powerpoint-präsentation)"
    r"[ \d.-]*(?:\.\w{2,4})?",
    re.IGNORECASE,
)
_NO_AUTHOR = re.compile(
    r"(?:unknown|author|user|admin|administrator|microsoft(?: office)?(?: user)?"
    r"|python-docx|openpyxl|un-named|(?:apache )?poi|phpword)",
    re.IGNORECASE,
)
# The dates of the templates that some programs fill in.
_TEMPLATE_DATES = frozenset(
    {"2006-09-16T00:00:00Z", "2013-12-23T23:15:00Z", "2013-01-27T09:14:16Z"}
)
_FIRST_YEAR = 1900
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z\d]{2,8}){0,3}")
_ADDRESS = re.compile(r"https?://[^\s/]+\.")


def office_properties(package: Package, limits: Limits) -> Metadata:
    """Return the properties of a Word, PowerPoint or Excel file."""
    for each in relationships(package, "", limits):
        if each.kind == "core-properties":
            found = _properties(package, each.target, limits)
            return Metadata(
                title=_title(found),
                author=_author(found, "dc:creator"),
                published=_date(found, "dcterms:created", "dcterms:modified"),
                language=_language(found),
            )
    return Metadata()


def open_document_properties(package: Package, limits: Limits) -> Metadata:
    """Return the properties of an OpenDocument file."""
    found = _properties(package, "meta.xml", limits)
    return Metadata(
        title=_title(found),
        author=_author(found, "meta:initial-creator", "dc:creator"),
        published=_date(found, "meta:creation-date", "dc:date"),
        language=_language(found),
    )


def book_properties(package: Package, name: str, limits: Limits) -> Metadata:
    """Return the properties of an e-book, whose package file has this name."""
    found = _properties(package, name, limits)
    addresses = [*found.get("dc:source", []), *found.get("dc:identifier", [])]
    return Metadata(
        title=_title(found),
        author=", ".join(found.get("dc:creator", [])) or None,
        publisher=_first(found, "dc:publisher"),
        published=_date(found, "dc:date"),
        source_url=next((each for each in addresses if _ADDRESS.match(each)), None),
        language=_language(found),
    )


def _properties(package: Package, name: str, limits: Limits) -> _Found:
    """Return the texts of the properties in the member, by their prefixed names.

    Damaged ones are left out, because the text of the file can be read without them.
    """
    try:
        member = package.find(name)
        return _read(Markup(member, limits), limits) if member else {}
    except NotExtracted as error:
        if error.reason is SkipReason.DAMAGED:
            return {}
        raise


def _read(markup: Markup, limits: Limits) -> _Found:
    found: _Found = {}

    def element(name: str) -> Element:
        def start(_: Attributes) -> None:
            markup.into = []

        return Element(start, end(name))

    def end(name: str) -> Callable[[], None]:
        def add() -> None:
            items: list[Item] = markup.into or []
            markup.into = None
            if text := text_of(items)[: limits.header]:
                found.setdefault(name, []).append(text)

        return add

    names = (
        *("dc:title", "dc:creator", "dc:publisher", "dc:date", "dc:language"),
        *("dc:source", "dc:identifier"),
        *("dcterms:created", "dcterms:modified", "meta:initial-creator", "meta:creation-date"),
    )
    markup.read({name: element(name) for name in names}, _NAMESPACES)
    return found


def _is_date(text: str) -> bool:
    """Return whether this is a date or a time of ISO 8601, and of our time."""
    try:
        year = int(text) if text.isdecimal() and len(text) == 4 else _parsed(text).year
    except ValueError:
        return False
    return year >= _FIRST_YEAR and text not in _TEMPLATE_DATES


def _parsed(text: str) -> datetime:
    if re.fullmatch(r"\d{4}-\d\d", text):
        text += "-01"
    # Programs write up to nine decimals of a second.
    return datetime.fromisoformat(re.sub(r"\.\d+", "", text))


def _title(found: _Found) -> str | None:
    title = _first(found, "dc:title")
    return title if title and not _NO_TITLE.fullmatch(title) else None


def _author(found: _Found, *names: str) -> str | None:
    author = _first(found, *names)
    return author if author and not _NO_AUTHOR.fullmatch(author) else None


def _date(found: _Found, *names: str) -> str | None:
    texts = [text for name in names for text in found.get(name, [])]
    return next((text for text in texts if _is_date(text)), None)


def _language(found: _Found) -> str | None:
    language = _first(found, "dc:language")
    return language if language and _LANGUAGE.fullmatch(language) else None


def _first(found: _Found, *names: str) -> str | None:
    return next((found[name][0] for name in names if name in found), None)
