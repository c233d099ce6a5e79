"""The bytes of a file -> a document, or the reason why there is none. Each format has one reader.

Formats whose text is not simply their decoded bytes (HTML, PDF and so on) are read in a child: see
`extraction`.
"""

import hashlib
from collections.abc import Callable, Collection
from pathlib import PurePosixPath

from indexer.documents import Document, ExtractedText, SkippedFile
from indexer.reading.extraction.child.answers import Request
from indexer.reading.extraction.child.process import READING
from indexer.reading.extraction.formats.recognition import format_of
from indexer.reading.extraction.formats.table import Format
from indexer.reading.extraction.pieces import NotExtracted
from indexer.reading.formats.asciidoc import read_asciidoc
from indexer.reading.formats.markdown import read_markdown
from indexer.reading.formats.org import read_org
from indexer.reading.formats.plain_text import read_plain_text
from indexer.reading.formats.restructuredtext import read_restructuredtext
from indexer.reading.outline import FileContent, document_of_extraction

__all__ = ["read_document"]

_READERS: dict[str, Callable[[FileContent], Document | SkippedFile]] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".mdown": read_markdown,
    ".mdx": read_markdown,
    ".mkd": read_markdown,
    ".qmd": read_markdown,
    ".rmd": read_markdown,
    ".org": read_org,
    ".adoc": read_asciidoc,
    ".asciidoc": read_asciidoc,
    ".rst": read_restructuredtext,
    ".rest": read_restructuredtext,
}


def read_document(
    path: str, content: bytes, encoding: str | None = None, *, verbatim: Collection[str] = ()
) -> Document | SkippedFile:
    """Return the document in the file. Its suffix and its content decide which reader is used.

    `encoding` is the one that a person has given for the file, if any. `verbatim` names formats
    whose files are read as the text that they are.
    """
    name = ""
    try:
        found = format_of(path, content, verbatim)
        if found is not None:
            name = found.name
            return _extracted(found, FileContent(path, content, encoding))
    except NotExtracted as refused:
        return SkippedFile(path, refused.reason, refused.detail, name)
    reader = _READERS.get(PurePosixPath(path).suffix.lower(), read_plain_text)
    return reader(FileContent(path, content, encoding))


def _extracted(found: Format, file: FileContent) -> Document:
    """Return the document of a file of this format. Raises NotExtracted."""
    given = file.encoding if found.takes_encoding else None
    answer = READING.read(Request(found.name, file.path, file.content, given))
    extraction = ExtractedText(
        format=found.name,
        reader=found.reader,
        engine=found.engine(),
        text_sha256=answer.text_sha256,
        map=answer.map,
        warnings=answer.warnings,
        encoding=given,
        repeated=answer.repeated,
    )
    sha256 = hashlib.sha256(file.content).hexdigest()
    return document_of_extraction(file.path, sha256, found.media_type, answer, extraction)
