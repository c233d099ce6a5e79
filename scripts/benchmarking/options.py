"""What a benchmark was asked to do. Light: the command's help imports nothing else."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """`files` None takes all of them; `index` None builds one; `json` may be `-`, standard output.

    Without a `queries_file`, queries are drawn from the data.
    """

    builds: bool
    searches: bool
    data: Path
    files: int | None
    models: tuple[str, ...]
    index: Path | None
    queries: int
    queries_file: Path | None
    json: str | None
