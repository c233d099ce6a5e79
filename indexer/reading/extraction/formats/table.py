"""The formats that are read, each with its reader: the only list of them.

A reader is imported when it is needed, because some of them load a large library.
"""

from collections.abc import Callable
from dataclasses import dataclass

from indexer.reading.extraction.formats import engines
from indexer.reading.extraction.formats.signatures import (
    begins_as_mail,
    begins_as_rtf,
    has_cues,
    is_pdf,
)
from indexer.reading.extraction.mail.mbox import is_mbox
from indexer.reading.extraction.office.kinds import OfficeKind, office_kind
from indexer.reading.extraction.pieces import Extraction

__all__ = ["FORMATS", "Format", "Read", "described_reader", "format_named"]

Read = Callable[..., Extraction]


_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"


@dataclass(frozen=True, slots=True)
class Format:
    """A format that is read. The same bytes give the same text while `reader` and `engine` last.

    `signature` recognises it under any name. Without one, a file is of this format if it has one
    of the suffixes and `fits`. Files of a format with a name for `--verbatim` are text, and can be
    read as such.

    `load` imports the function that reads it. That raises NotExtracted. With `takes_encoding` it
    also takes `encoding`, a name or None, as a keyword: the encoding that a person has given for
    the file.
    """

    name: str
    label: str  # what people call it
    media_type: str
    suffixes: tuple[str, ...]
    reader: str
    engine: Callable[[], str]
    load: Callable[[], Read]
    signature: Callable[[bytes], bool] | None = None
    fits: Callable[[bytes], bool] = lambda content: True
    verbatim: str = ""
    plural: str = ""
    takes_encoding: bool = False

    def counted(self, number: int) -> str:
        """Return the number with the name of the format: "1 mailbox"."""
        return f"{number:,} {self.label if number == 1 else self.plural or self.label}"


def _html() -> Read:
    from indexer.reading.extraction.html.reader import read_html

    return read_html


def _pdf() -> Read:
    from indexer.reading.extraction.pdf.reader import read_pdf

    return read_pdf


def _word() -> Read:
    from indexer.reading.extraction.office.word.reader import read_word

    return read_word


def _powerpoint() -> Read:
    from indexer.reading.extraction.office.slides import read_slides

    return read_slides


def _open_document() -> Read:
    from indexer.reading.extraction.office.open_document.reader import read_open_document

    return read_open_document


def _workbook() -> Read:
    from indexer.reading.extraction.office.workbook.reader import read_workbook

    return read_workbook


def _ebook() -> Read:
    from indexer.reading.extraction.office.ebook import read_ebook

    return read_ebook


def _mail() -> Read:
    from indexer.reading.extraction.mail.reader import read_mail

    return read_mail


def _mbox() -> Read:
    from indexer.reading.extraction.mail.reader import read_mbox

    return read_mbox


def _notebook() -> Read:
    from indexer.reading.extraction.marked.notebook import read_notebook

    return read_notebook


def _rtf() -> Read:
    from indexer.reading.extraction.marked.rtf import read_rtf

    return read_rtf


def _subtitles() -> Read:
    from indexer.reading.extraction.marked.subtitles import read_subtitles

    return read_subtitles


def _is(kind: OfficeKind) -> Callable[[bytes], bool]:
    """Return a test for files of this kind, whatever their names are."""
    return lambda content: office_kind(content) is kind


FORMATS = (
    Format(
        "html",
        "HTML",
        "text/html",
        (".htm", ".html", ".xht", ".xhtml"),
        "html/2",
        engines.html,
        _html,
        verbatim="html",
        takes_encoding=True,
    ),
    Format(
        "pdf", "PDF", "application/pdf", (".pdf",), "pdf/1", engines.pdf, _pdf, signature=is_pdf
    ),
    Format(
        "word",
        "Word",
        f"{_OFFICE}.wordprocessingml.document",
        (".docm", ".docx", ".dotm", ".dotx"),
        "word/1",
        engines.office,
        _word,
        signature=_is(OfficeKind.WORD),
    ),
    Format(
        "powerpoint",
        "PowerPoint",
        f"{_OFFICE}.presentationml.presentation",
        (".potm", ".potx", ".ppsm", ".ppsx", ".pptm", ".pptx"),
        "slides/1",
        engines.office,
        _powerpoint,
        signature=_is(OfficeKind.POWERPOINT),
    ),
    Format(
        "excel",
        "Excel",
        f"{_OFFICE}.spreadsheetml.sheet",
        (".xls", ".xlsb", ".xlsm", ".xlsx", ".xltm", ".xltx"),
        "workbook/1",
        engines.workbook,
        _workbook,
        signature=_is(OfficeKind.EXCEL),
    ),
    Format(
        "odt",
        "OpenDocument text",
        f"{_OPEN}.text",
        (".odt", ".ott"),
        "opendocument/1",
        engines.office,
        _open_document,
        signature=_is(OfficeKind.ODT),
        plural="OpenDocument texts",
    ),
    Format(
        "odp",
        "OpenDocument slides",
        f"{_OPEN}.presentation",
        (".odp", ".otp"),
        "opendocument/1",
        engines.office,
        _open_document,
        signature=_is(OfficeKind.ODP),
    ),
    Format(
        "odg",
        "OpenDocument drawing",
        f"{_OPEN}.graphics",
        (".odg", ".otg"),
        "opendocument/1",
        engines.office,
        _open_document,
        signature=_is(OfficeKind.ODG),
        plural="OpenDocument drawings",
    ),
    Format(
        "ods",
        "OpenDocument spreadsheet",
        f"{_OPEN}.spreadsheet",
        (".ods", ".ots"),
        "workbook/1",
        engines.workbook,
        _workbook,
        signature=_is(OfficeKind.ODS),
        plural="OpenDocument spreadsheets",
    ),
    Format(
        "epub",
        "EPUB",
        "application/epub+zip",
        (".epub",),
        "ebook/1",
        engines.ebook,
        _ebook,
        signature=_is(OfficeKind.EPUB),
    ),
    Format(
        "mail",
        "mail",
        "message/rfc822",
        (".eml",),
        "mail/2",
        engines.mail,
        _mail,
        fits=begins_as_mail,
        verbatim="mail",
    ),
    Format(
        "mbox",
        "mailbox",
        "application/mbox",
        (".mbox", ".mbx"),
        "mail/2",
        engines.mail,
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
        "notebook/1",
        engines.python,
        _notebook,
        verbatim="notebook",
        plural="Jupyter notebooks",
    ),
    Format(
        "rtf",
        "RTF",
        "application/rtf",
        (".rtf",),
        "rtf/1",
        engines.python,
        _rtf,
        signature=begins_as_rtf,
    ),
    Format(
        "srt",
        "subtitles",
        "application/x-subrip",
        (".srt",),
        "subtitles/1",
        engines.python,
        _subtitles,
        fits=has_cues,
        verbatim="subtitles",
    ),
    Format(
        "vtt",
        "subtitles",
        "text/vtt",
        (".vtt",),
        "subtitles/1",
        engines.python,
        _subtitles,
        fits=has_cues,
        verbatim="subtitles",
    ),
)

_BY_NAME = {each.name: each for each in FORMATS}


def format_named(name: str) -> Format:
    return _BY_NAME[name]


def described_reader(name: str) -> str:
    """Return the reader and the engine of the format now, or nothing if it is not read."""
    if name not in _BY_NAME:
        return ""
    return f"{_BY_NAME[name].reader} {_BY_NAME[name].engine()}"
