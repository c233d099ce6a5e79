"""What the server answers from, how its folder has changed since, and whether it is ready."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api.contract.search import Mode
from api.ranking.fusion import FusionMethod

__all__ = ["Drift", "Readiness", "Status"]


class Drift(BaseModel):
    """How the files of the folder differ from the generation that answers.

    Told by their sizes and times, without reading them: a file that was only touched counts as
    changed until the next build. A file that is not in the index counts as added if it, or a folder
    around it, came since the folder was last walked for a build; otherwise it is one that the index
    leaves out. Where there is a problem, nothing was counted.
    """

    checked: Annotated[datetime, Field(description="When the folder was compared.")]
    added: int | None = None
    changed: int | None = None
    removed: int | None = None
    problem: Annotated[str | None, Field(description="Why the folder could not be compared.")] = (
        None
    )


class Status(BaseModel):
    """What the server answers from. `building`: the next generation is being built now.

    `drift` is what was last found out about this generation in the background, null before that;
    asking lets it be looked at anew when that is due.
    """

    generation: str
    folder: str
    built: datetime
    building: bool
    documents: int
    passages: int
    with_vectors: int
    model: str
    language: str
    vector_index: str | None
    fusion: FusionMethod
    semantic_weight: float
    reranker: str | None
    format_version: int
    version: str
    python: str
    engines: Annotated[dict[str, str], Field(description="Versions of what answers.")]
    built_with: Annotated[
        dict[str, str], Field(description="Versions of what wrote the generation.")
    ]
    drift: Drift | None = None


class Readiness(BaseModel):
    ready: bool
    modes: list[Mode]
    generation: str | None
    problems: list[str]
