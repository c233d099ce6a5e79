"""The console command in a process of its own, as somebody at a shell starts it."""

import os
import subprocess
import sys
from pathlib import Path

from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, write

__all__ = ["COMMAND", "FILES", "ROOT", "SENTENCE", "environment", "prepare", "spanlight"]

ROOT = Path(__file__).parents[4]
COMMAND = (
    *(sys.executable, "-c"),
    "import sys; from api.command.spanlight import main; sys.exit(main())",
)


def _filler(word: str) -> str:
    """Return six long lines of words that no other document has."""
    lines = (" ".join(f"{word}{line}x{n}" for n in range(40)) for line in range(6))
    return "".join(f"{line.capitalize()}.\n" for line in lines)


def _document(word: str, sentence: str) -> str:
    return f"{_filler(f'{word}before')}{sentence}\n{_filler(f'{word}after')}"


SENTENCE = (
    "The bridge was closed because a girder had cracked, which two inspectors of the county found "
    "on a cold night while they looked for something else entirely, as they told the reporters, "
    "who had come by train and by boat to hear exactly that and to see it with their own eyes."
)
FERRY = (
    "Größe ist für Fähren über alle Ströme üblich, und die größte Fähre fährt täglich früh: so "
    "sagt es ein älterer Führer über die Küste, der für Gäste aus südlichen Ländern geschrieben "
    "wurde, die Fähren gewöhnlich nur aus Büchern kennen und deshalb überall zu spät kommen. "
    "The ferry leaves at noon, and whoever comes a minute later may look at it from the quay, "
    "which is a pleasant place with two benches, a tree, a kiosk that sells tea, and a view of the "
    "open sea that painters come for, at least when the weather allows it."
)
LIGHTHOUSE = (
    "A lighthouse \x1b[31mblinks\x1b[0m at night for those who are out on the water, and the man "
    "who tends it has counted the ships that passed since he was young, all of them, in a row of "
    "books with black covers that nobody but him has ever opened or is likely to open again."
)
FILES = {
    "bridge.txt": _document("hill", SENTENCE),
    "notes/harbour.md": _document("sea", FERRY),
    "notes/odd.txt": _document("rock", LIGHTHOUSE),
}
"""Each document has its only sentence on line 7, FERRY after another one."""


def prepare(home: Path, files: dict[str, str] | None = None) -> IndexFolder:
    """Write the files into `home/docs`, and index them where the registry looks in `home`."""
    for path, text in (files or FILES).items():
        write(home / "docs", path, text)
    index = IndexFolder(home / ".spanlight" / "index-docs")
    index.path.parent.mkdir(exist_ok=True)
    publish(home / "docs", index)
    return index


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a shell, without settings of the machine."""
    outside = ("SPANLIGHT_", "NO_COLOR", "VISUAL", "EDITOR")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(outside)}
    # A relative path, so each folder of these tests has its own indexes.
    own = {"PYTHONPATH": str(ROOT), "TERM": "xterm", "SPANLIGHT_INDEXES": ".spanlight"}
    return kept | own | more


def spanlight(
    home: Path, *arguments: str, given: str | None = None, **more: str
) -> "subprocess.CompletedProcess[str]":
    """Run `spanlight` in a folder with these arguments and variables; `given` is its input."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=home,
        env=environment(**more),
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
