"""RankingSettings: the fusion method and the semantic weight of an index, always as a pair.

The weight for one method means nothing for another. `evaluate.py --tune --save INDEX` measures
which pair ranks best and saves it next to the index, where a server reads it.
"""

import hashlib
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.contract.refusals.wrong_values import complaint
from api.ranking.fusion import DEFAULT_WEIGHTS, FusionMethod
from api.settings import ServerSettings
from indexer.config import DEFAULT_MODEL, STATIC_MODEL
from indexer.errors import InvalidSetting
from indexer.index.folder import IndexFolder

__all__ = ["RankingSettings", "ranking_in_use", "read_ranking_settings", "save_ranking_settings"]


class RankingSettings(BaseModel):
    """How hybrid search combines the rankings of both retrievers."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    fusion: FusionMethod
    semantic_weight: Annotated[float, Field(ge=0, le=1)]

    def weight_of(self, fusion: FusionMethod) -> float:
        """Return the weight for a method: this weight if the method is this one, else a default."""
        return self.semantic_weight if fusion is self.fusion else DEFAULT_WEIGHTS[fusion]


class _SavedSettings(RankingSettings):
    """The content of the file. The hash detects damage; a file written by hand may lack it."""

    sha256: str | None = None


DEFAULT_RANKING = RankingSettings(
    fusion=FusionMethod.WEIGHTED, semantic_weight=DEFAULT_WEIGHTS[FusionMethod.WEIGHTED]
)
# Static embeddings are less accurate, so they count for less (tests/relevance/README.md).
STATIC_RANKING = RankingSettings(fusion=FusionMethod.WEIGHTED, semantic_weight=0.5)


def ranking_in_use(
    server: ServerSettings, saved: RankingSettings | None, *, model: str = DEFAULT_MODEL
) -> RankingSettings:
    """Return the settings a server ranks with: the environment's, else those saved, else defaults.

    The defaults depend on the index's model. If the environment sets only a weight, it applies to
    the default method. If it sets only a method, the saved weight is used if it is for that method.
    """
    below = saved or (STATIC_RANKING if model == STATIC_MODEL else DEFAULT_RANKING)
    if server.fusion is None and server.semantic_weight is None:
        return below
    fusion = server.fusion or DEFAULT_RANKING.fusion
    weight = server.semantic_weight
    if weight is None:
        weight = below.weight_of(fusion)
    return RankingSettings(fusion=fusion, semantic_weight=weight)


def read_ranking_settings(index: IndexFolder) -> RankingSettings | None:
    """Return the settings saved for the index; None if none were saved.

    Raises InvalidSetting, naming the file and what is wrong with it, or StorageError.
    """
    content = index.read_settings()
    if content is None:
        return None
    try:
        saved = _SavedSettings.model_validate_json(content)
    except ValidationError as error:
        raise _invalid(index, _problem(error)) from error
    settings = RankingSettings(fusion=saved.fusion, semantic_weight=saved.semantic_weight)
    if saved.sha256 not in (None, _hash(settings)):
        raise _invalid(index, "it has changed since it was saved")
    return settings


def save_ranking_settings(index: IndexFolder, settings: RankingSettings) -> None:
    """Save the settings next to the index. Raises IndexNotFound if there is no index."""
    saved = _SavedSettings(**settings.model_dump(), sha256=_hash(settings))
    index.save_settings(saved.model_dump_json(indent=2) + "\n")


def _hash(settings: RankingSettings) -> str:
    return hashlib.sha256(settings.model_dump_json().encode()).hexdigest()


def _invalid(index: IndexFolder, problem: str) -> InvalidSetting:
    return InvalidSetting(
        f"{index.settings}: {problem}; delete the file, or recreate it with: "
        f"python scripts/evaluate.py SET... --tune --save {index.path}"
    )


def _problem(error: ValidationError) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0]) if first["loc"] else "it"
    match first["type"]:
        case "json_invalid":
            return f"it is not JSON ({first['ctx']['error']})"
        case "extra_forbidden":
            known = " and ".join(RankingSettings.model_fields)
            return f"{name[:80]!r} is not a setting of an index; the settings are {known}"
        case "missing":
            return f"{name} is missing: method and weight must be given together"
    return f"{name} is {repr(first['input'])[:80]}: {complaint(first)}"
