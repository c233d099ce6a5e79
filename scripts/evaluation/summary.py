"""Answers to many queries -> one row per setting."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scripts.evaluation.runner import Answer
from scripts.evaluation.setting import Setting

__all__ = ["SettingSummary", "summarise"]

# Said of nearly every query, and of no consequence: rankings are read to their end.
EXPECTED_WARNINGS = frozenset({"end_of_candidates"})


@dataclass(frozen=True, slots=True)
class SettingSummary:
    """Means over all queries of a set; `milliseconds` is a median, None where nothing was timed.

    `warnings` counts the queries that were answered with each warning.
    """

    setting: Setting
    queries: int
    metrics: dict[str, float]
    milliseconds: float | None
    warnings: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        return {
            "setting": str(self.setting),
            "mode": self.setting.mode,
            "fusion": self.setting.fusion,
            "semantic_weight": self.setting.semantic_weight,
            "queries": self.queries,
            "metrics": self.metrics,
            "milliseconds_p50": self.milliseconds,
            "warnings": self.warnings,
        }


def summarise(answers: Sequence[Answer]) -> list[SettingSummary]:
    """Return one summary per setting, in the order in which settings first occur."""
    by_setting: dict[Setting, list[Answer]] = {}
    for answer in answers:
        by_setting.setdefault(answer.setting, []).append(answer)
    return [_summary(setting, found) for setting, found in by_setting.items()]


def _summary(setting: Setting, answers: Sequence[Answer]) -> SettingSummary:
    times = [answer.milliseconds for answer in answers if answer.milliseconds is not None]
    warnings = Counter(code for answer in answers for code in set(answer.warnings))
    return SettingSummary(
        setting=setting,
        queries=len(answers),
        metrics={
            name: statistics.fmean(answer.metrics[name] for answer in answers)
            for name in answers[0].metrics
        },
        milliseconds=statistics.median(times) if times else None,
        warnings={
            code: count for code, count in sorted(warnings.items()) if code not in EXPECTED_WARNINGS
        },
    )
