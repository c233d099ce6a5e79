"""Read front matter: the block of YAML or TOML at the start of a text, which describes it.

Nothing but the title is read, and it is a single scalar, so no parser of YAML is needed: its
aliases, tags and nesting can do no harm. The block ends at the first line that closes it.
"""

import re
import tomllib
from typing import NamedTuple

from indexer.reading.formats.lines import scannable
from indexer.reading.formats.markup import MAX_LINE, displayed

__all__ = ["FrontMatter", "read_front_matter"]

# After comments and blank lines, the first line of the block has a key.
_YAML = re.compile(r"\n---[ \t]*\n(?=(?:\s*+#[^\n]*+\n)*+\s*+[\"']?[\w.-]++[\"']?[ \t]*+:\s)")
_YAML_END = re.compile(r"\n(?:---|\.\.\.)[ \t]*(?=\n|\Z)")
_TOML = re.compile(
    r"\n\+\+\+[ \t]*\n(?=(?:\s*+#[^\n]*+\n)*+\s*+(?:\[|[\"']?[\w.-]++[\"']?[ \t]*+=))"
)
_TOML_END = re.compile(r"\n\+\+\+[ \t]*(?=\n|\Z)")

# The value of a key, and the lines that continue it.
_YAML_TITLE = re.compile(
    r"\n([\"']?)title\1[ \t]*+:(?:[ \t]++|(?=\n|\Z))"
    r"(?P<first>[^\n]*+)(?P<more>(?:\n(?:[ \t][^\n]*+|(?=\n)))*+)",
    re.IGNORECASE,
)
_TOML_TITLE = re.compile(
    r"\n([\"']?)title\1[ \t]*+=[ \t]*+"
    r"(?P<value>\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*+\"\"\"|'''(?:[^']|'(?!''))*+'''"
    r"|\"(?:[^\"\\\n]|\\[^\n])*+\"|'[^'\n]*+')",
    re.IGNORECASE | re.DOTALL,
)
_TABLE = re.compile(r"\n[ \t]*+\[")

# What may be before a scalar of YAML: a tag, or the name of an anchor.
_PROPERTIES = re.compile(r"\s*+(?:[&!]\S*+\s++)++")
_COMMENT = re.compile(r"(?:^|\s)#.*", re.DOTALL)
_COLLECTION = re.compile(r"\{|\[(?!\[)|[-?][ \t]|[\w.-]++[ \t]*+:[ \t]")
_BLOCK = re.compile(r"[|>][-+\d]*+(?:\s*+\Z|\s++#)")
_DOUBLE_QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*+)\"", re.DOTALL)
_SINGLE_QUOTED = re.compile(r"'((?:[^']|'')*+)'")
_ESCAPE = re.compile(r"\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U00([\da-fA-F]{6})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "N": "\x85", "_": "\xa0"}
_LAST_CHARACTER = 0x10FFFF


class FrontMatter(NamedTuple):
    """The title, empty if there is none, and where the block ends; 0 if there is no block."""

    title: str = ""
    end: int = 0


def read_front_matter(text: str) -> FrontMatter:
    """Return the front matter of the text; most texts have none."""
    if not text.startswith(("---", "+++")):
        return FrontMatter()
    lines = scannable(text)
    for opening, closing, title_in in (
        (_YAML, _YAML_END, _yaml_title),
        (_TOML, _TOML_END, _toml_title),
    ):
        opened = opening.match(lines)
        closed = opened and closing.search(lines, opened.end() - 1)
        if opened and closed:
            title = title_in(lines, opened.end() - 1, closed.start())
            return FrontMatter(" ".join(displayed(title).split()), min(closed.end(), len(text)))
    return FrontMatter()


def _yaml_title(lines: str, start: int, end: int) -> str:
    found = _YAML_TITLE.search(lines, start, end)
    if not found:
        return ""
    first, more = found["first"][:MAX_LINE], found["more"][:MAX_LINE]
    if properties := _PROPERTIES.match(first):
        first = first[properties.end() :]
    if _BLOCK.match(first):
        return more
    value = f"{first}{more}".strip()
    if quoted := _DOUBLE_QUOTED.match(value):
        unescaped = _ESCAPE.sub(_unescaped, quoted[1])
        # Two escapes may be the halves of one character.
        return unescaped.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if quoted := _SINGLE_QUOTED.match(value):
        return quoted[1].replace("''", "'")
    value = _COMMENT.sub("", value)
    return "" if value in {"~", "null"} or _is_collection(first, value) else value


def _is_collection(first: str, value: str) -> bool:
    """Return whether the value is a list or a mapping. A title may have a colon on its line."""
    return bool(_COLLECTION.match(value)) and (value[0] in "{[" or not first.strip())


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2] or escape[3]
    if code:
        return chr(min(int(code, 16), _LAST_CHARACTER))
    return _ESCAPED.get(escape[4], escape[4])


def _toml_title(lines: str, start: int, end: int) -> str:
    table = _TABLE.search(lines, start, end)
    found = _TOML_TITLE.search(lines, start, table.start() if table else end)
    if not found:
        return ""
    try:
        # A string alone: no nesting for the parser to descend into.
        return str(tomllib.loads(f"title = {found['value'][: 2 * MAX_LINE]}")["title"])
    except tomllib.TOMLDecodeError:
        return ""
