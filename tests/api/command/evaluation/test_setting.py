"""The spelling of settings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.command.evaluation.setting import Setting, parse_weight
from api.contract.search import Mode
from api.ranking.fusion import FusionMethod
from indexer.errors import InvalidSetting


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("lexical", Setting(Mode.LEXICAL)),
        ("hybrid:rrf", Setting(Mode.HYBRID, FusionMethod.RRF)),
        ("hybrid:weighted:0.7", Setting(Mode.HYBRID, FusionMethod.WEIGHTED, 0.7)),
        ("hybrid::0.25", Setting(Mode.HYBRID, None, 0.25)),
    ],
)
def test_a_setting_is_read_from_its_name(text: str, setting: Setting) -> None:
    assert Setting.parse(text) == setting
    assert str(setting) == text


@given(
    st.builds(
        Setting,
        st.sampled_from(Mode),
        st.none() | st.sampled_from(FusionMethod),
        st.none() | st.integers(0, 100).map(lambda percent: percent / 100),
    )
)
def test_every_setting_can_be_written_and_read(setting: Setting) -> None:
    assert Setting.parse(str(setting)) == setting


@pytest.mark.parametrize("text", ["", "both", "hybrid:sum", "hybrid:rrf:0.5:1", ":rrf"])
def test_an_invalid_setting_is_refused(text: str) -> None:
    with pytest.raises(InvalidSetting):
        Setting.parse(text)


@pytest.mark.parametrize("weight", ["-0.1", "1.01", "nan", "inf", "half", ""])
def test_a_weight_lies_between_0_and_1(weight: str) -> None:
    with pytest.raises(InvalidSetting, match="semantic weight"):
        parse_weight(weight)
    assert [parse_weight("0"), parse_weight("1")] == [0.0, 1.0]
