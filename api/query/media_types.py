"""Short names for the types that people look for most. Pure."""

__all__ = ["TYPE_WORDS", "media_types_of"]

_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
_WORD = f"{_OFFICE}.wordprocessingml.document"
_POWERPOINT = f"{_OFFICE}.presentationml.presentation"
_EXCEL = f"{_OFFICE}.spreadsheetml.sheet"
_MAIL = ("message/rfc822", "application/mbox")
_SUBTITLES = ("application/x-subrip", "text/vtt")

TYPE_WORDS: dict[str, tuple[str, ...]] = {
    "csv": ("text/csv",),
    "docx": (_WORD,),
    "ebook": ("application/epub+zip",),
    "email": _MAIL,
    "epub": ("application/epub+zip",),
    "excel": (_EXCEL,),
    "html": ("text/html",),
    "json": ("application/json",),
    "mail": _MAIL,
    "markdown": ("text/markdown",),
    "md": ("text/markdown",),
    "notebook": ("application/x-ipynb+json",),
    "odp": (f"{_OPEN}.presentation",),
    "ods": (f"{_OPEN}.spreadsheet",),
    "odt": (f"{_OPEN}.text",),
    "pdf": ("application/pdf",),
    "powerpoint": (_POWERPOINT,),
    "pptx": (_POWERPOINT,),
    "python": ("text/x-python",),
    "rst": ("text/x-rst",),
    "rtf": ("application/rtf",),
    "slides": (_POWERPOINT, f"{_OPEN}.presentation"),
    "spreadsheet": (_EXCEL, f"{_OPEN}.spreadsheet"),
    "subtitles": _SUBTITLES,
    "text": ("text/plain",),
    "txt": ("text/plain",),
    "word": (_WORD,),
    "xlsx": (_EXCEL,),
    "xml": ("application/xml",),
    "yaml": ("application/yaml",),
}
"""The media types that each word stands for."""


def media_types_of(name: str) -> tuple[str, ...]:
    """Return the media types with this name: those of a short name, or the one that it is."""
    lowered = name.lower()
    return TYPE_WORDS.get(lowered, (lowered,))
