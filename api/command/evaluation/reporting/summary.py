"""Answers to many queries -> one row for each setting."""

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from api.command.evaluation.calibration import Calibration, calibration_of, separation
from api.command.evaluation.runner import Answer
from api.command.evaluation.setting import Setting
from api.ranking.verdict import Answers

__all__ = ["SettingSummary", "Verdicts", "by_setting", "summarise"]

# Nearly every query has it, because rankings are read to their end. It means nothing here.
EXPECTED_WARNINGS = frozenset({"end_of_candidates"})


# The name under which the verdicts on a set's own queries are listed, if hits of the first page are
# judged answers.
OWN = "own, answered"


class Verdicts(NamedTuple):
    """How many queries there are, and the share of them that got each verdict."""

    queries: int
    yes: float
    maybe: float
    no: float


@dataclass(frozen=True, slots=True)
class SettingSummary:
    """Means over all queries of a set; `milliseconds` is a median, or None if nothing was timed.

    `warnings` counts the queries with each warning. `calibration` is for the hits of first pages.
    `separation` has an area under the ROC curve for each set of unrelated queries: how well the
    confidence of the first hit separates this set's queries from those. `verdicts` are those on the
    set's own queries that hits of the first page answer, and on each set of unrelated queries.
    """

    setting: Setting
    queries: int
    metrics: dict[str, float]
    milliseconds: float | None
    warnings: dict[str, int]
    calibration: Calibration
    separation: dict[str, float]
    verdicts: dict[str, Verdicts] = field(default_factory=dict)

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
            "calibration": asdict(self.calibration),
            "separation": self.separation,
            "verdicts": {name: each._asdict() for name, each in self.verdicts.items()},
        }


def summarise(
    answers: Sequence[Answer], unrelated: Mapping[str, Sequence[Answer]] | None = None
) -> list[SettingSummary]:
    """Return one summary for each setting, in the order in which settings first occur.

    `unrelated` maps the name of each unrelated set to the answers to its queries.
    """
    others = {name: by_setting(found) for name, found in (unrelated or {}).items()}
    return [
        _summary(setting, found, {name: each[setting] for name, each in others.items()})
        for setting, found in by_setting(answers).items()
    ]


def by_setting(answers: Sequence[Answer]) -> dict[Setting, list[Answer]]:
    """Return the answers of each setting, in the order in which settings first occur."""
    found: dict[Setting, list[Answer]] = {}
    for answer in answers:
        found.setdefault(answer.setting, []).append(answer)
    return found


def _summary(
    setting: Setting, answers: Sequence[Answer], unrelated: Mapping[str, Sequence[Answer]]
) -> SettingSummary:
    found = [each for answer in answers for each in answer.found]
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
        calibration=calibration_of(
            [each.confidence for each in found], [each.relevant for each in found]
        ),
        separation={
            name: separation(_top_confidences(answers), _top_confidences(others))
            for name, others in unrelated.items()
        },
        verdicts={
            name: _verdicts(those)
            for name, those in ({OWN: _answered(answers)} | dict(unrelated)).items()
        },
    )


def _answered(answers: Sequence[Answer]) -> list[Answer]:
    return [answer for answer in answers if any(each.relevant for each in answer.found)]


def _verdicts(answers: Sequence[Answer]) -> Verdicts:
    counts = Counter(answer.verdict for answer in answers)
    queries = len(answers)
    return Verdicts(queries, *(counts[each] / (queries or 1) for each in Answers))


def _top_confidences(answers: Sequence[Answer]) -> list[float]:
    return [answer.top_confidence for answer in answers]
