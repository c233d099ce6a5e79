"""What a benchmark was asked to do. Light: the command's help imports nothing else."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["EmbeddingOptions", "GrowthOptions", "Options", "PeersOptions", "StartOptions"]


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


@dataclass(frozen=True, slots=True)
class EmbeddingOptions:
    """`passages` is how many are embedded at most, `queries` how many each embedder gets."""

    data: Path
    files: int | None
    passages: int
    queries: int
    json: str | None


@dataclass(frozen=True, slots=True)
class StartOptions:
    """`times` is how often everything is started."""

    index: Path
    times: int
    json: str | None


@dataclass(frozen=True, slots=True)
class GrowthOptions:
    """`sizes` are numbers of passages; all lies below `work`, or below the system's own place."""

    data: Path
    sizes: tuple[int, ...]
    model: str
    queries: int
    work: Path | None
    json: str | None
    plot: Path | None


@dataclass(frozen=True, slots=True)
class PeersOptions:
    """Either `data` or `judged` is searched; no `engines` are all that are installed."""

    data: Path | None
    files: int | None
    judged: Path | None
    engines: tuple[str, ...]
    queries: int
    json: str | None
