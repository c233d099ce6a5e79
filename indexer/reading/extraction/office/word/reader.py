"""Word files (DOCX): the text as its reader sees it, with each tracked change accepted."""

from collections.abc import Callable, Mapping

from indexer.reading.extraction.builder import TextBuilder
from indexer.reading.extraction.office.blocks import (
    Block,
    Paragraph,
    described,
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
    Item,
    Markup,
)
from indexer.reading.extraction.office.nesting import Nesting
from indexer.reading.extraction.office.packages import Member, Package
from indexer.reading.extraction.office.properties import office_properties
from indexer.reading.extraction.office.relationships import main_part, relationships
from indexer.reading.extraction.office.word.styles import (
    NO_STYLE,
    WORD_NAMESPACES,
    Style,
    is_on,
    outline_level,
    word_styles,
)
from indexer.reading.extraction.pieces import Extraction, Limits
from indexer.reading.extraction.reconstruction import ELEMENTS

__all__ = ["read_word"]

# What is called at the start of an element.
_Start = Callable[[Attributes], None]
# Notes and comments by their kind and their id.
Notes = dict[tuple[str, str], list[Block]]

_NOTES = {"footnotes": "footnote", "endnotes": "endnote", "comments": "comment"}
_MARGINS = ("header", "footer")


def read_word(path: str, content: bytes, limits: Limits) -> Extraction:
    """Return the text of a Word file. Raises NotExtracted.

    Notes, comments and text boxes follow the paragraph that they belong to. Headers and footers
    come last, each different one once, and count as repeated.
    """
    package = Package(content, limits)
    main = main_part(package, "word/document.xml", limits)
    parts: dict[str, list[str]] = {}
    for each in relationships(package, main, limits):
        parts.setdefault(each.kind, []).append(each.target)
    reading = _Reading(package, limits, parts)
    body = reading.read(package.get(main))
    margins = [
        block
        for kind in _MARGINS
        for name in dict.fromkeys(parts.get(kind, []))
        if (member := package.find(name))
        for block in reading.read(member, repeated=True)
    ]
    write_blocks(reading.builder, body)
    write_blocks(reading.builder, without_copies(margins))
    properties = office_properties(package, limits)
    return reading.builder.finish(properties._replace(title=reading.title or properties.title))


class _Reading:
    """One file that is being read."""

    def __init__(self, package: Package, limits: Limits, parts: Mapping[str, list[str]]) -> None:
        self.builder = TextBuilder(limits)
        self.title = ""
        self._limits = limits
        self._styles = {
            id: style
            for name in parts.get("styles", [])
            for id, style in word_styles(package, name, limits).items()
        }
        self._notes: Notes = {}
        # Notes are commented on, but comments have no notes.
        for kind in ("comments", "endnotes", "footnotes"):
            for name in parts.get(kind, []):
                if member := package.find(name):
                    self.read(member)

    def read(self, member: Member, *, repeated: bool = False) -> list[Block]:
        """Return the blocks of a part; those of notes go to the notes."""
        markup = Markup(member, self._limits)
        place = self.builder.place(member.place(markup.encoding), member.content)
        part = _Part(markup, place, self._styles, self._notes)
        part.repeated = int(repeated)
        markup.read(part.elements(), WORD_NAMESPACES)
        self.title = self.title or part.title
        return part.blocks


class _Open:
    """A paragraph that is being read."""

    __slots__ = ("hidden", "is_initial", "level", "numbered", "paragraph", "runs", "style")

    def __init__(self, paragraph: Paragraph) -> None:
        self.paragraph = paragraph
        self.style = NO_STYLE
        self.level: int | None = None
        self.numbered: bool | None = None
        self.runs = 0  # how many runs are open, one inside the other
        self.hidden = False  # whether the innermost run is
        self.is_initial = False  # whether it is the large first letter of the next paragraph


class _Part:
    """The blocks of one part, from its elements."""

    def __init__(
        self, markup: Markup, place: int, styles: Mapping[str, Style], notes: Notes
    ) -> None:
        self.blocks: list[Block] = []
        self.title = ""
        self.repeated = 0  # how many elements are open whose text counts as repeated
        self._markup = markup
        self._place = place
        self._styles = styles
        self._notes = notes
        self._open: list[_Open] = []
        self._nesting = Nesting(self.blocks)
        self._initial: list[Item] = []  # the large first letter of the paragraph that comes next
        self._controls: list[bool] = []  # whether the text of each content control is repeated

    def elements(self) -> dict[str, Element]:
        """Return what to call for each element."""
        found = {
            "w:p": Element(self._start_paragraph, self._end_paragraph),
            "w:pStyle": Element(self._paragraph_style),
            "w:outlineLvl": Element(self._outline_level),
            "w:numId": Element(self._number),
            "w:r": Element(self._start_run, self._end_run),
            "w:rStyle": Element(self._run_style),
            "w:vanish": Element(self._vanish),
            "w:t": Element(self._start_text, self._end_text),
            "m:t": Element(self._start_formula, self._end_text),
            "m:den": Element(self._denominator),
            "w:tab": Element(self._tab),
            "w:ptab": Element(self._tab),
            "w:br": Element(self._break),
            "w:cr": Element(self._break),
            "w:noBreakHyphen": Element(self._hyphen),
            "w:tbl": self._nesting.table,
            "w:tr": self._nesting.row,
            "w:tc": self._nesting.cell,
            "wp:docPr": Element(self._picture),
            "w:framePr": Element(self._frame),
            "w:txbxContent": Element(self._start_box, self._nesting.leave),
            "w:sdt": Element(self._start_control, self._end_control),
            "w:docPartGallery": Element(self._gallery),
            "w:showingPlcHdr": Element(self._placeholder),
        }
        for kind in _NOTES.values():
            found[f"w:{kind}"] = Element(self._starts_note(kind), self._nesting.leave)
            found[f"w:{kind}Reference"] = Element(self._refers_to(kind))
        # Deleted text, the look before a change, the same text box for an older Word, and the
        # pronunciation over a word.
        deleted = ("w:del", "w:moveFrom", "mc:Fallback", "w:rt")
        changes = ("rPr", "pPr", "tblPr", "tcPr", "trPr", "sectPr", "numbering", "tblGrid")
        return found | dict.fromkeys([*deleted, *(f"w:{each}Change" for each in changes)], SKIPPED)

    # Paragraphs

    def _start_paragraph(self, _: Attributes) -> None:
        paragraph = Paragraph(self._place, self._initial)
        self._initial = []
        self._nesting.innermost.append(paragraph)
        self._open.append(_Open(paragraph))

    def _end_paragraph(self) -> None:
        read = self._open.pop()
        paragraph, style = read.paragraph, read.style
        level = style.heading_level if read.level is None else Style(level=read.level).heading_level
        paragraph.level = level
        numbered = style.numbered if read.numbered is None else read.numbered
        paragraph.tight = style.tight or (bool(numbered) and not level)
        paragraph.repeated = style.repeated or self.repeated > 0
        if read.is_initial:
            self._initial, paragraph.items = paragraph.items, []
        if style.is_title and not self.title:
            self.title = text_of(paragraph.items)

    def _paragraph_style(self, attributes: Attributes) -> None:
        if self._open:
            self._open[-1].style = self._style(attributes)

    def _frame(self, attributes: Attributes) -> None:
        if self._open and self._markup.attribute(attributes, "dropCap") not in {None, "none"}:
            self._open[-1].is_initial = True

    def _outline_level(self, attributes: Attributes) -> None:
        if self._open:
            self._open[-1].level = outline_level(self._value(attributes))

    def _number(self, attributes: Attributes) -> None:
        if self._open:
            self._open[-1].numbered = self._value(attributes) != "0"

    # Runs

    def _start_run(self, _: Attributes) -> None:
        if self._open:
            read = self._open[-1]
            read.runs += 1
            read.hidden = bool(read.style.hidden)

    def _end_run(self) -> None:
        if self._open:
            self._open[-1].runs -= 1

    def _run_style(self, attributes: Attributes) -> None:
        style = self._style(attributes)
        if self._open and style.hidden is not None:
            self._open[-1].hidden = style.hidden

    def _vanish(self, attributes: Attributes) -> None:
        # Outside a run, it hides the end of the paragraph alone.
        if self._open and self._open[-1].runs:
            self._open[-1].hidden = is_on(self._value(attributes))

    def _start_text(self, _: Attributes) -> None:
        if self._open and not self._open[-1].hidden:
            self._markup.into = self._open[-1].paragraph.items

    def _start_formula(self, _: Attributes) -> None:
        if self._open:
            self._markup.into = self._open[-1].paragraph.items

    def _denominator(self, _: Attributes) -> None:
        if self._open:
            self._open[-1].paragraph.items.append(BLANK)

    def _end_text(self) -> None:
        self._markup.into = None

    def _tab(self, _: Attributes) -> None:
        # Outside a run, it is a tab stop.
        if self._open and self._open[-1].runs:
            self._open[-1].paragraph.items.append(TAB)

    def _break(self, _: Attributes) -> None:
        if self._open and self._open[-1].runs:
            self._open[-1].paragraph.items.append(BREAK)

    def _hyphen(self, _: Attributes) -> None:
        if self._open and self._open[-1].runs and not self._open[-1].hidden:
            run = self._markup.tag(ELEMENTS["noBreakHyphen"])
            self._open[-1].paragraph.items.append(run)

    # Boxes

    def _start_box(self, _: Attributes) -> None:
        self._nesting.enter(
            self._open[-1].paragraph.after if self._open else self._nesting.innermost
        )

    def _picture(self, attributes: Attributes) -> None:
        if self._open and (value := attributes.get("descr")):
            run = self._markup.value_run("descr", value)
            self._open[-1].paragraph.after += described(self._place, run)

    # Content controls

    def _start_control(self, _: Attributes) -> None:
        self._controls.append(False)

    def _end_control(self) -> None:
        self.repeated -= self._controls.pop()

    def _gallery(self, attributes: Attributes) -> None:
        if self._value(attributes) == "Table of Contents":
            self._repeat()

    def _placeholder(self, attributes: Attributes) -> None:
        if is_on(self._value(attributes)):
            self._repeat()

    def _repeat(self) -> None:
        if self._controls and not self._controls[-1]:
            self._controls[-1] = True
            self.repeated += 1

    # Notes and comments

    def _starts_note(self, kind: str) -> _Start:
        return lambda attributes: self._start_note((kind, self._id(attributes)))

    def _start_note(self, note: tuple[str, str]) -> None:
        self._nesting.enter(self._notes.setdefault(note, []))

    def _refers_to(self, kind: str) -> _Start:
        return lambda attributes: self._refer((kind, self._id(attributes)))

    def _refer(self, note: tuple[str, str]) -> None:
        if self._open:
            self._open[-1].paragraph.after += self._notes.pop(note, [])

    # Attributes

    def _value(self, attributes: Attributes) -> str | None:
        return self._markup.attribute(attributes, "val")

    def _id(self, attributes: Attributes) -> str:
        return self._markup.attribute(attributes, "id") or ""

    def _style(self, attributes: Attributes) -> Style:
        return self._styles.get(self._value(attributes) or "", NO_STYLE)
