"""Every type that a document can have has a name in words."""

from api.web.pages.type_names import type_name
from indexer.reading.extraction.formats.table import FORMATS
from indexer.reading.media_types import media_type_of


def test_formats_have_names() -> None:
    names = {each.name: type_name(each.media_type) for each in FORMATS}
    assert (names["pdf"], names["word"], names["html"]) == ("PDF", "Word", "web page")
    assert not any("/" in name for name in names.values())


def test_text_files_have_names() -> None:
    suffixes = (
        "adoc c cfg cpp cs csv css diff go hs java js json kt lua md org php pl py r rb rs rst "
        "scala sh sql svg swift tex toml ts tsv txt vcf xml yaml"
    )
    for suffix in suffixes.split():
        assert "/" not in type_name(media_type_of(f"a.{suffix}")), suffix


def test_an_unknown_type_is_its_own_name() -> None:
    assert type_name("text/x-unheard-of") == "text/x-unheard-of"
