"""The content of the list of files that are not in the index: why, and what would help."""

from dataclasses import dataclass

from api.contract.documents import SkippedOut
from api.contract.lists.files import DocumentList, ListRequest
from api.web.pages.addresses import skipped_address
from indexer.documents import SkipReason
from indexer.reading.extraction.formats.table import format_named

__all__ = ["FileView", "ReasonView", "SkippedView", "view_skipped"]

# What would help, for each reason; nothing helps an empty file, and those that are left out on
# purpose need none.
HELP = {
    SkipReason.BINARY: "It is not text, and not in a format that is read. Save it in one that is.",
    SkipReason.TOO_LARGE: "Index with a higher --max-file-bytes, or split it.",
    SkipReason.UNREADABLE: "Let the user who indexes the folder read it.",
    SkipReason.UNDECODABLE: "Name its encoding in .spanlight.toml, or save it as UTF-8.",
    SkipReason.NAME: "Give it another name.",
    SkipReason.DAMAGED: "Open it in the program that made it, and save it again.",
    SkipReason.ENCRYPTED: "Save a copy of it without a password.",
    SkipReason.NO_TEXT: "It may be a scan: recognise its text with a program such as OCRmyPDF.",
    SkipReason.TOO_COSTLY: "Split it into smaller files.",
    SkipReason.UNSUPPORTED: "If it has text, save it as text, PDF, Word or a web page.",
}
# A picture of something cannot be saved as text.
PICTURES = frozenset({"AVIF", "BMP", "GIF", "HEIC", "JPEG", "PNG", "TIFF", "WebP"})
PICTURE_HELP = "A picture of text becomes readable as a PDF whose text was recognised."


@dataclass(frozen=True, slots=True)
class ReasonView:
    """A reason with the number of its files, and the address of their list."""

    reason: str
    count: int
    address: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FileView:
    """A skipped file: why in words, and what would help, if anything does."""

    path: str
    why: str
    help: str


@dataclass(frozen=True, slots=True)
class SkippedView:
    """A page of the list. `following` is the address of the next page, if there is one."""

    total: int
    files: list[FileView]
    reasons: list[ReasonView]
    everything: str
    is_filtered: bool
    following: str | None


def view_skipped(request: ListRequest, found: DocumentList) -> SkippedView:
    """Return the view of a page of skipped files."""
    chosen = next(iter(request.reason), None)
    cursor = found.next_cursor
    return SkippedView(
        total=found.total,
        files=[FileView(each.path, _why(each), _help(each)) for each in found.skipped],
        reasons=[
            ReasonView(reason, count, skipped_address(reason=reason), reason == chosen)
            for reason, count in found.reasons.items()
        ],
        everything=skipped_address(),
        is_filtered=chosen is not None,
        following=skipped_address(reason=chosen, cursor=cursor) if cursor else None,
    )


def _why(skipped: SkippedOut) -> str:
    """Return the format, the reason and the detail, as far as each is known."""
    label = format_named(skipped.format).label if skipped.format else ""
    reason = f"{label}, {skipped.reason}" if label else skipped.reason
    return f"{reason}: {skipped.detail}" if skipped.detail else reason


def _help(skipped: SkippedOut) -> str:
    if skipped.reason == SkipReason.UNSUPPORTED and skipped.detail in PICTURES:
        return PICTURE_HELP
    return HELP.get(SkipReason(skipped.reason), "")
