"""The modules of a package by room, each with the first sentence of its docstring."""

import ast
import re
from itertools import groupby
from pathlib import Path

from scripts.documenting.blocks import markdown_table

__all__ = ["code_map"]

ROOT = Path(__file__).resolve().parents[2]
# The rooms in the order in which data flows; other rooms come after them.
FLOW = {
    "indexer": ["", "reading", "splitting", "embedding", "index", "building", "command"],
    "api": [
        *["", "ranking", "contract", "settings", "query", "telemetry", "documents", "suggest"],
        *["search", "serving", "web", "command"],
    ],
}
SENTENCE = re.compile(r".+?[.:](?=\s+[A-Z`]|$)|.+")


def code_map(package: str) -> str:
    """Return a table of the package's modules, grouped by folder."""
    folder = ROOT / package
    paths = [path.relative_to(folder) for path in folder.rglob("*.py")]
    rows: list[tuple[str, ...]] = []
    for parent, group in groupby(sorted(paths, key=lambda path: _place(package, path)), _parent):
        label = f"`{parent}/`" if parent else ""
        for path in group:
            if summary := _summary(folder / path):
                rows.append((label, f"`{path.name}`", summary))
                label = ""
    return markdown_table(("folder", "module", "what it is"), rows)


def _parent(path: Path) -> str:
    return "" if path.parent == Path() else path.parent.as_posix()


def _place(package: str, path: Path) -> tuple[int, str, str]:
    room, flow = path.parts[0] if len(path.parts) > 1 else "", FLOW[package]
    return flow.index(room) if room in flow else len(flow), _parent(path), path.name


def _summary(path: Path) -> str:
    """Return the first sentence of the docstring; empty if there is none."""
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    paragraph = " ".join(docstring.partition("\n\n")[0].split())
    sentence = SENTENCE.match(paragraph)
    return sentence[0].rstrip(".:") if sentence else ""
