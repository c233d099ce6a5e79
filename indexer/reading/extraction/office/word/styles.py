"""What the styles of a Word file say of paragraphs: headings, hidden text, tables of contents."""

import re
from dataclasses import dataclass

from indexer.reading.extraction.office.markup import SKIPPED, Attributes, Element, Markup
from indexer.reading.extraction.office.packages import Package
from indexer.reading.extraction.pieces import Limits

__all__ = [
    "BODY_LEVEL",
    "NO_STYLE",
    "WORD_NAMESPACES",
    "Style",
    "is_on",
    "outline_level",
    "word_styles",
]

WORD_NAMESPACES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing": "wp",
    "http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing": "wp",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
}
# The outline level of body text; those of headings are 0 to 8.
BODY_LEVEL = 9
_HEADING_NAME = re.compile(r"heading ([1-9])", re.IGNORECASE)
_CONTENTS_NAME = re.compile(
    r"toc (?:[1-9]|heading)|contents (?:[1-9]|heading)|table of figures", re.IGNORECASE
)
_LINES_NAME = re.compile(
    r"(?:preformatted|plain) text|html preformatted|source code|macro text", re.IGNORECASE
)
_LONGEST_CHAIN = 20


@dataclass(slots=True)
class Style:
    """A style. None: it says nothing, so the style that it is based on decides.

    `name` is the same in all languages for the styles that come with Word; the id is not.
    """

    name: str = ""
    based_on: str = ""
    level: int | None = None
    hidden: bool | None = None
    numbered: bool | None = None
    repeated: bool = False
    tight: bool = False

    @property
    def is_title(self) -> bool:
        return self.name.lower() == "title"

    @property
    def heading_level(self) -> int:
        """Return the level of a heading, from 1, or 0."""
        return 0 if self.level is None or self.level >= BODY_LEVEL else self.level + 1


NO_STYLE = Style()


def word_styles(package: Package, name: str, limits: Limits) -> dict[str, Style]:
    """Return the styles of the part by their ids, with what they inherit."""
    member = package.find(name)
    if member is None:
        return {}
    markup = Markup(member, limits)
    styles: dict[str, Style] = {}
    current = Style()

    def start(attributes: Attributes) -> None:
        nonlocal current
        current = styles[markup.attribute(attributes, "styleId") or ""] = Style()

    def named(attributes: Attributes) -> None:
        current.name = markup.attribute(attributes, "val") or ""

    def based(attributes: Attributes) -> None:
        current.based_on = markup.attribute(attributes, "val") or ""

    def level(attributes: Attributes) -> None:
        current.level = outline_level(markup.attribute(attributes, "val"))

    def hidden(attributes: Attributes) -> None:
        current.hidden = is_on(markup.attribute(attributes, "val"))

    def numbered(_: Attributes) -> None:
        current.numbered = True

    elements = {
        "w:style": Element(start),
        "w:name": Element(named),
        "w:basedOn": Element(based),
        "w:outlineLvl": Element(level),
        "w:vanish": Element(hidden),
        "w:numPr": Element(numbered),
        "w:docDefaults": SKIPPED,
        "w:latentStyles": SKIPPED,
        # Parts of a table, such as its first row.
        "w:tblStylePr": SKIPPED,
    }
    markup.read(elements, WORD_NAMESPACES)
    return {each: _inherited(style, styles) for each, style in styles.items()}


def outline_level(value: str | None) -> int:
    """Return the outline level that the value of `w:outlineLvl` means."""
    return int(value) if value and value.isdecimal() and len(value) < 3 else BODY_LEVEL


def is_on(value: str | None) -> bool:
    """Return whether an element with this value turns its property on."""
    return value not in {"0", "false", "off"}


def _inherited(style: Style, styles: dict[str, Style]) -> Style:
    found = Style(style.name)
    for each in _chain(style, styles):
        heading = _HEADING_NAME.fullmatch(each.name)
        if found.level is None:
            found.level = int(heading[1]) - 1 if heading and each.level is None else each.level
        found.hidden = each.hidden if found.hidden is None else found.hidden
        found.numbered = each.numbered if found.numbered is None else found.numbered
        found.repeated |= bool(_CONTENTS_NAME.fullmatch(each.name))
        found.tight |= bool(_LINES_NAME.fullmatch(each.name))
    return found


def _chain(style: Style, styles: dict[str, Style]) -> list[Style]:
    """Return the style and those that it is based on, one after the other."""
    chain = [style]
    while len(chain) < _LONGEST_CHAIN and (next_one := styles.get(chain[-1].based_on)):
        chain.append(next_one)
    return chain
