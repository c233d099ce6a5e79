"""The formats that are read, each with its reader: the only list of them.

A reader is imported when it is needed, because some of them load a large library.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from indexer.reading.extraction.pieces import Extraction

__all__ = ["FORMATS", "VERBATIM", "Format", "Reader", "format_named", "is_current", "reader_of"]


class Reader(NamedTuple):
    """What reads a format. The same bytes give the same text while `identity` and `engine` last.

    `read` raises NotExtracted. With `takes_encoding` it also takes `encoding`, a name or None, as
    a keyword: the encoding that a person has given for the file.
    """

    identity: str
    engine: str
    read: Callable[..., Extraction]
    takes_encoding: bool = False


@dataclass(frozen=True, slots=True)
class Format:
    """A format that is read.

    `signature` recognises it under any name. Without one, a file is of this format if it has one
    of the suffixes and `fits`. Files of a format with a name for `--verbatim` are text, and can be
    read as such.
    """

    name: str
    label: str  # what people call it
    media_type: str
    suffixes: tuple[str, ...]
    load: Callable[[], Reader]
    signature: Callable[[bytes], bool] | None = None
    fits: Callable[[bytes], bool] = lambda content: True
    verbatim: str = ""


def _html() -> Reader:
    from indexer.reading.extraction.html.reader import READER, engine, read_html

    return Reader(READER, engine(), read_html, takes_encoding=True)


FORMATS = (
    Format(
        "html",
        "HTML",
        "text/html",
        (".htm", ".html", ".xht", ".xhtml"),
        _html,
        verbatim="html",
    ),
)

VERBATIM = frozenset(each.verbatim for each in FORMATS if each.verbatim)
"""What `--verbatim` may name."""

_BY_NAME = {each.name: each for each in FORMATS}


def format_named(name: str) -> Format:
    return _BY_NAME[name]


def is_current(name: str, identity: str, engine: str) -> bool:
    """Return whether the format with this name, if there is one, is still read in the same way."""
    if name not in _BY_NAME:
        return False
    reader = reader_of(name)
    return (reader.identity, reader.engine) == (identity, engine)


@cache
def reader_of(name: str) -> Reader:
    """Return the reader of the format with this name."""
    return _BY_NAME[name].load()
