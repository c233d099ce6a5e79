"""Media types in words."""

from indexer.reading.extraction.formats.table import FORMATS

__all__ = ["type_name"]

# Where the label of the format says less, or where there is no format.
_NAMES = {
    "application/json": "JSON",
    "application/mbox": "mailbox",
    "application/sql": "SQL",
    "application/toml": "TOML",
    "application/x-sh": "shell script",
    "application/x-tex": "TeX",
    "application/xml": "XML",
    "application/yaml": "YAML",
    "image/svg+xml": "SVG",
    "message/rfc822": "mail",
    "text/css": "CSS",
    "text/csv": "CSV",
    "text/html": "web page",
    "text/javascript": "JavaScript",
    "text/markdown": "Markdown",
    "text/plain": "plain text",
    "text/tab-separated-values": "TSV",
    "text/troff": "manual page",
    "text/vcard": "contact",
    "text/x-asciidoc": "AsciiDoc",
    "text/x-c": "C",
    "text/x-c++": "C++",
    "text/x-csharp": "C#",
    "text/x-diff": "patch",
    "text/x-go": "Go",
    "text/x-haskell": "Haskell",
    "text/x-ini": "INI",
    "text/x-java": "Java",
    "text/x-kotlin": "Kotlin",
    "text/x-lua": "Lua",
    "text/x-org": "Org",
    "text/x-perl": "Perl",
    "text/x-php": "PHP",
    "text/x-python": "Python",
    "text/x-r": "R",
    "text/x-rst": "reStructuredText",
    "text/x-ruby": "Ruby",
    "text/x-rust": "Rust",
    "text/x-scala": "Scala",
    "text/x-swift": "Swift",
    "text/x-typescript": "TypeScript",
}
_LABELS = {each.media_type: each.label for each in FORMATS}


def type_name(media_type: str) -> str:
    """Return what people call files of this type; the type itself if it is unknown."""
    return _NAMES.get(media_type) or _LABELS.get(media_type, media_type)
