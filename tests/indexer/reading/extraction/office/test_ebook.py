"""An e-book is read chapter by chapter."""

import pytest

from indexer.documents import Heading, SkipReason
from indexer.reading.extraction.office.ebook import read_ebook
from indexer.reading.extraction.pieces import LIMITS, Extraction, Mark, MarkKind, NotExtracted
from tests.indexer.reading.extraction.office.office_files import (
    package,
    with_member,
)
from tests.indexer.reading.extraction.proof import require_proof

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OPS/book.opf"/></rootfiles></container>'
)
NAVIGATION = (
    '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body>'
    '<nav epub:type="landmarks"><ol><li><a href="one.xhtml">Start</a></li></ol></nav>'
    '<nav epub:type="toc"><ol><li><a href="one.xhtml">The ferry</a><ol>'
    '<li><a href="two%20b.xhtml#start">The <i>end</i></a></li></ol></li></ol></nav></body></html>'
)
POINTS = (
    '<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://www.daisy.org/z3986/2005/ncx.dtd">'
    '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel>'
    '<text>The ferry</text></navLabel><content src="one.xhtml"/></navPoint></navMap></ncx>'
)


def page(body: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head>'
        f"<title>x</title></head><body>{body}</body></html>"
    )


def book(spine: str, properties: str = "", **members: str | bytes) -> bytes:
    """Return a book. `spine` are ids in order; members are named by their ids."""
    kinds = {"nav": "nav.xhtml", "ncx": "toc.ncx", "two": "two b.xhtml"}
    items = [
        f'<item id="{id}" href="{kinds.get(id, f"{id}.xhtml").replace(" ", "%20")}" media-type="'
        f'{"application/x-dtbncx+xml" if id == "ncx" else "application/xhtml+xml"}"'
        f"{' properties=' + chr(34) + 'nav' + chr(34) if id == 'nav' else ''}/>"
        for id in [*members, "gone"]
    ]
    references = "".join(f'<itemref idref="{id}"/>' for id in spine.split())
    package_file = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<metadata>{properties}</metadata><manifest>{''.join(items)}</manifest>"
        f"<spine>{references}</spine></package>"
    )
    return package(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OPS/book.opf": package_file,
            **{f"OPS/{kinds.get(id, f'{id}.xhtml')}": each for id, each in members.items()},
        }
    )


def read(content: bytes) -> Extraction:
    extraction = read_ebook("a.epub", content, LIMITS)
    require_proof(extraction, content)
    return extraction


def test_chapters_are_in_the_order_of_reading() -> None:
    one, two = page("<h1>One</h1><p>It &amp; more.</p>"), page("<p>Zoë</p>")
    extraction = read(book("two one", one=one, two=two))
    assert extraction.text == "Zoë\n\nOne\n\nIt & more."
    assert extraction.headings == (Heading(5, 1, "One"),)
    assert extraction.marks == (Mark(0, MarkKind.CHAPTER, "1"), Mark(5, MarkKind.CHAPTER, "2"))
    assert [each.name for each in extraction.places] == ["OPS/two b.xhtml", "OPS/one.xhtml"]


@pytest.mark.parametrize("contents", [{"nav": NAVIGATION}, {"ncx": POINTS}])
def test_a_chapter_without_headings_has_that_of_the_contents(contents: dict[str, str]) -> None:
    extraction = read(book("one", one=page("<p>They rowed.</p>"), **contents))
    assert extraction.text == "They rowed."
    assert extraction.headings == (Heading(0, 1, "The ferry"),)
    assert extraction.marks == (Mark(0, MarkKind.CHAPTER, "The ferry"),)


def test_entries_inside_others_are_below_them() -> None:
    pages = {"one": page("<p>They rowed.</p>"), "two": page("<p>It came.</p>")}
    extraction = read(book("one two", nav=NAVIGATION, **pages))
    assert extraction.headings == (Heading(0, 1, "The ferry"), Heading(13, 2, "The end"))


def test_a_picture_gives_its_title_to_no_other_chapter() -> None:
    pages = {"one": page('<img src="a.png"/>'), "two": page("<h2>Own</h2><p>It came.</p>")}
    extraction = read(book("one two", nav=NAVIGATION, **pages))
    assert extraction.headings == (Heading(0, 2, "Own"),)


def test_the_contents_are_repeated() -> None:
    extraction = read(book("nav one", nav=NAVIGATION, one=page("<p>They rowed.</p>")))
    repeated = "".join(span.of(extraction.text) for span in extraction.repeated)
    assert "The end" in repeated
    assert "They rowed." not in repeated


def test_contents_that_are_damaged_do_not_matter() -> None:
    assert read(book("one", ncx="<ncx>", one=page("<p>They rowed.</p>"))).headings == ()


def test_a_missing_chapter_is_a_warning() -> None:
    extraction = read(book("gone one", one=page("<p>They rowed.</p>")))
    assert extraction.text == "They rowed."
    assert extraction.warnings == ("The chapter 'OPS/gone.xhtml' is missing.",)


def test_a_chapter_that_cannot_be_decoded_is_a_warning() -> None:
    extraction = read(
        book("two one", one=page("<p>They rowed.</p>"), two=b"<p>\x81\xff\x00\x9d\xfe")
    )
    assert extraction.text == "They rowed."
    assert extraction.warnings[0].startswith("The chapter 'OPS/two b.xhtml' is left out: ")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_chapters_in_other_encodings(encoding: str) -> None:
    one = page("<p>Zoë</p>").replace("utf-8", encoding.removesuffix("-sig")).encode(encoding)
    assert read(book("one", one=one)).text == "Zoë"


def test_the_book_says_who_wrote_it_and_when() -> None:
    properties = (
        "<dc:title>The ferry</dc:title><dc:creator>Ida</dc:creator><dc:creator>Bo</dc:creator>"
        "<dc:publisher>Tide</dc:publisher><dc:date>2024</dc:date><dc:language>C</dc:language>"
        "<dc:identifier>urn:uuid:1</dc:identifier>"
        "<dc:identifier>https://example.org/ferry</dc:identifier>"
    )
    metadata = read(book("one", properties, one=page("<p>a</p>"))).metadata
    assert metadata == ("The ferry", "Ida, Bo", "Tide", "2024", "https://example.org/ferry", None)


def protection(name: str) -> str:
    return (
        '<encryption xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData><e:CipherData>'
        f'<e:CipherReference URI="{name}"/></e:CipherData></e:EncryptedData></encryption>'
    )


def test_a_protected_book_is_reported_as_such() -> None:
    content = book("one", one=page("<p>a</p>"))
    protected = with_member(content, "META-INF/encryption.xml", protection("OPS/one.xhtml"))
    with pytest.raises(NotExtracted) as refused:
        read_ebook("a.epub", protected, LIMITS)
    assert refused.value.reason is SkipReason.ENCRYPTED


def test_protected_fonts_do_not_matter() -> None:
    content = book("one", one=page("<p>a</p>"))
    with_fonts = with_member(content, "META-INF/encryption.xml", protection("OPS/font.ttf"))
    assert read(with_fonts).text == "a"


def test_a_book_without_a_package_is_damaged() -> None:
    for container in (CONTAINER, "<container/>"):
        with pytest.raises(NotExtracted) as refused:
            read_ebook("a.epub", package({"META-INF/container.xml": container}), LIMITS)
        assert refused.value.reason is SkipReason.DAMAGED
