"""OpenDocument files: texts (ODT), slides (ODP) and drawings (ODG)."""

import posixpath

from indexer.documents import SkipReason
from indexer.reading.extraction.builder import TextBuilder
from indexer.reading.extraction.office.blocks import (
    Block,
    Paragraph,
    is_file_name,
    text_of,
    without_copies,
    write_blocks,
)
from indexer.reading.extraction.office.markup import (
    BLANK,
    BREAK,
    SKIPPED,
    TAB,
    Attributes,
    Element,
    Elsewhere,
    Item,
    Markup,
)
from indexer.reading.extraction.office.nesting import Nesting
from indexer.reading.extraction.office.open_document.styles import OpenStyle, OpenStyles
from indexer.reading.extraction.office.packages import Member, Package
from indexer.reading.extraction.office.properties import open_document_properties
from indexer.reading.extraction.office.shapes import Role, Shape, title_of, write_shapes
from indexer.reading.extraction.pieces import Extraction, Limits, MarkKind, NotExtracted

__all__ = ["read_open_document"]

_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_MATH = "http://www.w3.org/1998/Math/MathML"
_NAMESPACES = {
    f"{_OASIS}:office:1.0": "office",
    f"{_OASIS}:style:1.0": "style",
    f"{_OASIS}:text:1.0": "text",
    f"{_OASIS}:table:1.0": "table",
    f"{_OASIS}:drawing:1.0": "draw",
    f"{_OASIS}:presentation:1.0": "presentation",
    f"{_OASIS}:svg-compatible:1.0": "svg",
    "urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0": "loext",
}
_ROLES = {
    "title": Role.TITLE,
    **dict.fromkeys(("date-time", "header", "footer"), Role.MARGIN),
    "page-number": Role.NUMBER,
}
_INDEXES = ("table-of-content", "illustration-index", "table-index", "alphabetical-index")
_MARGINS = ("header", "header-left", "header-first", "footer", "footer-left", "footer-first")
_SHAPES = (
    *("frame", "custom-shape", "rect", "ellipse", "circle", "line", "connector", "polyline"),
    *("polygon", "path", "caption", "measure"),
)


def read_open_document(path: str, content: bytes, limits: Limits) -> Extraction:
    """Return the text of an OpenDocument file. Raises NotExtracted.

    Notes and comments follow the paragraph that they belong to. Headers and footers come last, each
    different one once, and count as repeated.
    """
    package = Package(content, limits)
    manifest = package.find("META-INF/manifest.xml")
    if manifest and b"encryption-data" in manifest.content:
        raise NotExtracted(SkipReason.ENCRYPTED, "it needs a password")
    builder = TextBuilder(limits)
    reading = _Reading(package, builder, limits)
    margins = reading.read(styles).blocks if (styles := package.find("styles.xml")) else []
    body = reading.read(package.get("content.xml"), is_body=True)
    write_blocks(builder, body.blocks)
    for number, page in enumerate(body.pages, start=1):
        builder.mark(MarkKind.SLIDE, str(number))
        write_shapes(builder, page)
    write_blocks(builder, without_copies(margins))
    properties = open_document_properties(package, limits)
    first_title = (
        title_of(each for each in body.pages[0] if each.role is Role.TITLE) if body.pages else None
    )
    title = body.title or properties.title or first_title
    return builder.finish(properties._replace(title=title))


class _Reading:
    """One file that is being read."""

    def __init__(self, package: Package, builder: TextBuilder, limits: Limits) -> None:
        self.styles = OpenStyles()
        self._package = package
        self._builder = builder
        self._limits = limits
        self._formulas: set[str] = set()

    def read(self, member: Member, *, is_body: bool = False) -> "_Part":
        """Return what the member says: the document itself, or its headers and footers."""
        markup = Markup(member, self._limits)
        place = self._builder.place(member.place(markup.encoding), member.content)
        part = _Part(self, markup, place)
        part.is_open = is_body
        markup.read(part.elements(), _NAMESPACES)
        return part

    def formula(self, address: str) -> list[Item]:
        """Return the text of a formula, which is a document of its own, once."""
        name = posixpath.join(posixpath.normpath(address), "content.xml")
        member = None if name in self._formulas else self._package.find(name)
        self._formulas.add(name)
        if member is None or _MATH.encode() not in member.content:
            return []
        markup = Markup(member, self._limits)
        items: list[Item] = []

        def start(_: Attributes) -> None:
            markup.into = items

        def end() -> None:
            items.append(BLANK)
            markup.into = None

        tokens = dict.fromkeys(("m:mi", "m:mn", "m:mo", "m:mtext", "m:ms"), Element(start, end))
        markup.read({**tokens, "m:annotation": SKIPPED}, {_MATH: "m"})
        place = self._builder.place(member.place(markup.encoding), member.content)
        # A blank has been put after each part, also after the last one.
        return [Elsewhere(place), *items[:-1], Elsewhere(None)]


class _Part:
    """The blocks or the pages of one part, from its elements."""

    def __init__(self, reading: _Reading, markup: Markup, place: int) -> None:
        self.blocks: list[Block] = []
        self.pages: list[list[Shape]] = []
        self.title: str | None = None
        self.is_open = False  # whether paragraphs count, which they do not in master pages
        self._reading = reading
        self._markup = markup
        self._place = place
        self._paragraphs: list[Paragraph | None] = []  # the open ones; None is a note
        self._nesting = Nesting(self.blocks)
        self._lists = 0  # how many are open
        self._repeated = 0  # how many elements are open whose text counts as repeated
        self._in_notes = False  # of a slide
        self._style = OpenStyle()
        self._description: list[Item] = []

    def elements(self) -> dict[str, Element]:
        """Return what to call for each element."""
        items = Element(self._start_list, self._end_list)
        note = Element(self._start_note, self._end_note)
        index = Element(self._start_repeated, self._end_repeated)
        margin = Element(self._start_margin, self._end_margin)
        shape = Element(self._start_shape, self._end_shape)
        return {
            "style:style": Element(self._start_style),
            "style:text-properties": Element(self._text_properties),
            "text:p": Element(self._start_paragraph, self._end_paragraph),
            "text:h": Element(self._start_heading, self._end_paragraph),
            "text:span": Element(self._start_span),
            "text:s": Element(self._blank),
            "text:tab": Element(self._tab),
            "text:line-break": Element(self._break),
            "text:hidden-text": Element(self._hidden),
            "text:hidden-paragraph": Element(self._hidden),
            "text:section": Element(self._section),
            "text:list": items,
            "text:note": note,
            "office:annotation": note,
            "text:note-citation": SKIPPED,
            "svg:desc": Element(self._start_description, self._end_description),
            "table:table": self._nesting.table,
            "table:table-row": self._nesting.row,
            "table:table-cell": self._nesting.cell,
            "table:covered-table-cell": self._nesting.cell,
            "draw:object": Element(self._object),
            "draw:page": Element(self._start_page),
            "presentation:notes": Element(self._start_notes, self._end_notes),
            **dict.fromkeys([f"draw:{each}" for each in _SHAPES], shape),
            **dict.fromkeys([f"text:{each}" for each in _INDEXES], index),
            **dict.fromkeys([f"style:{each}" for each in _MARGINS], margin),
            # Deleted text, the pronunciation over a word, the numbers of pages, names of frames.
            "svg:title": SKIPPED,
            "text:script": SKIPPED,
            "text:tracked-changes": SKIPPED,
            "text:ruby-text": SKIPPED,
            "text:page-number": SKIPPED,
            "text:page-count": SKIPPED,
        }

    # Styles

    def _start_style(self, attributes: Attributes) -> None:
        name, based_on = self._get(attributes, "name"), self._get(attributes, "parent-style-name")
        family = self._get(attributes, "family")
        self._style = self._reading.styles.add(family, name, based_on)

    def _text_properties(self, attributes: Attributes) -> None:
        if display := self._get(attributes, "display"):
            self._style.hidden = display == "none"

    # Paragraphs

    def _start_paragraph(self, attributes: Attributes) -> None:
        self._begin(attributes)

    def _begin(self, attributes: Attributes) -> Paragraph | None:
        """Begin a paragraph and return it, or skip it if it is hidden."""
        style = self._reading.styles.get("paragraph", self._get(attributes, "style-name"))
        if style.hidden or not self.is_open:
            self._markup.skip()
            return None
        paragraph = Paragraph(self._place, repeated=self._repeated > 0)
        paragraph.tight = style.tight or self._lists > 0 or bool(self.pages)
        self._nesting.innermost.append(paragraph)
        self._paragraphs.append(paragraph)
        self._listen()
        if style.is_title and self.title is None:
            self.title = ""
        return paragraph

    def _start_heading(self, attributes: Attributes) -> None:
        if paragraph := self._begin(attributes):
            level = self._get(attributes, "outline-level")
            paragraph.level = int(level) if level.isdecimal() and len(level) < 3 else 1
            paragraph.tight = False

    def _end_paragraph(self) -> None:
        paragraph = self._paragraphs.pop()
        if self.title == "" and paragraph:
            self.title = text_of(paragraph.items) or None
        self._listen()

    def _listen(self) -> None:
        """Let the innermost paragraph take the text that follows."""
        paragraph = self._paragraphs[-1] if self._paragraphs else None
        self._markup.into = paragraph.items if paragraph else None

    def _start_span(self, attributes: Attributes) -> None:
        if self._reading.styles.get("text", self._get(attributes, "style-name")).hidden:
            self._markup.skip()

    def _hidden(self, attributes: Attributes) -> None:
        if self._get(attributes, "is-hidden") != "false":
            self._markup.skip()

    def _section(self, attributes: Attributes) -> None:
        if self._get(attributes, "display") == "none":
            self._markup.skip()

    def _blank(self, _: Attributes) -> None:
        self._add(BLANK)

    def _tab(self, _: Attributes) -> None:
        self._add(TAB)

    def _break(self, _: Attributes) -> None:
        self._add(BREAK)

    def _add(self, *items: Item) -> None:
        if self._markup.into is not None:
            self._markup.into.extend(items)

    def _object(self, attributes: Attributes) -> None:
        self._add(*self._reading.formula(self._get(attributes, "href")))

    def _start_list(self, _: Attributes) -> None:
        self._lists += 1

    def _end_list(self) -> None:
        self._lists -= 1

    # Notes, indexes, headers and footers

    def _start_note(self, _: Attributes) -> None:
        paragraph = self._paragraphs[-1] if self._paragraphs else None
        self._nesting.enter(paragraph.after if paragraph else self._nesting.innermost)
        self._paragraphs.append(None)
        self._listen()

    def _end_note(self) -> None:
        self._nesting.leave()
        self._paragraphs.pop()
        self._listen()

    def _start_repeated(self, _: Attributes) -> None:
        self._repeated += 1

    def _end_repeated(self) -> None:
        self._repeated -= 1

    def _start_margin(self, _: Attributes) -> None:
        self.is_open = True
        self._repeated += 1

    def _end_margin(self) -> None:
        self.is_open = False
        self._repeated -= 1

    def _start_description(self, attributes: Attributes) -> None:
        self._start_note(attributes)
        self._description = self._markup.into = []

    def _end_description(self) -> None:
        items = self._description
        text = text_of(items)
        if self.is_open and text and not is_file_name(text):
            self._nesting.innermost.append(Paragraph(self._place, items))
        self._end_note()

    # Slides

    def _start_page(self, _: Attributes) -> None:
        self.pages.append([])

    def _start_shape(self, attributes: Attributes) -> None:
        kind = self._get(attributes, "class")
        if self._get(attributes, "placeholder") == "true" or (self._in_notes and kind != "notes"):
            # It shows what to write there.
            self._markup.skip()
            return
        if self.pages:
            shape = Shape(_ROLES.get(kind, Role.CONTENT))
            self.pages[-1].append(shape)
            self._nesting.enter(shape.blocks)

    def _end_shape(self) -> None:
        if self.pages:
            self._nesting.leave()

    def _start_notes(self, _: Attributes) -> None:
        self._in_notes = True

    def _end_notes(self) -> None:
        self._in_notes = False

    def _get(self, attributes: Attributes, name: str) -> str:
        return self._markup.attribute(attributes, name) or ""
