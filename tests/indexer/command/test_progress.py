import pytest

from indexer.command import progress
from indexer.command.progress import ProgressLines


def test_a_stage_that_takes_no_time_is_not_reported(capsys: pytest.CaptureFixture[str]) -> None:
    lines = ProgressLines()
    for done in range(1, 1_001):
        lines("reading", done, 1_000)
    assert capsys.readouterr() == ("", "")


def test_every_tenth_is_reported(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LINE_INTERVAL_S", 0.0)
    lines = ProgressLines()
    for done in range(1, 2_001):
        lines("reading", done, 2_000)
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.splitlines()[:2] == ["reading: 200 of 2,000 (10%)", "reading: 400 of 2,000 (20%)"]
    assert errors.count("\n") == 10


def test_a_slow_stage_is_reported_after_a_long_silence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LONGEST_SILENCE_S", 0.0)
    lines = ProgressLines()
    lines("embedding", 1, 1_000)
    assert capsys.readouterr().err == "embedding: 1 of 1,000 (0%)\n"


def test_each_stage_is_reported_separately(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LINE_INTERVAL_S", 0.0)
    lines = ProgressLines()
    lines("reading", 5, 10)
    lines("embedding", 0, 0)
    lines("embedding", 2, 10)
    lines("reading", 5, 10)
    assert capsys.readouterr().err.splitlines() == [
        "reading: 5 of 10 (50%)",
        "embedding: 0 of 0 (0%)",
        "embedding: 2 of 10 (20%)",
    ]
