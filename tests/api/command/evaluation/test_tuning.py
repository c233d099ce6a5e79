"""The choice of the fusion and the weight that answer several sets best."""

import pytest

from api.command.evaluation.calibration import Calibration
from api.command.evaluation.reporting.summary import SettingSummary
from api.command.evaluation.setting import Setting
from api.command.evaluation.tuning import SINGLE_RETRIEVERS, rank_settings, tuning_grid
from api.contract.search import Mode
from api.ranking.fusion import FusionMethod
from api.search.ranking_settings import RankingSettings

LEXICAL, SEMANTIC = SINGLE_RETRIEVERS
LOW = Setting(Mode.HYBRID, FusionMethod.WEIGHTED, 0.3)
HIGH = Setting(Mode.HYBRID, FusionMethod.WEIGHTED, 0.7)


def summaries(metric: str, values: dict[Setting, float]) -> list[SettingSummary]:
    nothing = Calibration(0.0, ())
    return [
        SettingSummary(each, 10, {metric: value}, None, {}, nothing, {})
        for each, value in values.items()
    ]


def test_the_best_setting_gains_most_over_all_sets_alike() -> None:
    easy = {LEXICAL: 0.8, SEMANTIC: 0.7, LOW: 0.88, HIGH: 0.84}
    hard = {LEXICAL: 0.1, SEMANTIC: 0.2, LOW: 0.19, HIGH: 0.22}
    found = {"easy": summaries("nDCG@10", easy), "hard": summaries("span_recall@5", hard)}
    rows = rank_settings(found, {"easy": "nDCG@10", "hard": "span_recall@5"})
    assert [row.setting for row in rows] == [HIGH, LOW]
    # 0.84 / 0.8 and 0.22 / 0.2; each set has another better retriever.
    assert rows[0].gain == pytest.approx((0.05 + 0.10) / 2)
    assert rows[0].least_gain == pytest.approx(0.05)
    assert rows[1].least_gain == pytest.approx(-0.05)
    assert rows[0].ranking == RankingSettings(fusion=FusionMethod.WEIGHTED, semantic_weight=0.7)


def test_a_set_where_no_retriever_finds_anything_has_no_influence() -> None:
    found = {"set": summaries("nDCG@10", {LEXICAL: 0.0, SEMANTIC: 0.0, LOW: 0.0})}
    assert [row.gain for row in rank_settings(found, {"set": "nDCG@10"})] == [0.0]


def test_every_fusion_is_tried_with_several_weights() -> None:
    grid = tuning_grid()
    assert {setting.fusion for setting in grid} == set(FusionMethod)
    assert Setting(Mode.HYBRID, FusionMethod.WEIGHTED, 0.7) in grid
    assert len(set(grid)) == len(grid)
