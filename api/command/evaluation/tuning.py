"""Find the fusion and the weight that answer several judged sets best."""

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
# Finer steps than these differ by less than one query in a hundred.
WEIGHTS = tuple(round(0.1 * step, 2) for step in range(1, 10))


@dataclass(frozen=True, slots=True)
class TunedRow:
    """A setting's metric on each set, and what it gains there over the better single retriever.

    `gain` and `least_gain` are the mean and the least of the ratios, less 1.
    """

    setting: Setting
    values: dict[str, float]
    gain: float
    least_gain: float

    @property
    def ranking(self) -> RankingSettings:
        """The pair that an index is asked with to rank like this."""
        return RankingSettings.model_validate(
            {"fusion": self.setting.fusion, "semantic_weight": self.setting.semantic_weight}
        )


def tuning_grid() -> list[Setting]:
    """Return every pair of fusion and weight that is tried. Weights 0 and 1 are the retrievers'.

    `weighted` is measured as it is asked, feedback included; the other methods have none.
    """
    return [Setting(Mode.HYBRID, fusion, weight) for fusion in FusionMethod for weight in WEIGHTS]


def rank_settings(
    summaries: Mapping[str, Sequence[SettingSummary]], metrics: Mapping[str, str]
) -> list[TunedRow]:
    """Return the settings of the grid, best mean gain first; each set counts the same.

    Both arguments are by the set's name: its summaries, single retrievers among them, and the
    metric that judges it.
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
