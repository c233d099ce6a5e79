"""The version of Spanlight, and whether the packages that it needs are installed."""

import sys
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from importlib.util import find_spec
from pathlib import Path

__all__ = ["require_packages", "version"]

ROOT = Path(__file__).resolve().parents[2]
# No Python has all of these by chance.
NEEDED = ("fastapi", "numpy", "pydantic_settings", "tantivy", "tokenizers")


@cache
def version() -> str:
    """Return the version of Spanlight, or "source" if it runs without being installed."""
    try:
        return installed_version("spanlight")
    except PackageNotFoundError:
        return "source"


def require_packages() -> None:
    """End the process with one line if this Python lacks the packages, which is often the system's.

    For what is started by its file or as a module of a checkout, before it imports any package.
    """
    if all(find_spec(name) is not None for name in NEEDED):
        return
    own = ROOT / ".venv" / "bin" / "python"
    advice = f"use {own}" if own.exists() else f"run {ROOT / 'scripts' / 'run'} first"
    sys.exit(f"Spanlight's packages are not installed for this Python ({sys.executable}); {advice}")
