"""Show the folders that have an index: what is in it, and which server answers from it."""

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from api.command.asking.printing import style, write
from api.command.asking.running import EXIT_CODES, FOUND, NOTHING, new_parser, run
from api.serving.announcement import server_of
from indexer.command.arguments import Parser
from indexer.command.console import printable, say
from indexer.command.environment import PREFIX, with_configuration
from indexer.errors import IndexUnusable

__all__ = ["main", "parser"]

EPILOG = f"""\
  %(prog)s                 every folder that has an index
  %(prog)s ~/documents     one of them, or the one around this folder

{EXIT_CODES}
"""


def main(arguments: Sequence[str] | None = None, *, program: str = "spanlight status") -> int:
    """Return the exit code: 0 if there is an index, 1 if there is none, 2 after an error."""
    return run(program, lambda: _show(parser(program).parse_args(arguments)))


def parser(program: str) -> Parser:
    found = new_parser(program, __doc__, EPILOG)
    found.add_argument(
        "folder", metavar="FOLDER", nargs="?", type=Path, help="show only the index of this folder"
    )
    found.add_argument("--index", type=Path, metavar="DIR", help="show the index in DIR")
    found.add_argument("--json", action="store_true", help="print a JSON array")
    return found


def _show(options: argparse.Namespace) -> int:
    known = [_state(index) for index in _indexes(options)]
    if options.json:
        write(json.dumps(known, ensure_ascii=False))
    elif not known:
        say("No index was found; build one with: spanlight index FOLDER")
    else:
        for state in known:
            for line in _told(state):
                write(line)
    return FOUND if known else NOTHING


def _indexes(options: argparse.Namespace) -> list[Path]:
    # This import takes longer than printing the help.
    from indexer.command.registry import registry

    if options.index is not None:
        return [options.index]
    if options.folder is not None:
        around = registry().around(options.folder)
        return [around.index] if around is not None else []
    known = [each.index for each in registry().known()]
    named = with_configuration(os.environ, None).get(f"{PREFIX}INDEX")
    if named and Path(named).resolve() not in {each.resolve() for each in known}:
        known.insert(0, Path(named))
    return known


def _state(index: Path) -> dict[str, Any]:
    from indexer.index.folder import IndexFolder

    place = IndexFolder(index)
    state: dict[str, Any] = {
        "folder": place.folder_of_documents(),
        "index": os.fspath(index.absolute()),
        "server": server_of(index),
        "building": place.is_being_written(),
        "problem": None,
    }
    try:
        manifest = place.current().manifest
    except IndexUnusable as problem:
        return state | {"problem": str(problem)}
    return state | {
        "generation": manifest.generation,
        "built": str(manifest.built),
        "documents": manifest.documents,
        "passages": manifest.passages,
        "with_vectors": manifest.with_vectors,
        "model": manifest.config.model,
    }


def _told(state: dict[str, Any]) -> Iterator[str]:
    yield style().heading(printable(state["folder"] or "(unknown folder)"))
    if state["problem"] is not None:
        yield f"  problem   {printable(state['problem'])}"
    else:
        counts = f"{state['documents']:,} documents, {state['passages']:,} passages"
        yield f"  contents  {counts}, {state['with_vectors']:,} of them found by meaning"
        yield f"  built     {state['built']}"
    if state["building"]:
        yield "  building  now"
    yield f"  server    {state['server'] or 'none is running'}"
    yield f"  index     {printable(state['index'])}"
