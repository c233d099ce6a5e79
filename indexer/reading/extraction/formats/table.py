"""The formats that are read, each with its reader: the only list of them.

A reader is imported when it is needed, because some of them load a large library.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from indexer.reading.extraction.formats.signatures import (
    begins_as_mail,
    begins_as_rtf,
    has_cues,
    is_pdf,
)
from indexer.reading.extraction.mail.mbox import is_mbox
from indexer.reading.extraction.office.kinds import OfficeKind, office_kind
from indexer.reading.extraction.pieces import Extraction

__all__ = ["FORMATS", "Format", "Reader", "described_reader", "format_named", "reader_of"]


_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"


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
    plural: str = ""

    def counted(self, number: int) -> str:
        """Return the number with the name of the format: "1 mailbox"."""
        return f"{number:,} {self.label if number == 1 else self.plural or self.label}"


def _html() -> Reader:
    from indexer.reading.extraction.html.reader import READER, engine, read_html

    return Reader(READER, engine(), read_html, takes_encoding=True)


def _word() -> Reader:
    from indexer.reading.extraction.office.markup import engine
    from indexer.reading.extraction.office.word.reader import READER, read_word

    return Reader(READER, engine(), read_word)


def _powerpoint() -> Reader:
    from indexer.reading.extraction.office.markup import engine
    from indexer.reading.extraction.office.slides import READER, read_slides

    return Reader(READER, engine(), read_slides)


def _open_document() -> Reader:
    from indexer.reading.extraction.office.markup import engine
    from indexer.reading.extraction.office.open_document.reader import READER, read_open_document

    return Reader(READER, engine(), read_open_document)


def _workbook() -> Reader:
    from indexer.reading.extraction.office.workbook.reader import READER, engine, read_workbook

    return Reader(READER, engine(), read_workbook)


def _ebook() -> Reader:
    from indexer.reading.extraction.office.ebook import READER, engines, read_ebook

    return Reader(READER, engines(), read_ebook)


def _is(kind: OfficeKind) -> Callable[[bytes], bool]:
    """Return a test for files of this kind, whatever their names are."""
    return lambda content: office_kind(content) is kind


def _python() -> str:
    return f"python {sys.version_info.major}.{sys.version_info.minor}"


def _mail() -> Reader:
    from indexer.reading.extraction.html.reader import engine
    from indexer.reading.extraction.mail.reader import MAIL_READER, read_mail

    return Reader(MAIL_READER, f"{_python()}, {engine()}", read_mail)


def _mbox() -> Reader:
    from indexer.reading.extraction.mail.reader import MAIL_READER, read_mbox

    return _mail()._replace(identity=MAIL_READER, read=read_mbox)


def _notebook() -> Reader:
    from indexer.reading.extraction.marked.notebook import NOTEBOOK_READER, read_notebook

    return Reader(NOTEBOOK_READER, _python(), read_notebook)


def _rtf() -> Reader:
    from indexer.reading.extraction.marked.rtf import RTF_READER, read_rtf

    return Reader(RTF_READER, _python(), read_rtf)


def _subtitles() -> Reader:
    from indexer.reading.extraction.marked.subtitles import SUBTITLES_READER, read_subtitles

    return Reader(SUBTITLES_READER, _python(), read_subtitles)


def _pdf() -> Reader:
    from indexer.reading.extraction.pdf.engine import ENGINE
    from indexer.reading.extraction.pdf.reader import READER, read_pdf

    return Reader(READER, ENGINE, read_pdf)


FORMATS = (
    Format(
        "html",
        "HTML",
        "text/html",
        (".htm", ".html", ".xht", ".xhtml"),
        _html,
        verbatim="html",
    ),
    Format("pdf", "PDF", "application/pdf", (".pdf",), _pdf, signature=is_pdf),
    Format(
        "word",
        "Word",
        f"{_OFFICE}.wordprocessingml.document",
        (".docm", ".docx", ".dotm", ".dotx"),
        _word,
        signature=_is(OfficeKind.WORD),
    ),
    Format(
        "powerpoint",
        "PowerPoint",
        f"{_OFFICE}.presentationml.presentation",
        (".potm", ".potx", ".ppsm", ".ppsx", ".pptm", ".pptx"),
        _powerpoint,
        signature=_is(OfficeKind.POWERPOINT),
    ),
    Format(
        "excel",
        "Excel",
        f"{_OFFICE}.spreadsheetml.sheet",
        (".xls", ".xlsb", ".xlsm", ".xlsx", ".xltm", ".xltx"),
        _workbook,
        signature=_is(OfficeKind.EXCEL),
    ),
    Format(
        "odt",
        "OpenDocument text",
        f"{_OPEN}.text",
        (".odt", ".ott"),
        _open_document,
        signature=_is(OfficeKind.ODT),
        plural="OpenDocument texts",
    ),
    Format(
        "odp",
        "OpenDocument slides",
        f"{_OPEN}.presentation",
        (".odp", ".otp"),
        _open_document,
        signature=_is(OfficeKind.ODP),
    ),
    Format(
        "odg",
        "OpenDocument drawing",
        f"{_OPEN}.graphics",
        (".odg", ".otg"),
        _open_document,
        signature=_is(OfficeKind.ODG),
        plural="OpenDocument drawings",
    ),
    Format(
        "ods",
        "OpenDocument spreadsheet",
        f"{_OPEN}.spreadsheet",
        (".ods", ".ots"),
        _workbook,
        signature=_is(OfficeKind.ODS),
        plural="OpenDocument spreadsheets",
    ),
    Format(
        "epub",
        "EPUB",
        "application/epub+zip",
        (".epub",),
        _ebook,
        signature=_is(OfficeKind.EPUB),
    ),
    Format(
        "mail",
        "mail",
        "message/rfc822",
        (".eml",),
        _mail,
        fits=begins_as_mail,
        verbatim="mail",
    ),
    Format(
        "mbox",
        "mailbox",
        "application/mbox",
        (".mbox", ".mbx"),
        _mbox,
        fits=is_mbox,
        verbatim="mail",
        plural="mailboxes",
    ),
    Format(
        "notebook",
        "Jupyter notebook",
        "application/x-ipynb+json",
        (".ipynb",),
        _notebook,
        verbatim="notebook",
        plural="Jupyter notebooks",
    ),
    Format(
        "rtf",
        "RTF",
        "application/rtf",
        (".rtf",),
        _rtf,
        signature=begins_as_rtf,
    ),
    Format(
        "srt",
        "subtitles",
        "application/x-subrip",
        (".srt",),
        _subtitles,
        fits=has_cues,
        verbatim="subtitles",
    ),
    Format(
        "vtt",
        "subtitles",
        "text/vtt",
        (".vtt",),
        _subtitles,
        fits=has_cues,
        verbatim="subtitles",
    ),
)

_BY_NAME = {each.name: each for each in FORMATS}


def format_named(name: str) -> Format:
    return _BY_NAME[name]


@cache
def reader_of(name: str) -> Reader:
    """Return the reader of the format with this name."""
    return _BY_NAME[name].load()


def described_reader(name: str) -> str:
    """Return the reader and the engine of the format now, or nothing if it is not read."""
    if name not in _BY_NAME:
        return ""
    reader = reader_of(name)
    return f"{reader.identity} {reader.engine}"
