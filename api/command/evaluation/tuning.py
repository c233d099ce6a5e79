"""Finds the fusion method and the weight that answer several judged sets best."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.command.evaluation.reporting.summary import SettingSummary
from api.command.evaluation.setting import Setting
from api.contract.search import Mode
from api.ranking.fusion import FusionMethod
from api.search.ranking_settings import RankingSettings

__all__ = ["SINGLE_RETRIEVERS", "TunedRow", "rank_settings", "tuning_grid"]

SINGLE_RETRIEVERS = (Setting(Mode.LEXICAL), Setting(Mode.SEMANTIC))
# Finer steps would change less than one query in a hundred.
WEIGHTS = tuple(round(0.1 * step, 2) for step in range(1, 10))


@dataclass(frozen=True, slots=True)
class TunedRow:
    """A setting's metric on each set, and its gain over the better single retriever.

    `gain` and `least_gain` are the mean and the smallest of the ratios on the sets, minus 1.
    """

    setting: Setting
    values: dict[str, float]
    gain: float
    least_gain: float

    @property
    def ranking(self) -> RankingSettings:
        """The ranking settings for an index to rank like this."""
        return RankingSettings.model_validate(
            {"fusion": self.setting.fusion, "semantic_weight": self.setting.semantic_weight}
        )


def tuning_grid() -> list[Setting]:
    """Return every pair of fusion method and weight to try.

    Weights 0 and 1 are left out, because they are the single retrievers. `weighted` includes
    feedback, as in searches; the other methods have none.
    """
    return [Setting(Mode.HYBRID, fusion, weight) for fusion in FusionMethod for weight in WEIGHTS]


def rank_settings(
    summaries: Mapping[str, Sequence[SettingSummary]], metrics: Mapping[str, str]
) -> list[TunedRow]:
    """Return the settings of the grid, best mean gain first; each set counts the same.

    Both arguments map the name of a set: to its summaries, including single retrievers, and to the
    metric that decides.
    """
    values: dict[Setting, dict[str, float]] = {}
    for name, rows in summaries.items():
        for row in rows:
            values.setdefault(row.setting, {})[name] = row.metrics[metrics[name]]
    baselines = {
        name: max(values[retriever][name] for retriever in SINGLE_RETRIEVERS) for name in summaries
    }
    tuned = [
        _row(setting, by_set, baselines)
        for setting, by_set in values.items()
        if setting not in SINGLE_RETRIEVERS
    ]
    return sorted(tuned, key=lambda row: -row.gain)


def _row(setting: Setting, values: dict[str, float], baselines: Mapping[str, float]) -> TunedRow:
    gains = [
        value / baselines[name] - 1 if baselines[name] else 0.0 for name, value in values.items()
    ]
    return TunedRow(setting, values, statistics.fmean(gains), min(gains))
