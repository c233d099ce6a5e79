"""A setting that can be measured: mode, fusion method and weight."""

from dataclasses import dataclass

from api.contract.search import Mode, SearchRequest
from api.ranking.fusion import FusionMethod
from indexer.errors import InvalidSetting

__all__ = ["Setting", "parse_weight"]


@dataclass(frozen=True, slots=True)
class Setting:
    """A way of ranking, written as `mode`, `mode:fusion` or `mode:fusion:weight`.

    Missing parts are those of the index.
    """

    mode: Mode
    fusion: FusionMethod | None = None
    semantic_weight: float | None = None

    @classmethod
    def parse(cls, text: str) -> "Setting":
        """Return the parsed setting, such as `hybrid:weighted:0.7`. Raises InvalidSetting."""
        mode, _, rest = text.partition(":")
        fusion, _, weight = rest.partition(":")
        try:
            return cls(
                Mode(mode),
                FusionMethod(fusion) if fusion else None,
                parse_weight(weight) if weight else None,
            )
        except ValueError:
            raise InvalidSetting(
                f"{text!r} is not a setting: expected MODE[:FUSION[:WEIGHT]] with a mode of "
                f"{', '.join(Mode)} and a fusion of {', '.join(FusionMethod)}"
            ) from None

    def __str__(self) -> str:
        parts = [self.mode.value]
        if self.fusion is not None or self.semantic_weight is not None:
            parts.append(self.fusion.value if self.fusion else "")
        if self.semantic_weight is not None:
            parts.append(f"{self.semantic_weight:g}")
        return ":".join(parts)

    def request(self, query: str, *, limit: int, offset: int = 0) -> SearchRequest:
        return SearchRequest(
            q=query,
            mode=self.mode,
            fusion=self.fusion,
            semantic_weight=self.semantic_weight,
            limit=limit,
            offset=offset,
            # Sets are judged without folding, so a copy of an answer counts as an answer.
            fold_duplicates=False,
            # The scores of the retrievers, from which confidence is fitted.
            explain=True,
        )


def parse_weight(text: str) -> float:
    """Return the semantic weight in the text, from 0 to 1. Raises InvalidSetting."""
    try:
        weight = float(text)
    except ValueError:
        raise InvalidSetting(f"the semantic weight must be a number, not {text!r}") from None
    if not 0 <= weight <= 1:
        raise InvalidSetting(f"the semantic weight must be from 0 to 1, not {text}")
    return weight
