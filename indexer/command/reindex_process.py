"""The command that builds, as a child process: `python -m indexer`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from indexer.errors import SpanlightError

__all__ = ["REINDEX", "ReindexFailed", "reindex_environment", "reindex_report", "start_reindex"]

# Arguments of Python. With -P it does not look for modules in the current folder.
REINDEX: Final = ("-P", "-m", "indexer")


class ReindexFailed(SpanlightError):
    """The command failed. Its messages are on standard error."""

    code = "reindex_failed"


def reindex_environment() -> dict[str, str]:
    """Return the environment for a child that imports this package, installed or not."""
    here = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    return os.environ | {"PYTHONPATH": path}


def start_reindex(
    folder: Path, index: Path, model: str | None, *, full: bool = False
) -> "subprocess.Popen[bytes]":
    """Start to bring the index up to date. Without a model, the command decides."""
    command = [sys.executable, *REINDEX, str(folder), "--index", str(index), "--json"]
    if model is not None:
        command += ["--model", model]
    if full:
        command.append("--full")
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=reindex_environment())


def reindex_report(process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """Wait for the process and return the object that it printed."""
    output, _ = process.communicate()
    if process.returncode:
        raise ReindexFailed(f"reindexing ended with exit code {process.returncode}")
    report: dict[str, Any] = json.loads(output)
    return report
