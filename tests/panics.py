"""A panic of a library in Rust: not an Exception, and of a class that cannot be imported."""

import tantivy

__all__ = ["panic"]


def panic() -> None:
    """Make tantivy panic, by asking for its zero best passages."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text")
    tantivy.Index(builder.build()).searcher().search(tantivy.Query.all_query(), 0)
