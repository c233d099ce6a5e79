"""The options of an evaluation. This module is all that the command's help imports."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["FUSIONS", "MODES", "Options"]

# Repeated here, because importing the enums takes longer than printing the help.
MODES = ("lexical", "semantic", "hybrid")
FUSIONS = ("weighted", "minmax", "rrf")


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one evaluation. Empty `modes` mean all that the index supports.

    `limit` 0 asks every query. `json` and `per_query` may be `-` for standard output.
    """

    folders: tuple[Path, ...]
    split: str
    modes: tuple[str, ...]
    fusion: str | None
    semantic_weight: str | None
    model: str | None
    limit: int
    index: Path | None
    full: bool
    json: str | None
    per_query: str | None
    report: Path | None
    unrelated: tuple[Path, ...]
    compare: tuple[str, str] | None
    tune: bool
    save: Path | None
    calibrate: bool
