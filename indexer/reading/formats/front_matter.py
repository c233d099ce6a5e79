"""Read front matter: the block of YAML or TOML at the start of a text, which describes it.

Only what is told of any document is read: single scalars, and lists of names. So no parser of YAML
is needed: its aliases, tags and nesting can do no harm. The block ends at the first line that
closes it.
"""

import re
import tomllib
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import NamedTuple

from indexer.documents import Description
from indexer.reading.formats.description import KEYS, description_of
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
_YAML_VALUE = (
    r"\n([\"']?){key}\1[ \t]*+:(?:[ \t]++|(?=\n|\Z))"
    r"(?P<first>[^\n]*+)(?P<more>(?:\n(?:[ \t][^\n]*+|(?=\n)))*+)"
)
_TOML_VALUE = (
    r"\n([\"']?){key}\1[ \t]*+=[ \t]*+"
    r"(?P<value>\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*+\"\"\"|'''(?:[^']|'(?!''))*+'''"
    r"|\"(?:[^\"\\\n]|\\[^\n])*+\"|'[^'\n]*+'|\[[^\[\]{{}}]*+\]|\d[^\s#]*+)"
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


# Longer blocks are data. Their titles are found all the same.
_MOST_DESCRIBED = 16_384
_ITEM_MARK = re.compile(r"\s*+-\s++")
_NAME = re.compile(r"(?:\A|\n)[ \t-]*+name[ \t]*+:(?P<value>[^\n]++)")


class FrontMatter(NamedTuple):
    """The title, empty if there is none; where the block ends, 0 if there is none; and the rest."""

    title: str = ""
    end: int = 0
    description: Description = Description()


def read_front_matter(text: str) -> FrontMatter:
    """Return the front matter of the text; most texts have none."""
    if not text.startswith(("---", "+++")):
        return FrontMatter()
    lines = scannable(text)
    for opening, closing, value_in in (
        (_YAML, _YAML_END, _yaml_value),
        (_TOML, _TOML_END, _toml_value),
    ):
        opened = opening.match(lines)
        closed = opened and closing.search(lines, opened.end() - 1)
        if opened and closed:
            block = lines[opened.end() - 1 : closed.start()]
            title = value_in(block, "title")
            return FrontMatter(
                " ".join(displayed(title).split()),
                min(closed.end(), len(text)),
                _described(block[:_MOST_DESCRIBED], value_in),
            )
    return FrontMatter()


def _described(block: str, value_in: Callable[[str, str], str]) -> Description:
    """Return what the block says beside the title."""
    found = {
        field: next(filter(None, (value_in(block, key) for key in keys)), "")
        for field, keys in KEYS.items()
    }
    return description_of(found)


@cache
def _expression(pattern: str, key: str) -> re.Pattern[str]:
    return re.compile(pattern.format(key=key), re.IGNORECASE | re.DOTALL)


def _yaml_value(block: str, key: str) -> str:
    found = _expression(_YAML_VALUE, key).search(block)
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
    if value in {"~", "null"}:
        return ""
    if _is_collection(first, value):
        return _names(value) if key.startswith("author") else ""
    return value


def _names(collection: str) -> str:
    """Return the names in a list, or in a mapping or a list of mappings with names."""
    named = [found["value"] for found in _NAME.finditer(collection)]
    if not named and not re.search(r"[{:]", collection):
        named = re.split(r"[,\n]", collection.strip("[]"))
    bare = [_ITEM_MARK.sub("", f"\n{name}").strip(" \t\n\"'") for name in named]
    return ", ".join(filter(None, bare))


def _is_collection(first: str, value: str) -> bool:
    """Return whether the value is a list or a mapping. A title may have a colon on its line."""
    return bool(_COLLECTION.match(value)) and (value[0] in "{[" or not first.strip())


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2] or escape[3]
    if code:
        return chr(min(int(code, 16), _LAST_CHARACTER))
    return _ESCAPED.get(escape[4], escape[4])


def _toml_value(block: str, key: str) -> str:
    table = _TABLE.search(block)
    found = _expression(_TOML_VALUE, key).search(block, 0, table.start() if table else len(block))
    if not found:
        return ""
    try:
        # A string, a date or a list of them: no nesting for the parser to descend into.
        value = tomllib.loads(f"value = {found['value'][: 2 * MAX_LINE]}")["value"]
    except tomllib.TOMLDecodeError:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value)) if key.startswith("author") else ""
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str) else ""
