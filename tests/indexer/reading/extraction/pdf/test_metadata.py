"""Title, author, date and language, where the file says them."""

import pytest

from indexer.reading.extraction.pdf.metadata import metadata_of
from indexer.reading.extraction.pieces import Metadata

XMP = b"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description xmp:CreateDate="2021-05-06T07:08:09Z">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Salt &amp; water</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>B. Writer</rdf:li><rdf:li>C. Other</rdf:li></rdf:Seq></dc:creator>
<dc:publisher><rdf:Bag><rdf:li>The Press</rdf:li></rdf:Bag></dc:publisher>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


def test_the_document_information_comes_first() -> None:
    properties = {"Title": "Salt", "Author": "A.\n  Author", "CreationDate": "D:20240131"}
    assert metadata_of(properties, "en", XMP) == Metadata(
        title="Salt",
        author="A. Author",
        publisher="The Press",
        published="2024-01-31",
        language="en",
    )


def test_xmp_says_the_rest() -> None:
    assert metadata_of({}, "", XMP) == Metadata(
        title="Salt & water",
        author="B. Writer",
        publisher="The Press",
        published="2021-05-06T07:08:09Z",
    )


def test_two_packets_of_xmp_say_nothing_because_one_may_be_of_a_picture() -> None:
    assert metadata_of({}, "", XMP + XMP) == Metadata()


@pytest.mark.parametrize(
    "title",
    [
        *["Microsoft Word - Report.doc", "report_final.docx", "Untitled", "untitled-1"],
        *["file:///tmp/a.html", "", " \0 "],
    ],
)
def test_names_of_files_and_programs_are_no_titles(title: str) -> None:
    assert metadata_of({"Title": title}, "", b"").title is None


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("D:2024", "2024-01-01"),
        ("D:20240131120000", "2024-01-31T12:00:00"),
        ("D:20240131120000Z", "2024-01-31T12:00:00+00:00"),
        ("D:20240131120000Z00'00'", "2024-01-31T12:00:00+00:00"),
        ("D:20240131120000-03'30'", "2024-01-31T12:00:00-03:30"),
        ("20240131", "2024-01-31"),
        ("D:20240131990000", "2024-01-31"),
        ("D:20241331", None),
        ("yesterday", None),
    ],
)
def test_dates_are_those_of_a_calendar(written: str, published: str | None) -> None:
    assert metadata_of({"CreationDate": written}, "", b"").published == published
