"""What files begin with, whatever their names are."""

import re

__all__ = [
    "begins_as_html",
    "begins_as_mail",
    "begins_as_rtf",
    "has_cues",
    "is_encrypted_office",
    "is_ole",
    "is_pdf",
    "kind_of_binary",
]

# In a folder of documents, these are what people miss.
_PREFIXES: list[tuple[bytes, str]] = [
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"ID3", "MP3"),
    (b"OggS", "Ogg"),
    (b"fLaC", "FLAC"),
    (b"\x1aE\xdf\xa3", "Matroska"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"PK\x03\x04", "zip"),
    (b"\x7fELF", "ELF"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"%!PS-Adobe", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "EPS"),
    (b"AT&TFORM", "DjVu"),
]
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RIFF = {b"WEBP": "WebP", b"WAVE": "WAV", b"AVI ": "AVI"}
_ISO_MEDIA = {
    b"heic": "HEIC",
    b"mif1": "HEIC",
    b"avif": "AVIF",
    b"M4A ": "M4A",
    b"qt  ": "QuickTime",
}
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s*<\?xml[^>]*>)?(?:\s*<!--.{0,2000}?-->)*\s*<(?:!doctype\s+html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
_FIELD = re.compile(rb"[!-9;-~]{1,100}[ \t]*:")
_TIMES = re.compile(rb"\d:\d{1,2}[.,:]\d{1,3}[ \t]*-->[ \t]*\d")
_CUE_HEAD = 64 << 10
_HEAD = 4_096
# Where Acrobat looks for the mark of a PDF.
_PDF_HEAD = 1_024


def is_pdf(content: bytes) -> bool:
    return b"%PDF-" in content[:_PDF_HEAD]


def is_ole(content: bytes) -> bool:
    """Return whether it is a file of the old Office programs, or one of the new ones, encrypted."""
    return content.startswith(_OLE)


def is_encrypted_office(content: bytes) -> bool:
    return is_ole(content) and "EncryptedPackage".encode("utf-16-le") in content


def begins_as_html(content: bytes) -> bool:
    return _HTML.match(content[:_HEAD]) is not None


def begins_as_mail(content: bytes) -> bool:
    """Return whether it begins with a field of a header."""
    return _FIELD.match(content) is not None


def begins_as_rtf(content: bytes) -> bool:
    return content.startswith(b"{\\rtf")


def has_cues(content: bytes) -> bool:
    """Return whether it has times of subtitles, perhaps in UTF-16."""
    return _TIMES.search(content[:_CUE_HEAD].replace(b"\0", b"")) is not None


def kind_of_binary(path_suffix: str, content: bytes) -> str:
    """Return what people call a file of this kind, which is not read, or nothing."""
    if is_ole(content):
        return path_suffix or "an old Office file"
    if content.startswith(b"RIFF"):
        return _RIFF.get(content[8:12], "")
    if content[4:8] == b"ftyp":
        return _ISO_MEDIA.get(content[8:12], "MP4")
    return next((name for prefix, name in _PREFIXES if content.startswith(prefix)), "")
