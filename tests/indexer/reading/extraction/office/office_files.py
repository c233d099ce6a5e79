"""Small office files, from the XML of their parts."""

import io
import zipfile
from collections.abc import Mapping, Sequence

from indexer.reading.extraction.office.open_document.reader import read_open_document
from indexer.reading.extraction.office.slides import read_slides
from indexer.reading.extraction.office.word.reader import read_word
from indexer.reading.extraction.pieces import LIMITS, Extraction, Limits
from tests.indexer.reading.extraction.proof import require_proof

__all__ = [
    "CORE",
    "OFFICE",
    "WORD",
    "open_document",
    "package",
    "presentation",
    "read_body",
    "read_open_text",
    "read_slide_parts",
    "relationships",
    "with_member",
    "word_file",
]

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_WORD_NAMES = (
    f'xmlns:w="{WORD}" xmlns:m="{OFFICE}/math" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
)
_SLIDE_NAMES = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    f'xmlns:r="{OFFICE}/relationships"'
)
_OPEN = "urn:oasis:names:tc:opendocument:xmlns"
_OPEN_NAMES = " ".join(
    [
        *[
            f'xmlns:{name}="{_OPEN}:{name}:1.0"'
            for name in ("office", "text", "table", "style", "presentation", "meta")
        ],
        f'xmlns:draw="{_OPEN}:drawing:1.0" xmlns:svg="{_OPEN}:svg-compatible:1.0"',
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"',
    ]
)
CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
    'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:dcterms="http://purl.org/dc/terms/">{}</cp:coreProperties>'
)


def package(members: Mapping[str, str | bytes]) -> bytes:
    """Return a zip file with these members."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            # E-books and OpenDocument files are known by this member, which is not compressed.
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, member, method)
    return content.getvalue()


def with_member(content: bytes, name: str, member: str) -> bytes:
    """Return the zip file with one more member."""
    file = io.BytesIO(content)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(name, member)
    return file.getvalue()


def relationships(*targets: str) -> str:
    """Return the part that relates to these targets, written `kind target`, as rId1, rId2, …"""
    entries = [
        f'<Relationship Id="rId{number}" Type="{OFFICE}/relationships/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate((each.split(" ") for each in targets), start=1)
    ]
    address = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{address}">{"".join(entries)}</Relationships>'


def word_file(body: str, **parts: str) -> bytes:
    """Return a Word file; `footnotes`, `styles`, `header` and so on are the insides of parts."""
    elements = {"header": "hdr", "footer": "ftr"}
    members: dict[str, str | bytes] = {
        "_rels/.rels": relationships(
            "officeDocument word/document.xml", "core-properties docProps/core.xml"
        ),
        "word/_rels/document.xml.rels": relationships(*[f"{kind} {kind}.xml" for kind in parts]),
        "word/document.xml": f"<w:document {_WORD_NAMES}><w:body>{body}</w:body></w:document>",
    }
    for kind, inside in parts.items():
        name = f"w:{elements.get(kind, kind)}"
        members[f"word/{kind}.xml"] = f"<{name} {_WORD_NAMES}>{inside}</{name}>"
    return package(members)


def read_body(body: str, limits: Limits = LIMITS, **parts: str) -> Extraction:
    """Return what is read from a Word file with this body, after a check of its pieces."""
    content = word_file(body, **parts)
    extraction = read_word("a.docx", content, limits)
    require_proof(extraction, content)
    return extraction


def presentation(
    slides: Sequence[str],
    parts: Mapping[str, str] | None = None,
    shown: Sequence[int] = (),
) -> bytes:
    """Return a PowerPoint file; the parts, such as `notesSlide`, belong to its first slide.

    `shown` are the numbers of the slides in the order of the presentation, if that is another one.
    """
    parts = parts or {}
    parts = parts or {}
    numbered = range(1, len(slides) + 1)
    ids = "".join(f'<p:sldId r:id="rId{number}"/>' for number in shown or numbered)
    members: dict[str, str | bytes] = {
        "_rels/.rels": relationships("officeDocument ppt/presentation.xml"),
        "ppt/presentation.xml": f"<p:presentation {_SLIDE_NAMES}>{ids}</p:presentation>",
        "ppt/_rels/presentation.xml.rels": relationships(
            *[f"slide slides/slide{number}.xml" for number in numbered]
        ),
        "ppt/slides/_rels/slide1.xml.rels": relationships(
            *[f"{kind} ../{kind}.xml" for kind in parts]
        ),
    }
    for number, slide in enumerate(slides, start=1):
        members[f"ppt/slides/slide{number}.xml"] = f"<p:sld {_SLIDE_NAMES}>{slide}</p:sld>"
    for kind, inside in parts.items():
        members[f"ppt/{kind}.xml"] = f"<p:part {_SLIDE_NAMES}>{inside}</p:part>"
    return package(members)


def read_slide_parts(*slides: str, **parts: str) -> Extraction:
    """Return what is read from a PowerPoint file with these slides."""
    content = presentation(slides, parts)
    extraction = read_slides("a.pptx", content, LIMITS)
    require_proof(extraction, content)
    return extraction


def open_document(
    body: str, *, kind: str = "text", styles: str = "", page_styles: str = "", meta: str = ""
) -> bytes:
    """Return an OpenDocument file."""
    content = (
        f"<office:document-content {_OPEN_NAMES}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}>"
        "</office:body></office:document-content>"
    )
    return package(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": content,
            "styles.xml": f"<office:s {_OPEN_NAMES}>{page_styles}</office:s>",
            "meta.xml": f"<office:m {_OPEN_NAMES}>{meta}</office:m>",
        }
    )


def read_open_text(body: str, **given: str) -> Extraction:
    """Return what is read from an OpenDocument file with this body."""
    content = open_document(body, **given)
    extraction = read_open_document("a.odt", content, LIMITS)
    require_proof(extraction, content)
    return extraction
