"""Where the next block of a document goes: into its body, a cell, a note or a box."""

from indexer.reading.extraction.office.blocks import Block, Table
from indexer.reading.extraction.office.markup import Attributes, Element

__all__ = ["Nesting"]


class Nesting:
    """The open blocks. The innermost ones take what is read."""

    def __init__(self, blocks: list[Block]) -> None:
        self._open = [blocks]
        self._tables: list[Table] = []
        self.table = Element(self._start_table, self._end_table)
        self.row = Element(self._start_row)
        self.cell = Element(self._start_cell, self.leave)

    @property
    def innermost(self) -> list[Block]:
        return self._open[-1]

    def enter(self, blocks: list[Block]) -> None:
        """Let these blocks take what is read, until they are left."""
        self._open.append(blocks)

    def leave(self) -> None:
        self._open.pop()

    def _start_table(self, _: Attributes) -> None:
        table = Table()
        self.innermost.append(table)
        self._tables.append(table)

    def _end_table(self) -> None:
        self._tables.pop()

    def _start_row(self, _: Attributes) -> None:
        if self._tables:
            self._tables[-1].rows.append([])

    def _start_cell(self, _: Attributes) -> None:
        cell: list[Block] = []
        if self._tables and self._tables[-1].rows:
            self._tables[-1].rows[-1].append(cell)
        self.enter(cell)
