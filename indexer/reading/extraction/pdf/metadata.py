"""What a PDF says about itself: its document information, and its XMP packet where it is plain."""

import re
from collections.abc import Mapping
from datetime import datetime
from html import unescape

from indexer.reading.extraction.pieces import Metadata

__all__ = ["metadata_of"]

LONGEST = 1_000
_PACKET = re.compile(rb"<x:xmpmeta\b.{0,200000}?</x:xmpmeta>", re.DOTALL)
_DATE = re.compile(
    r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(Z)|([+-])(\d\d)'?(\d\d)?'?)?"
)
# Programs put the name of the file or of themselves there.
_NO_TITLE = re.compile(
    r"untitled.{0,3}|(?:microsoft (?:word|powerpoint|excel) - .*)"
    r"|.*\.(?:docx?|pptx?|xlsx?|odt|odp|ods|pdf|tex|dvi|indd|qxd|rtf|html?|ps|eps|p65|pmd|fm|cdr|ai|graffle|pages|key|wpd|vsdx?)"
    r"|(?:file|https?)://.*|about:blank",
    re.IGNORECASE,
)


def metadata_of(properties: Mapping[str, str], language: str, content: bytes) -> Metadata:
    """Return what the document information says, and XMP where that says nothing."""
    packet = _packet(content)
    title = _title(properties.get("Title", "")) or _title(_property(packet, "dc:title"))
    return Metadata(
        title=title or None,
        author=_plain(properties.get("Author", "")) or _property(packet, "dc:creator") or None,
        publisher=_property(packet, "dc:publisher") or None,
        published=_date(properties.get("CreationDate", ""))
        or _iso_date(_property(packet, "xmp:CreateDate")),
        language=_plain(language) or _property(packet, "dc:language") or None,
    )


def _packet(content: bytes) -> str:
    """Return the XMP of the document, or an empty string.

    Images have packets of their own, so it is only clear with one packet which one it is.
    """
    found = _PACKET.findall(content) if content.count(b"<x:xmpmeta") == 1 else []
    return found[0].decode("utf-8", "replace") if len(found) == 1 else ""


def _property(packet: str, name: str) -> str:
    """Return the first value of a property, which is an element or an attribute."""
    if match := re.search(rf'\b{name}="([^"]*)"', packet):
        return _plain(unescape(match[1]))
    element = re.search(rf"<{name}\b[^>]*>(.*?)</{name}>", packet, re.DOTALL)
    if not element:
        return ""
    values = re.findall(r"<rdf:li\b[^>]*>([^<]*)</rdf:li>", element[1])
    return _plain(unescape((values or [re.sub(r"<[^>]*>", " ", element[1])])[0]))


def _title(text: str) -> str:
    title = _plain(text)
    return "" if _NO_TITLE.fullmatch(title) else title


def _plain(text: str) -> str:
    """Return a text on one line, without characters that cannot be shown."""
    shown = "".join(each for each in text[:LONGEST] if each.isprintable() or each.isspace())
    return " ".join(shown.split())


def _date(text: str) -> str | None:
    """Return a date of PDF, such as `D:20240131120000+01'00'`, as ISO 8601."""
    match = _DATE.match(text.strip())
    if not match:
        return None
    year, month, day, hour, minute, second = match.groups()[:6]
    iso = f"{year}-{month or '01'}-{day or '01'}"
    if hour is None:
        return _iso_date(iso)
    zone = "+00:00" if match[7] else f"{match[8]}{match[9]}:{match[10] or '00'}" if match[8] else ""
    return _iso_date(f"{iso}T{hour}:{minute or '00'}:{second or '00'}{zone}") or _iso_date(iso)


def _iso_date(text: str) -> str | None:
    """Return a date in ISO 8601 if it is one of the calendar."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return None
    return text
