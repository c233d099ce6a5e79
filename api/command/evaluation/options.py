"""What an evaluation was asked to do. Light: the command's help imports nothing else."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["FUSIONS", "MODES", "Options"]

# Spelt out, since the models that know them take longer to import than the help to print.
MODES = ("lexical", "semantic", "hybrid")
FUSIONS = ("weighted", "minmax", "rrf")


@dataclass(frozen=True, slots=True)
class Options:
    """Empty `modes` are all that the index answers. `limit` 0 asks every query.

    `json` and `per_query` may be `-`, standard output.
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
