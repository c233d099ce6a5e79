"""Read any text: prose, source code, tables, logs. It may have a title, but no headings."""

from indexer.documents import Document, SkippedFile
from indexer.reading.media_types import media_type_of
from indexer.reading.outline import FileContent, Outline, document_of_text

__all__ = ["read_plain_text"]


def read_plain_text(file: FileContent) -> Document | SkippedFile:
    """Return the document. Its suffix decides its media type."""
    return document_of_text(
        file,
        media_type=media_type_of(file.path),
        outline=lambda text, body_start: Outline(),
    )
