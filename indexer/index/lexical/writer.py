"""Lexical entries -> the lexical index: its fields, and the writer."""

from collections.abc import Iterable
from pathlib import Path

import tantivy
from tantivy import Query

from indexer.index.analysis.analyzer import Analyzer
from indexer.index.lexical.engine_errors import named_errors
from indexer.index.lexical.entries import LexicalEntry

__all__ = ["LexicalIndexWriter"]

# tantivy flushes a segment when its arena is full. Large enough for one segment of 100,000
# passages, so that most indexes need no merge.
WRITER_HEAP_BYTES = 256_000_000
# The fields of an entry that are one text.
TEXT_FIELDS = [name for name in LexicalEntry._fields if name != "borders"]


class LexicalIndexWriter:
    """Adds and deletes passages in one thread, in (path, start) order, so builds are repeatable."""

    def __init__(self, directory: Path, analyzer: Analyzer) -> None:
        with named_errors(directory):
            directory.mkdir(parents=True, exist_ok=True)
            self._index = tantivy.Index(_schema(), path=str(directory))
            analyzer.register(self._index)
            self._writer = self._index.writer(heap_size=WRITER_HEAP_BYTES, num_threads=1)
        self._directory = directory

    def add_passage(self, row: int, document: int, entry: LexicalEntry) -> None:
        """Add a passage under its row."""
        fields = tantivy.Document()
        fields.add_unsigned("row", row)
        fields.add_unsigned("document", document)
        for name, content in zip(TEXT_FIELDS, entry[:-1], strict=True):
            if content:
                fields.add_text(name, content)
        for term in entry.borders:
            fields.add_text("borders", term)
        try:
            self._writer.add_document(fields)
        except BaseException:
            # Entering this context for every passage would take as long as adding the passage.
            with named_errors(self._directory):
                raise

    def delete_documents(self, documents: Iterable[int]) -> None:
        # By a query, because `delete_documents_by_term` reads the key as a signed number and finds
        # nothing.
        gone = Query.term_set_query(self._index.schema, "document", list(documents))
        with named_errors(self._directory):
            self._writer.delete_documents_by_query(gone)

    def commit(self) -> None:
        """Write everything out. A committed writer accepts no more passages."""
        with named_errors(self._directory):
            self._writer.commit()
            self._writer.wait_merging_threads()
            # tantivy makes some files readable for their owner only. Everyone who may list the
            # folder may read them.
            readable = self._directory.stat().st_mode & 0o666
            for path in self._directory.iterdir():
                path.chmod(readable)


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", indexed=True, fast=True)
    builder.add_unsigned_field("document", indexed=True, fast=True)
    for name in ("text", "repeated", "heading", "name"):
        builder.add_text_field(name, tokenizer_name="stems", index_option="freq")
    builder.add_text_field("title", tokenizer_name="stems", index_option="position")
    builder.add_text_field("words", tokenizer_name="words", index_option="position")
    builder.add_text_field("identifiers", tokenizer_name="identifiers", index_option="freq")
    builder.add_text_field("borders", tokenizer_name="raw", index_option="basic")
    return builder.build()
