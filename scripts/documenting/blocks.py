"""Generated blocks of a Markdown file: the lines between two comments. Pure."""

import re
from collections.abc import Mapping, Sequence

__all__ = ["markdown_table", "names_of_blocks", "with_blocks"]

BLOCK = re.compile(
    r"^<!-- generated: (?P<name>[\w -]+?) -->\n(?P<content>.*?)^<!-- end -->$",
    re.DOTALL | re.MULTILINE,
)


def markdown_table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table in GitHub's Markdown, with a line end after each row."""
    lines = [header, ("---",) * len(header), *rows]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def names_of_blocks(text: str) -> list[str]:
    """Return the names of the blocks, in order."""
    return [found["name"] for found in BLOCK.finditer(text)]


def with_blocks(text: str, contents: Mapping[str, str]) -> str:
    """Return the text with the content of each block in `contents` replaced."""

    def filled(found: re.Match[str]) -> str:
        name = found["name"]
        content = contents.get(name, found["content"])
        return f"<!-- generated: {name} -->\n{content}<!-- end -->"

    return BLOCK.sub(filled, text)


def _cell(text: str) -> str:
    """Return the text in one line, with vertical bars escaped."""
    return " ".join(text.split()).replace("|", r"\|")
