"""A short run of `stress.py load`: no request fails, and surplus requests are shed."""

import pytest

from tests.stress.__main__ import main
from tests.stress.load import command


def test_a_short_load(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    # A few seconds say nothing about memory.
    monkeypatch.setattr(command, "FLAT", 0.5)
    monkeypatch.setattr(command, "CROWD_S", 3.0)
    monkeypatch.setattr(command, "AFTER_CROWD_S", 1.0)
    arguments = ["--minutes", "0.05", "--reindex-every", "1", "--clients", "8", "--model", "none"]
    status = main(["load", *arguments])
    shown = capsys.readouterr().out
    assert status == 0, shown
    assert "8 clients: requests " in shown
    assert "300 clients: shed with Retry-After" in shown


@pytest.mark.parametrize(
    ("memory", "growth"), [([100.0] * 30, 0.0), ([50.0] * 6 + [100.0] * 12 + [110.0] * 12, 0.1)]
)
def test_growth_is_measured_after_the_warm_up(memory: list[float], growth: float) -> None:
    assert command._growth(memory) == pytest.approx(growth)
