from api.command.evaluation.options import FUSIONS, MODES
from api.contract.search import Mode
from api.ranking.fusion import FusionMethod


def test_the_help_names_every_mode_and_every_fusion_method() -> None:
    assert set(MODES) == {mode.value for mode in Mode}
    assert {str(each) for each in FUSIONS} == {method.value for method in FusionMethod}
