"""The shapes of a slide, and the order in which they become text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from indexer.reading.extraction.builder import TextBuilder
from indexer.reading.extraction.office.blocks import Block, Paragraph, text_of, write_blocks
from indexer.reading.extraction.office.markup import BREAK, Item

__all__ = ["Role", "Shape", "title_of", "write_shapes"]


class Role(Enum):
    """What a shape is for."""

    CONTENT = auto()
    TITLE = auto()
    MARGIN = auto()  # a date, a header or a footer
    NUMBER = auto()  # the number of the slide
    HIDDEN = auto()


@dataclass(slots=True)
class Shape:
    """A shape of a slide. `type` is what the file calls its placeholder."""

    role: Role = Role.CONTENT
    type: str = ""
    blocks: list[Block] = field(default_factory=list)


def write_shapes(builder: TextBuilder, shapes: Sequence[Shape]) -> None:
    """Write the shapes: the title first, as a heading; then the others in the file's order."""
    title = next((each for each in shapes if each.role is Role.TITLE and _lines(each)), None)
    if title:
        write_blocks(builder, [_heading(_lines(title))])
    for shape in shapes:
        if shape is title or shape.role in {Role.NUMBER, Role.HIDDEN}:
            continue
        if shape.role is Role.MARGIN:
            for line in _lines(shape):
                line.repeated = True
        write_blocks(builder, shape.blocks)


def title_of(shapes: Iterable[Shape]) -> str | None:
    """Return the text of the first of these shapes, on one line."""
    for shape in shapes:
        return text_of(_heading(lines).items) if (lines := _lines(shape)) else None
    return None


def _lines(shape: Shape) -> list[Paragraph]:
    return [each for each in shape.blocks if isinstance(each, Paragraph) and not each.is_empty]


def _heading(lines: Sequence[Paragraph]) -> Paragraph:
    """Return the lines of a title as one heading."""
    items: list[Item] = []
    after: list[Block] = []
    for line in lines:
        items += [BREAK, *line.items]
        after += line.after
    return Paragraph(lines[0].place, items[1:], level=1, after=after)
