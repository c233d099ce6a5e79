"""The encoding that a text declares itself, in one of the ways that its readers obey.

XML        <?xml version="1.0" encoding="KOI8-R"?>
HTML       <meta charset="iso-8859-2">, <meta http-equiv=... content="text/html; charset=...">
CSS        @charset "windows-1250";
Emacs      -*- coding: latin-2 -*- in one of the first two lines, and so Python
Vim        vim: set fileencoding=cp1251: in one of the first or last five lines
"""

import codecs
import re

__all__ = ["declared_encoding", "text_encoding"]

# The declarations of XML, HTML and CSS are near the start, and those of editors in short lines.
_HEAD_BYTES = 1_024
_EDITOR_BYTES = 4_096
_EDITOR_LINES = 5

_NAME = rb"[\"']?\s*([\w.:-]{2,40})"
_XML = re.compile(rb"\s*<\?xml\b[^>]*?\sencoding\s*=\s*" + _NAME)
_HTML = re.compile(
    rb"\s*(?:<!--.{0,400}?-->\s*)?<(?:!doctype\s+html|html|head|meta)\b", re.IGNORECASE | re.DOTALL
)
_META = re.compile(rb"<meta\b[^>]*?\bcharset\s*=\s*" + _NAME, re.IGNORECASE)
_CSS = re.compile(rb"@charset\s+" + _NAME)
_EMACS = re.compile(rb"-\*-(?:[^\n]*?;)?\s*(?:file)?coding\s*:\s*" + _NAME, re.IGNORECASE)
_PYTHON = re.compile(rb"^[ \t\f]*#[^\n]*?\bcoding[:=][ \t]*([-\w.]{2,40})")
_VIM = re.compile(rb"\b(?:vi|vim|ex):[^\n]*?\b(?:fileencoding|fenc)=" + _NAME)
_EMACS_END_OF_LINE = re.compile(r"-(?:unix|dos|mac)$")

# Readers take these names for their larger relatives, as browsers do
# (https://encoding.spec.whatwg.org/#names-and-labels), and other names that Python does not know.
_READ_AS = {
    "utf-8": "utf-8",
    "ascii": "windows-1252",
    "iso8859-1": "windows-1252",
    "cp1252": "windows-1252",
    "iso8859-9": "windows-1254",
    "cp1254": "windows-1254",
    "cp1250": "windows-1250",
    "cp1251": "windows-1251",
    "cp1253": "windows-1253",
    "cp1255": "windows-1255",
    "cp1256": "windows-1256",
    "cp1257": "windows-1257",
    "cp1258": "windows-1258",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "ms932",
    "cp932": "ms932",
    "mac-roman": "macintosh",
    "iso8859-11": "tis-620",
}
_ALIASES = {
    "x-sjis": "ms932",
    "windows-31j": "ms932",
    "x-gbk": "gb18030",
    "x-mac-roman": "macintosh",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-ce": "mac-latin2",
    "mac": "macintosh",
    "ks_c_5601-1987": "euc-kr",
    "windows-874": "cp874",
    "ansi": "windows-1252",
    "dos": "cp850",
}
# Encodings of text in which each character has its own bytes. Python knows more, such as UTF-7,
# whose bytes are ASCII, and codecs that are no encodings at all.
_TEXT_ENCODINGS = frozenset(
    [
        *["big5", "cp437", "cp737", "cp775", "cp850", "cp852", "cp855", "cp857", "cp858", "cp860"],
        *["cp861", "cp862", "cp863", "cp864", "cp865", "cp866", "cp869", "cp874", "cp949", "cp950"],
        *["euc_jp", "euc_kr", "gb18030", "johab", "koi8-r", "koi8-t", "koi8-u", "kz1048"],
        *["mac-croatian", "mac-cyrillic", "mac-greek", "mac-iceland", "mac-latin2", "mac-romanian"],
        *["mac-turkish", "ptcp154", "tis-620"],
        *(f"iso8859-{part}" for part in range(2, 17) if part not in {9, 11, 12}),
    ]
)


def declared_encoding(content: bytes) -> str | None:
    """Return the name of the encoding that the content declares, if it is one of a text."""
    name = _declared_name(content)
    return text_encoding(name.decode("ascii")) if name is not None and name.isascii() else None


def text_encoding(name: str) -> str | None:
    """Return the name under which an encoding is known here, or None if it is not one of a text.

    Where they share a name, it is one that Python and the web's TextDecoder know.
    """
    name = _EMACS_END_OF_LINE.sub("", name.lower())
    try:
        found = codecs.lookup(_ALIASES.get(name, name)).name
    except (LookupError, ValueError):
        return None
    known = _READ_AS.get(found)
    if known is not None:
        return known
    if found not in _TEXT_ENCODINGS:
        return None
    return found.replace("iso8859", "iso-8859").replace("euc_", "euc-")


def _declared_name(content: bytes) -> bytes | None:
    head = content[:_HEAD_BYTES]
    for pattern in (_XML, _CSS):
        if found := pattern.match(head):
            return found[1]
    if _HTML.match(head) and (found := _META.search(head)):
        return found[1]
    first = content[:_EDITOR_BYTES].splitlines()[:_EDITOR_LINES]
    last = content[-_EDITOR_BYTES:].splitlines()[-_EDITOR_LINES:]
    for pattern, lines in ((_EMACS, first[:2]), (_PYTHON, first[:2]), (_VIM, [*first, *last])):
        for line in lines:
            if found := pattern.search(line):
                return found[1]
    return None
