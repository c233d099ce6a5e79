"""A short run of `stress.py flood`: users with keys are served, and health checks are answered."""

import pytest

from tests.stress.__main__ import main
from tests.stress.flood.floods import FLOODS


def test_short_floods(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["flood", "--seconds", "0.5", "--attackers", "24", "--users", "2"])
    shown = capsys.readouterr().out
    assert status == 0, shown
    for name in FLOODS:
        assert f"{name}: searches" in shown
        assert f"{name}: health checks" in shown
