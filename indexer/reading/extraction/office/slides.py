"""PowerPoint files (PPTX): slide by slide, with the title of each as its heading."""

from indexer.reading.extraction.builder import TextBuilder
from indexer.reading.extraction.office.blocks import Block, Paragraph, Table, described
from indexer.reading.extraction.office.markup import (
    BREAK,
    SKIPPED,
    Attributes,
    Element,
    Markup,
)
from indexer.reading.extraction.office.packages import Package
from indexer.reading.extraction.office.properties import office_properties
from indexer.reading.extraction.office.relationships import main_part, relationships
from indexer.reading.extraction.office.shapes import Role, Shape, title_of, write_shapes
from indexer.reading.extraction.pieces import Extraction, Limits, MarkKind

__all__ = ["read_slides"]

_NAMESPACES = {
    "http://schemas.openxmlformats.org/presentationml/2006/main": "p",
    "http://purl.oclc.org/ooxml/presentationml/main": "p",
    "http://schemas.openxmlformats.org/drawingml/2006/main": "a",
    "http://purl.oclc.org/ooxml/drawingml/main": "a",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": "r",
    "http://purl.oclc.org/ooxml/officeDocument/relationships": "r",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "http://schemas.openxmlformats.org/drawingml/2006/diagram": "dgm",
    "http://purl.oclc.org/ooxml/drawingml/diagram": "dgm",
    "http://schemas.openxmlformats.org/drawingml/2006/chart": "c",
    "http://purl.oclc.org/ooxml/drawingml/chart": "c",
    "http://schemas.microsoft.com/office/powerpoint/2018/8/main": "p188",
}
_ROLES = {
    **dict.fromkeys(("title", "ctrTitle"), Role.TITLE),
    **dict.fromkeys(("dt", "ftr", "hdr"), Role.MARGIN),
    "sldNum": Role.NUMBER,
}
# What a slide shows besides its own text, and what was said about it.
_ON_SLIDE = ("diagramData", "chart", "chartEx")
_BESIDE_SLIDE = ("notesSlide", "comments")


def read_slides(path: str, content: bytes, limits: Limits) -> Extraction:
    """Return the text of a PowerPoint file. Raises NotExtracted.

    After the shapes of a slide come its diagrams, the notes of its speaker and the comments.
    """
    package = Package(content, limits)
    main = main_part(package, "ppt/presentation.xml", limits)
    builder = TextBuilder(limits)
    reading = _Reading(package, builder, limits)
    for number, slide in enumerate(_slides(package, main, limits), start=1):
        builder.mark(MarkKind.SLIDE, str(number))
        reading.read_slide(slide)
    properties = office_properties(package, limits)
    return builder.finish(properties._replace(title=properties.title or reading.title))


def _slides(package: Package, main: str, limits: Limits) -> list[str]:
    """Return the names of the slides in the order in which they are shown."""
    targets = {each.id: each.target for each in relationships(package, main, limits)}
    markup = Markup(package.get(main), limits)
    found: list[str] = []

    def add(attributes: Attributes) -> None:
        ids = [value for name, value in attributes.items() if name.endswith("relationships id")]
        found.extend(targets[id] for id in ids if targets.get(id, "") in package)

    markup.read({"p:sldId": Element(add)}, _NAMESPACES)
    return list(dict.fromkeys(found))


class _Reading:
    """One file that is being read."""

    def __init__(self, package: Package, builder: TextBuilder, limits: Limits) -> None:
        self.title: str | None = None  # of the first slide, if it is a title page
        self._package = package
        self._builder = builder
        self._limits = limits
        self._is_first = True

    def read_slide(self, name: str) -> None:
        """Write a slide and what belongs to it."""
        related = relationships(self._package, name, self._limits)
        shapes = self._shapes(name)
        for kinds in (_ON_SLIDE, _BESIDE_SLIDE):
            for each in related:
                if each.kind in kinds and each.target in self._package:
                    beside = self._shapes(each.target)
                    # The other shapes of notes are the slide's picture and the page's margins.
                    is_notes = each.kind == "notesSlide"
                    shapes += [shape for shape in beside if shape.type == "body" or not is_notes]
        if self._is_first:
            self.title = title_of(shape for shape in shapes if shape.type == "ctrTitle")
        self._is_first = False
        write_shapes(self._builder, shapes)

    def _shapes(self, name: str) -> list["Shape"]:
        member = self._package.get(name)
        markup = Markup(member, self._limits)
        place = self._builder.place(member.place(markup.encoding), member.content)
        part = _Part(markup, place)
        markup.read(part.elements(), _NAMESPACES)
        return part.shapes


class _Part:
    """The shapes of one part, from its elements."""

    def __init__(self, markup: Markup, place: int) -> None:
        # The first one takes what is in no shape, as in diagrams and comments.
        self.shapes: list[Shape] = [Shape()]
        self._markup = markup
        self._place = place
        self._paragraph: Paragraph | None = None
        self._table: Table | None = None
        self._cell: list[Block] | None = None
        self._is_number = False  # whether what is read is the number of the slide

    def elements(self) -> dict[str, Element]:
        """Return what to call for each element."""
        ends_text = self._end_text
        shape = Element(self._start_shape)
        return {
            "p:sp": shape,
            "p:cxnSp": shape,
            "p:graphicFrame": shape,
            "p:pic": shape,
            "dgm:pt": shape,
            "p:ph": Element(self._placeholder),
            "p:cNvPr": Element(self._properties),
            "a:p": Element(self._start_paragraph, self._end_paragraph),
            "a:t": Element(self._start_text, ends_text),
            "m:t": Element(self._start_text, ends_text),
            "a:br": Element(self._break),
            "a:fld": Element(self._start_field, self._end_field),
            # The comments of PowerPoint before 2018 are plain text.
            "p:text": Element(self._start_line, self._end_line),
            # The names of the series and the categories of a chart, without its numbers.
            "c:v": Element(self._start_line, self._end_line),
            "c:numCache": SKIPPED,
            "a:tbl": Element(self._start_table, self._end_table),
            "a:tr": Element(self._start_row),
            "a:tc": Element(self._start_cell, self._end_cell),
            "mc:Fallback": SKIPPED,
        }

    def _start_shape(self, _: Attributes) -> None:
        self.shapes.append(Shape())

    def _placeholder(self, attributes: Attributes) -> None:
        shape = self.shapes[-1]
        shape.type = attributes.get("type", "")
        shape.role = _ROLES.get(shape.type, Role.CONTENT)

    def _properties(self, attributes: Attributes) -> None:
        if attributes.get("hidden") in {"1", "true"}:
            self.shapes[-1].role = Role.HIDDEN
        if value := attributes.get("descr"):
            run = self._markup.value_run("descr", value)
            self.shapes[-1].blocks += described(self._place, run)

    def _start_paragraph(self, _: Attributes) -> None:
        self._paragraph = Paragraph(self._place, tight=True)
        blocks = self.shapes[-1].blocks if self._cell is None else self._cell
        blocks.append(self._paragraph)

    def _end_paragraph(self) -> None:
        self._paragraph = None

    def _start_text(self, _: Attributes) -> None:
        if self._paragraph is not None and not self._is_number:
            self._markup.into = self._paragraph.items

    def _end_text(self) -> None:
        self._markup.into = None

    def _break(self, _: Attributes) -> None:
        if self._paragraph is not None:
            self._paragraph.items.append(BREAK)

    def _start_field(self, attributes: Attributes) -> None:
        self._is_number = attributes.get("type") == "slidenum"

    def _end_field(self) -> None:
        self._is_number = False

    def _start_line(self, attributes: Attributes) -> None:
        self._start_paragraph(attributes)
        self._start_text(attributes)

    def _end_line(self) -> None:
        self._end_text()
        self._end_paragraph()

    def _start_table(self, _: Attributes) -> None:
        self._table = Table()
        self.shapes[-1].blocks.append(self._table)

    def _end_table(self) -> None:
        self._table = None

    def _start_row(self, _: Attributes) -> None:
        if self._table is not None:
            self._table.rows.append([])

    def _start_cell(self, _: Attributes) -> None:
        self._cell = []
        if self._table is not None and self._table.rows:
            self._table.rows[-1].append(self._cell)

    def _end_cell(self) -> None:
        self._cell = None
