"""Tables of the store, derived from records: the fields are the columns, in order.

The first column is the key. A column has the name of its field, unless the field is annotated with
another name. Its type is SQLite's type for that of the field, and only `| None` allows NULL.

SQLite's integers have 64 bits, but file systems may give longer ones: the nanoseconds of the year
2300, or an inode. Such an integer is stored as its digits, in bytes, which SQLite leaves as they
are. So every value comes back as it was.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

__all__ = ["Column", "ColumnName", "Table", "from_sqlite", "to_sqlite"]

TYPES = {int: "INTEGER", str: "TEXT", bytes: "BLOB"}
SQLITE_INTEGERS = range(-(2**63), 2**63)


class ColumnName(str):
    """The name of a column that differs from the name of its field."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table. `field` is the name of the field that it was made from."""

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
    """A table: its name and its columns. The first column is the key."""

    name: str
    columns: tuple[Column, ...]

    @classmethod
    def of(cls, name: str, record: type[tuple[Any, ...]]) -> "Table":
        """Return the table of a record class, which is a named tuple."""
        hints = get_type_hints(record, include_extras=True)
        return cls(name, tuple(Column.of(field, hint) for field, hint in hints.items()))

    @property
    def created(self) -> str:
        """The statement that creates the table."""
        key, *others = self.columns
        lines = [f"{key.name} {key.type} PRIMARY KEY", *(each.declaration for each in others)]
        return f"CREATE TABLE {self.name} (\n    " + ",\n    ".join(lines) + "\n)"

    @property
    def selected(self) -> str:
        """The statement that reads whole records. A condition may follow it."""
        return f"SELECT {self._names} FROM {self.name}"

    @property
    def inserted(self) -> str:
        """The statement that writes one whole record."""
        return f"INSERT {self._into}"

    @property
    def replaced(self) -> str:
        """The statement that writes one whole record, replacing one with the same key, if any."""
        return f"INSERT OR REPLACE {self._into}"

    @property
    def _into(self) -> str:
        marks = ", ".join("?" for _ in self.columns)
        return f"INTO {self.name} ({self._names}) VALUES ({marks})"

    @property
    def _names(self) -> str:
        return ", ".join(column.name for column in self.columns)


def to_sqlite(value: Any) -> Any:
    """Return the value as SQLite can store it: an integer that is too long becomes bytes."""
    if isinstance(value, int) and value not in SQLITE_INTEGERS:
        return b"%d" % value
    return value


def from_sqlite(values: Iterable[Any]) -> list[Any]:
    """Return the columns of a record that has no fields of bytes, with long integers restored.

    Bytes that are not digits are damaged. They are left for the record's checksum to find.
    """
    return [_integer(value) if type(value) is bytes else value for value in values]


def _integer(digits: bytes) -> int | bytes:
    try:
        return int(digits)
    except ValueError:
        return digits
