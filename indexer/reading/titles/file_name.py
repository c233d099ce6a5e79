"""Whether the name of a file says what is in it.

Programs name files by numbers, hashes and words such as "scan": `IMG_1234`, `7b03f4becdd2075e`,
`document (3)`. A date says something.
"""

import re

__all__ = ["says_something"]

_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d[-_. ]\d\d?(?:[-_. ]\d\d?)?(?!\d)")
_UUID = re.compile(r"[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}", re.IGNORECASE)
# A run of letters, of digits, or of both that looks like a hash.
_PART = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]+")
_HEXADECIMAL = re.compile(r"[\da-f]+", re.IGNORECASE)
_SWITCH = re.compile(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)")

# Names that cameras, scanners, browsers and office programs give.
_EMPTY_NOUNS = frozenset(
    [
        *["attachment", "copy", "doc", "document", "download", "dsc", "dscf", "dscn", "file"],
        *["image", "img", "item", "noname", "output", "photo", "pic", "picture", "pxl", "record"],
        *["recording", "scan", "screen", "screenshot", "shot", "temp", "text", "textfile", "tmp"],
        *["unknown", "unnamed", "untitled", "vid", "video"],
        *["datei", "dokument", "kopie", "unbenannt"],  # German
        *["copie", "fichier", "titre"],  # French
        *["copia", "documento", "titulo", "título"],  # Spanish
        *["документ", "имени", "копия"],  # Russian
        *["新建文档", "新建文本文档", "文档", "文件", "未命名"],  # Chinese
        *["名称未設定", "無題", "제목", "없음"],  # Japanese, Korean
    ]
)
# What may be added to them, or to a number.
_FILLERS = frozenset(
    [
        *["final", "new", "of", "rev", "scanned", "v", "version", "neu", "neues", "von"],
        *["nouveau", "sans", "nuevo", "sin", "без", "новый"],
    ]
)
# A word of hexadecimal digits this long is a hash, if it has any digit.
_LONG = 16
# A shorter one is, if it changes between letters and digits at least this often; so is an
# identifier of any letters, such as `dQw4w9WgXcQ`, if it does so more often.
_SWITCHES_OF_HASH = 2
_SHORTEST_HASH = 7
_SWITCHES_OF_IDENTIFIER = 4


def says_something(stem: str) -> bool:
    """Return whether the name of a file, without its suffix, is more than a number or a hash."""
    if _DATE.search(stem):
        return True
    parts = [part for part in _PART.findall(_UUID.sub("", stem)) if not _is_hash(part)]
    words = {word.casefold() for part in parts for word in _WORD.findall(part)}
    if words - _EMPTY_NOUNS - _FILLERS:
        return True
    return bool(words) and words.isdisjoint(_EMPTY_NOUNS) and not _DIGIT.search(stem)


def _is_hash(part: str) -> bool:
    switches = len(_SWITCH.findall(part))
    if _HEXADECIMAL.fullmatch(part):
        if len(part) >= _LONG:
            return switches > 0
        return len(part) >= _SHORTEST_HASH and switches >= _SWITCHES_OF_HASH
    return len(part) >= _SHORTEST_HASH and switches >= _SWITCHES_OF_IDENTIFIER
