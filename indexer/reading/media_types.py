"""The media type of a text file, by its name.

The tables of the system and of Python differ between machines and versions, and they list `.ts` as
video. The type is part of the index, so it must be the same everywhere.
"""

from pathlib import PurePosixPath

__all__ = ["media_type_of"]

# Registered types where they exist, otherwise the types that editors and repositories use.
_BY_SUFFIX = {
    "application/json": "geojson ipynb json jsonl ndjson webmanifest",
    "application/sql": "sql",
    "application/toml": "toml",
    "application/x-sh": "bash ksh sh zsh",
    "application/x-tex": "bib cls sty tex",
    "application/xml": "xml xsd xsl xslt",
    "application/yaml": "yaml yml",
    "image/svg+xml": "svg",
    "message/rfc822": "eml mbox",
    "text/css": "css less scss",
    "text/csv": "csv",
    "text/html": "htm html xhtml",
    "text/javascript": "cjs js jsx mjs",
    "text/tab-separated-values": "tsv",
    "text/troff": "man roff",
    "text/x-asciidoc": "adoc asciidoc",
    "text/x-c": "c h",
    "text/x-c++": "cc cpp cxx hh hpp hxx",
    "text/x-csharp": "cs",
    "text/x-diff": "diff patch",
    "text/x-go": "go",
    "text/x-haskell": "hs",
    "text/x-ini": "cfg conf ini",
    "text/x-java": "java",
    "text/x-kotlin": "kt kts",
    "text/x-lua": "lua",
    "text/x-org": "org",
    "text/x-perl": "pl pm",
    "text/x-php": "php",
    "text/x-python": "py pyi",
    "text/x-r": "r",
    "text/x-ruby": "rb",
    "text/x-rust": "rs",
    "text/x-scala": "scala",
    "text/x-swift": "swift",
    "text/x-typescript": "cts mts ts tsx",
    "text/vcard": "vcf",
}
_MEDIA_TYPES = {
    f".{suffix}": media_type
    for media_type, suffixes in _BY_SUFFIX.items()
    for suffix in suffixes.split()
}


def media_type_of(path: str) -> str:
    """Return the media type of a text file with this name, text/plain if the suffix is unknown."""
    return _MEDIA_TYPES.get(PurePosixPath(path).suffix.lower(), "text/plain")
