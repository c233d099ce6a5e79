"""The index that the server answers from, changes in its folder, and whether it is ready."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api.contract.search import Mode
from api.ranking.fusion import FusionMethod

__all__ = ["Drift", "Readiness", "Status"]


class Drift(BaseModel):
    """How the files of the folder differ from the generation that answers.

    Only sizes and times are compared, so a file that was touched without a change counts as changed
    until the next build. A file that is not in the index counts as added if it, or a folder that
    contains it, arrived after the folder was last walked for a build. Otherwise the index has left
    it out. If there is a problem, nothing was counted.
    """

    checked: Annotated[datetime, Field(description="When the folder was compared.")]
    added: int | None = None
    changed: int | None = None
    removed: int | None = None
    problem: Annotated[str | None, Field(description="Why the folder could not be compared.")] = (
        None
    )


class Status(BaseModel):
    """The index that the server answers from. `building`: the next generation is being built.

    `drift` is the result of the last comparison with the folder, or null before the first one has
    ended. A request for the status starts a new comparison in the background if one is due.
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
    engines: Annotated[
        dict[str, str], Field(description="Versions of the engines that this server runs.")
    ]
    built_with: Annotated[
        dict[str, str], Field(description="Versions of the engines that built the generation.")
    ]
    drift: Drift | None = None
    warnings: Annotated[
        list[str], Field(description="Whether everyone is let in, and how to change that.")
    ] = []


class Readiness(BaseModel):
    ready: bool
    modes: list[Mode]
    generation: str | None
    problems: list[str]
