"""What a command prints, and the modules that it imports before it ends."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["printed_and_imported"]

ROOT = Path(__file__).parents[1]


def printed_and_imported(
    arguments: Sequence[str | Path], *, folder: Path = ROOT
) -> tuple[str, set[str]]:
    """Run Python with the arguments in the folder; return its standard output and its imports.

    Fails if the command does.
    """
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "site" in imported, "Python did not say what it imports"
    return done.stdout, imported
