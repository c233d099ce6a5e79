"""The version of Spanlight."""

from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version

__all__ = ["version"]


@cache
def version() -> str:
    """Return the version of Spanlight, or "source" if it runs without being installed."""
    try:
        return installed_version("spanlight")
    except PackageNotFoundError:
        return "source"
