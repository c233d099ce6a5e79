"""`reindex.py --json` as a child process: what measures a build measures the real command."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from indexer.errors import SpanlightError

__all__ = ["ReindexFailed", "reindex_report", "start_reindex"]

REINDEX = Path(__file__).resolve().parent / "reindex.py"


class ReindexFailed(SpanlightError):
    """`reindex.py` did not succeed; what it said stands on stderr."""

    code = "reindex_failed"


def start_reindex(
    folder: Path, index: Path, model: str | None, *, full: bool = False
) -> "subprocess.Popen[bytes]":
    """Start to bring the index up to the folder; without a model, with the command's own."""
    command = [sys.executable, str(REINDEX), str(folder), "--index", str(index), "--json"]
    if model is not None:
        command += ["--model", model]
    if full:
        command.append("--full")
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def reindex_report(process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """Wait for the process and return the object that it printed."""
    output, _ = process.communicate()
    if process.returncode:
        raise ReindexFailed(f"reindex.py ended with exit code {process.returncode}")
    report: dict[str, Any] = json.loads(output)
    return report
