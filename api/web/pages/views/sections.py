"""The sections of an extracted text: pages with their images, slides, sheets, messages, cells."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from api.contract.documents import DocumentMetadata, State
from api.documents.sources.outline import Outline, Section
from api.documents.sources.place_names import mark_words, page_name
from api.web.pages.marked_text import Layer
from api.web.pages.readable import Headings, ReadableText
from indexer.reading.extraction.pieces import MarkKind
from indexer.spans import Span

__all__ = ["PageView", "SectionView", "view_sections"]

# Sharp on a phone and in a column of a wide screen.
IMAGE_PIXELS = 1_200
LARGE_PIXELS = 2_400


@dataclass(frozen=True, slots=True)
class PageView:
    """A page of a PDF as an image. `is_open`: it is shown before anybody asks for it.

    `file` is the address of the file, opened at this page.
    """

    number: int
    image: str
    large: str
    alt: str
    width: int
    height: int
    is_open: bool
    file: str


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section with its title in words, which is empty for a text without sections."""

    kind: str
    title: str
    text: Markup
    page: PageView | None


def view_sections(
    document: DocumentMetadata,
    outline: Outline,
    text: str,
    part: Span,
    layers: Sequence[Layer],
    marked: Span | None,
) -> list[SectionView]:
    """Return the sections of a part of a document's text.

    `marked` is marked on the images of its pages, which are open; without it, the first page is.
    """
    sections = outline.sections
    # Below the title of the document and those of sections.
    titled = any(_title(section, sections) for section in sections)
    headings = Headings(outline.headings, highest=3 if titled else 2)
    written = ReadableText(
        text, part.start, layers, headings, printed=any(section.page for section in sections)
    )
    texts = written.sections([section.span for section in sections])
    opened = {
        number for number, section in enumerate(sections) if marked and _meet(section, marked)
    } or {0}
    return [
        SectionView(
            kind=section.mark.kind if section.mark else "",
            title=_title(section, sections),
            text=html,
            page=_page(document, section, marked, is_open=number in opened),
        )
        for number, (section, html) in enumerate(zip(sections, texts, strict=True))
    ]


def _title(section: Section, sections: Sequence[Section]) -> str:
    mark, page = section.mark, section.page
    if mark is None or (mark.kind is MarkKind.MESSAGE and len(sections) == 1):
        return ""
    words = f"page {page_name(page.number, mark.label)}" if page else mark_words(*mark[1:])
    return words[:1].upper() + words[1:]


def _meet(section: Section, span: Span) -> bool:
    return section.span.start < span.end and span.start < section.span.end


def _page(
    document: DocumentMetadata, section: Section, marked: Span | None, *, is_open: bool
) -> PageView | None:
    """Return the page of a PDF as it is now; None if the file is another one than was indexed."""
    page = section.page
    if page is None or document.state is not State.CURRENT:
        return None
    address = f"/v1/documents/{document.id}/pages/{page.number}.png"
    has_marks = marked is not None and _meet(section, marked)
    boxes = f"start={marked.start}&end={marked.end}&" if marked and has_marks else ""
    name = document.path.rpartition("/")[2]
    return PageView(
        number=page.number,
        image=f"{address}?{boxes}width={IMAGE_PIXELS}",
        large=f"{address}?{boxes}width={LARGE_PIXELS}",
        alt=f"Page {page.number:,} of {name}{', with the quotation marked' if has_marks else ''}",
        width=round(page.width),
        height=round(page.height),
        is_open=is_open,
        file=f"/v1/documents/{document.id}/file?inline=true#page={page.number}",
    )
