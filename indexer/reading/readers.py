"""The bytes of a file -> a document, or the reason why there is none. Each format has one reader.

A reader for a format whose text is not simply its decoded bytes (HTML, PDF, DOCX) belongs here,
with its own map from the text to the source.
"""

from collections.abc import Callable
from pathlib import PurePosixPath

from indexer.documents import Document, SkippedFile
from indexer.reading.formats.asciidoc import read_asciidoc
from indexer.reading.formats.markdown import read_markdown
from indexer.reading.formats.org import read_org
from indexer.reading.formats.plain_text import read_plain_text
from indexer.reading.formats.restructuredtext import read_restructuredtext
from indexer.reading.outline import FileContent

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


def read_document(path: str, content: bytes, encoding: str | None = None) -> Document | SkippedFile:
    """Return the document in the file. The suffix of the path decides which reader is used.

    `encoding` is the one that a person has given for the file, if any.
    """
    reader = _READERS.get(PurePosixPath(path).suffix.lower(), read_plain_text)
    return reader(FileContent(path, content, encoding))
