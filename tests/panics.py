"""A panic as libraries in Rust raise it: no Exception, of a class that nobody can import."""

import tantivy

__all__ = ["panic"]


def panic() -> None:
    """Ask tantivy for what it cannot do: the best nought of its passages."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text")
    tantivy.Index(builder.build()).searcher().search(tantivy.Query.all_query(), 0)
