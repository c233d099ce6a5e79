"""Where tables and figures go."""

import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

__all__ = ["console_beside", "write_json"]

STANDARD_OUTPUT = "-"
# Files and pipes have no width, so tables may be wide.
UNBOUNDED_WIDTH = 160


def console_beside(json_target: str | None) -> Console:
    """Return the console for tables: standard error if JSON goes to standard output."""
    console = Console(stderr=json_target == STANDARD_OUTPUT)
    if not console.is_terminal:
        console.width = UNBOUNDED_WIDTH
    return console


def write_json(target: str | None, figures: dict[str, Any]) -> None:
    """Write the figures to the target, if there is one."""
    text = json.dumps(figures, indent=2) + "\n"
    if target == STANDARD_OUTPUT:
        sys.stdout.write(text)
    elif target is not None:
        Path(target).write_text(text, encoding="utf-8")
