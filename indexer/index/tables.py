"""Tables of the store: the fields of a record are the columns of its table, in their order.

The first column is the key. A column has the name of its field, unless the field is annotated with
another name, and the type that SQLite has for that of the field; only `| None` allows NULL.
"""

from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

__all__ = ["Column", "ColumnName", "Table"]

TYPES = {int: "INTEGER", str: "TEXT", bytes: "BLOB"}


class ColumnName(str):
    """The name of the column of a field, where it is not that of the field."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; `field` is the name of the field that it was made from."""

    field: str
    name: str
    type: str
    nullable: bool

    @classmethod
    def of(cls, field: str, hint: Any) -> "Column":
        name = field
        if get_origin(hint) is Annotated:
            hint, name = get_args(hint)
            assert isinstance(name, ColumnName)
        types = [each for each in get_args(hint) or [hint] if each is not NoneType]
        (kind,) = types
        return cls(field, name, TYPES[kind], nullable=kind is not hint)

    @property
    def declaration(self) -> str:
        return f"{self.name} {self.type}{'' if self.nullable else ' NOT NULL'}"


@dataclass(frozen=True, slots=True)
class Table:
    """A table by its name and its columns, of which the first one is the key."""

    name: str
    columns: tuple[Column, ...]

    @classmethod
    def of(cls, name: str, record: type[tuple[Any, ...]]) -> "Table":
        """Return the table of a record, which is a named tuple."""
        hints = get_type_hints(record, include_extras=True)
        return cls(name, tuple(Column.of(field, hint) for field, hint in hints.items()))

    @property
    def created(self) -> str:
        """The statement that makes the table."""
        key, *others = self.columns
        lines = [f"{key.name} {key.type} PRIMARY KEY", *(each.declaration for each in others)]
        return f"CREATE TABLE {self.name} (\n    " + ",\n    ".join(lines) + "\n)"

    @property
    def selected(self) -> str:
        """The statement that reads whole records, to be followed by a condition."""
        return f"SELECT {self._names} FROM {self.name}"

    @property
    def inserted(self) -> str:
        """The statement that writes one whole record."""
        return f"INSERT {self._into}"

    @property
    def replaced(self) -> str:
        """The statement that writes one whole record in place of one with the same key, if any."""
        return f"INSERT OR REPLACE {self._into}"

    @property
    def _into(self) -> str:
        marks = ", ".join("?" for _ in self.columns)
        return f"INTO {self.name} ({self._names}) VALUES ({marks})"

    @property
    def _names(self) -> str:
        return ", ".join(column.name for column in self.columns)
