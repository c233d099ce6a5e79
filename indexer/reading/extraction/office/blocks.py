"""The paragraphs and tables of a document, and how they become its text."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from indexer.reading.extraction.builder import TextBuilder
from indexer.reading.extraction.office.markup import BREAK, TAB, Elsewhere, Item, Run

__all__ = [
    "Block",
    "Paragraph",
    "Table",
    "described",
    "is_file_name",
    "text_of",
    "without_copies",
    "write_blocks",
]

# A longer one is a paragraph that somebody has formatted as a heading.
_LONGEST_HEADING = 300
# A row with more is not data: the table is there for the layout.
_LONGEST_ROW = 500

# What programs give as the description of a picture.
_FILE_NAME = re.compile(r"\A(?:\w:\\|\\\\|\w+://)|\.\w{2,4}\Z")


@dataclass(slots=True)
class Paragraph:
    """A paragraph of one place.

    `level` is that of a heading, or 0. Two neighbours that are `tight` have no empty line between
    them. `after` are the notes, comments and text boxes that belong to the paragraph.
    """

    place: int
    items: list[Item] = field(default_factory=list)
    level: int = 0
    tight: bool = False
    repeated: bool = False
    after: list["Block"] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return all(type(item) is not Run or item.text.isspace() for item in self.items)

    @property
    def length(self) -> int:
        return sum([len(item.text) for item in self.items if type(item) is Run])


@dataclass(slots=True)
class Table:
    """The rows of a table; a cell has blocks."""

    rows: list[list[list["Block"]]] = field(default_factory=list)


Block = Paragraph | Table


def write_blocks(builder: TextBuilder, blocks: Iterable[Block]) -> None:
    """Write the blocks, each in lines of its own, with an empty line between two."""
    was_tight = False
    for block in blocks:
        if isinstance(block, Table):
            builder.line_break(2)
            _write_table(builder, block)
            was_tight = False
        elif block.items and not block.is_empty:
            builder.line_break(1 if was_tight and block.tight else 2)
            _write_paragraph(builder, block)
            was_tight = block.tight
        if isinstance(block, Paragraph) and block.after:
            builder.line_break(2)
            write_blocks(builder, block.after)
            was_tight = False
    builder.line_break(2)


def described(place: int, run: Run | None) -> list[Block]:
    """Return the description of a picture as a paragraph, unless it is the name of a file."""
    return [] if run is None or is_file_name(run.text) else [Paragraph(place, [run])]


def is_file_name(text: str) -> bool:
    """Return whether this is a name of a file or an address, which describes no picture."""
    return _FILE_NAME.search(text) is not None


def text_of(items: Iterable[Item]) -> str:
    """Return the text of the items on one line."""
    parts = [item.text if isinstance(item, Run) else item for item in items]
    return " ".join("".join([part for part in parts if isinstance(part, str)]).split())


def without_copies(blocks: Iterable[Block]) -> list[Block]:
    """Return the blocks without page numbers, and without what an earlier paragraph says."""
    seen: set[str] = set()
    found: list[Block] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            said = text_of(block.items)
            if said in seen or not any(map(str.isalpha, said)):
                continue
            seen.add(said)
        found.append(block)
    return found


def _write_paragraph(builder: TextBuilder, paragraph: Paragraph) -> None:
    is_heading = paragraph.level > 0 and paragraph.length <= _LONGEST_HEADING
    if is_heading:
        builder.heading(paragraph.level)
    _write_items(builder, paragraph)
    if is_heading:
        builder.end_heading()


def _write_items(builder: TextBuilder, paragraph: Paragraph, *, in_cell: bool = False) -> None:
    builder.enter(paragraph.place)
    if paragraph.repeated:
        builder.start_repeated()
    for item in paragraph.items:
        if type(item) is Run:
            builder.add(item.kind, item.text, item.start, item.end)
        elif type(item) is Elsewhere:
            builder.enter(paragraph.place if item.place is None else item.place)
        elif item == TAB and not in_cell:
            if not builder.at_line_start:
                builder.tab()
        elif item == BREAK and not in_cell:
            builder.line_break()
        else:
            builder.blank()
    if paragraph.repeated:
        builder.end_repeated()


def _write_table(builder: TextBuilder, table: Table) -> None:
    after: list[Block] = []
    for row in table.rows:
        builder.line_break()
        if _is_line(row):
            after += _write_line(builder, row)
        else:
            for cell in row:
                write_blocks(builder, cell)
    builder.line_break(2)
    if after:
        write_blocks(builder, after)


def _is_line(row: Sequence[Sequence[Block]]) -> bool:
    """Return whether the row becomes one line."""
    length = 0
    for cell in row:
        for block in cell:
            if isinstance(block, Table):
                return False
            length += block.length
    return len(row) > 1 and length <= _LONGEST_ROW


def _write_line(builder: TextBuilder, row: Sequence[Sequence[Block]]) -> list[Block]:
    """Write a row as a line, with tabs between its cells; return what belongs after the table."""
    after: list[Block] = []
    for column, cell in enumerate(row):
        if column:
            builder.tab()
        for block in cell:
            assert isinstance(block, Paragraph)
            if not block.is_empty:
                builder.blank()
                _write_items(builder, block, in_cell=True)
            after += block.after
    return after
