"""What people wrote about a text: its author, publisher, date, address and language.

It is in the front matter of the text, or in a file beside it.
"""

import json
import re
from typing import Any, NamedTuple

from indexer.documents import Description

__all__ = ["KEYS", "MOST_OF_A_SIDECAR", "SIDECAR", "Sidecar", "description_of", "read_sidecar"]

KEYS = {
    "author": ("author", "authors", "creator", "byline"),
    "publisher": ("publisher", "site_name", "sitename", "site"),
    "published": ("published", "date", "pubdate", "publish_date", "date_published", "created"),
    "source_url": ("source_url", "source", "url", "canonical_url", "canonical", "link"),
    "language": ("language", "lang"),
}
"""The names that people use for each value, the best first."""

SIDECAR = ".json"
"""The file `report.pdf.json` describes `report.pdf` beside it."""

MOST_OF_A_SIDECAR = 1 << 20

_LONGEST = 500
_DATE = re.compile(
    r"(\d{4})[-/.](0[1-9]|1[0-2])[-/.](0[1-9]|[12]\d|3[01])"
    r"(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?))?"
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}\b")


class Sidecar(NamedTuple):
    """What a file beside a document says about it."""

    title: str
    description: Description


def description_of(values: dict[str, str]) -> Description:
    """Return the description with these values, by field. What makes no sense is left out.

    A date must be year, month and day, and an address one of the web.
    """
    one_line = {field: " ".join(value.split())[:_LONGEST] for field, value in values.items()}
    published = _DATE.match(one_line.get("published", ""))
    source_url = one_line.get("source_url", "")
    language = _LANGUAGE.match(one_line.get("language", ""))
    return Description(
        author=one_line.get("author") or None,
        publisher=one_line.get("publisher") or None,
        published=_iso(published) if published else None,
        source_url=source_url if source_url.startswith(("http://", "https://")) else None,
        language=language[0].lower() if language else None,
    )


def read_sidecar(content: bytes) -> Sidecar | None:
    """Return what a JSON file says about the document beside it, or None if that is nothing."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    named = {str(name).lower(): text for name, value in found.items() if (text := _text(value))}
    values = {
        field: next((named[key] for key in keys if key in named), "")
        for field, keys in KEYS.items()
    }
    sidecar = Sidecar(" ".join(named.get("title", "").split()), description_of(values))
    return sidecar if sidecar.title or any(sidecar.description) else None


def _text(value: Any) -> str:
    """Return a text, the names in a list, or the name of a person."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_text, value[:100])))
    if isinstance(value, dict):
        value = value.get("name")
    if not isinstance(value, str):
        return ""
    # Lone surrogates of JSON are no text.
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()


def _iso(date: re.Match[str]) -> str:
    day = "-".join(date.group(1, 2, 3))
    return f"{day}T{date[4]}" if date[4] else day
