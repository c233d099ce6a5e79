"""Short names of types stand for media types that files have."""

from api.query.media_types import TYPE_WORDS, media_types_of
from api.query.parser import parse_query
from indexer.documents import Document
from indexer.reading.extraction.formats.table import FORMATS
from indexer.reading.media_types import media_type_of
from indexer.reading.readers import read_document


def test_every_word_stands_for_types_that_files_have() -> None:
    known = {each.media_type for each in FORMATS}
    known |= {media_type_of(f"a.{suffix}") for suffix in ("csv", "json", "py", "txt")}
    known |= {media_type_of(f"a.{suffix}") for suffix in ("html", "xml", "yaml")}
    # What readers of text with headings say.
    for path in ("a.md", "a.rst"):
        document = read_document(path, b"A")
        assert isinstance(document, Document)
        known.add(document.media_type)
    assert {each for types in TYPE_WORDS.values() for each in types} <= known


def test_every_format_that_people_name_has_a_word() -> None:
    named = {each for types in TYPE_WORDS.values() for each in types}
    assert {each.media_type for each in FORMATS} - named == {
        "application/vnd.oasis.opendocument.graphics"
    }


def test_a_word_may_stand_for_several_types() -> None:
    mails = ("message/rfc822", "application/mbox")
    assert media_types_of("Mail") == mails
    assert parse_query("ferry type:mail").filters.media_types == mails
    assert parse_query("ferry -type:mail").filters.excluded_media_types == mails


def test_anything_else_is_a_media_type() -> None:
    assert media_types_of("Text/X-Rust") == ("text/x-rust",)
