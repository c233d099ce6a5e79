"""The format of a file, by its name and its content. Where they disagree, the content is right."""

from collections.abc import Collection
from pathlib import PurePosixPath

from indexer.documents import SkipReason
from indexer.reading.extraction.formats.signatures import (
    begins_as_html,
    is_encrypted_office,
    kind_of_binary,
)
from indexer.reading.extraction.formats.table import FORMATS, Format, format_named
from indexer.reading.extraction.mail.mbox import is_mbox
from indexer.reading.extraction.office.packages import ZIP_FILE
from indexer.reading.extraction.pieces import NotExtracted

__all__ = ["format_of"]

_BY_SUFFIX = {suffix: each for each in FORMATS for suffix in each.suffixes}
# Names of saved pages often end so.
_WITHOUT_MEANING = frozenset({"", ".cgi", ".shtml"})
_WITH_SIGNATURE = [each for each in FORMATS if each.signature is not None]


def format_of(path: str, content: bytes, verbatim: Collection[str] = ()) -> Format | None:
    """Return the format of the file, or None if it is to be read as text.

    `verbatim` names formats that are read as text. Raises NotExtracted for a file of a kind that
    is not read, and for one that is not what its name says.
    """
    suffix = PurePosixPath(path).suffix.lower()
    for each in _WITH_SIGNATURE:
        assert each.signature is not None
        if each.signature(content):
            return each
    named = _BY_SUFFIX.get(suffix)
    if named is not None and named.signature is not None and content.startswith(ZIP_FILE):
        detail = f"its name says {named.label}, but it is cut short or another zip file"
        raise NotExtracted(SkipReason.DAMAGED, detail)
    _refuse_binary(suffix, content)
    if named is not None and named.signature is None:
        if named.verbatim in verbatim:
            return None
        if named.fits(content):
            return named
    if not suffix and "mail" not in verbatim and is_mbox(content):
        return format_named("mbox")
    may_be_html = named is not None or suffix in _WITHOUT_MEANING or suffix.startswith(".htm")
    if may_be_html and "html" not in verbatim and begins_as_html(content):
        return format_named("html")
    if named is not None and named.signature is not None:
        detail = f"its name says {named.label}, but its content is something else"
        raise NotExtracted(SkipReason.DAMAGED, detail)
    return None


def _refuse_binary(suffix: str, content: bytes) -> None:
    """Raise NotExtracted for a file of a kind that is known, and that is not text."""
    if is_encrypted_office(content):
        raise NotExtracted(SkipReason.ENCRYPTED, "it opens only with a password")
    if kind := kind_of_binary(suffix, content):
        raise NotExtracted(SkipReason.UNSUPPORTED, kind)
