"""The control words of RTF that matter for its text, and the encodings of its fonts."""

import codecs

__all__ = ["BREAKS", "CHARSETS", "IGNORED", "codec_of_page"]

IGNORED = frozenset(
    [
        *["fonttbl", "colortbl", "stylesheet", "listtable", "listoverridetable", "rsidtbl"],
        *["revtbl", "filetbl", "info", "pict", "object", "themedata", "colorschememapping"],
        *["latentstyles", "datastore", "xmlnstbl", "generator", "userprops", "listtext"],
        *["pntext", "pntxta", "pntxtb", "bkmkstart", "bkmkend", "xe", "tc", "rxe", "txe"],
        *["shprslt", "nonshppict", "atnid", "atnauthor", "atrfstart", "atrfend", "fldinst"],
    ]
)
"""Groups whose content is not text of the document. Neither are unknown ones that begin with *."""

BREAKS = {"par": 2, "sect": 2, "page": 2, "column": 2, "line": 1, "lbr": 1, "row": 1, "nestrow": 1}
"""How many line ends a control word means."""

CHARSETS = {
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "cp936",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
"""The encoding of a font's charset. Others have that of the document."""

_PAGES = {65001: "utf-8", 10000: "mac_roman", 708: "cp1256"}


def codec_of_page(page: int) -> str:
    """Return the codec of a code page; that of Western Europe for an unknown one."""
    codec = _PAGES.get(page, f"cp{page}")
    try:
        return codecs.lookup(codec).name
    except LookupError:
        return "cp1252"
