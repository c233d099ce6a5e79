"""The passages of a folder, split and with their headings, as a build embeds them."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from indexer.config import IndexConfig
from indexer.documents import Document, SkippedFile
from indexer.embedding.embeddings import EmbeddingInput, embedding_input
from indexer.reading.readers import read_document
from indexer.reading.sources import read_source, walk
from indexer.splitting.splitter import split_passages

__all__ = ["FolderPassage", "folder_passages"]


class FolderPassage(NamedTuple):
    """A passage of the file at `path`; the embedded text begins with its heading."""

    path: str
    embedded: EmbeddingInput


def folder_passages(folder: Path) -> Iterator[FolderPassage]:
    """Yield every passage with searchable text, in the order of a build."""
    config = IndexConfig()
    for source in walk(folder, exclude=[], max_file_bytes=config.max_file_bytes):
        if isinstance(source, SkippedFile):
            continue
        found = read_source(folder, source.path, max_file_bytes=config.max_file_bytes)
        if isinstance(found, SkippedFile):
            continue
        document = read_document(source.path, found.content)
        if isinstance(document, Document):
            for passage in split_passages(document, config):
                if passage.windows:
                    yield FolderPassage(source.path, embedding_input(document, passage))
