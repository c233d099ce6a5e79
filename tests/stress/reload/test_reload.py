"""A short run of `stress.py reload`, and checks of what it counts as an error."""

import pytest

from tests.stress.__main__ import main
from tests.stress.reload.failing import Reloaded, can_trace
from tests.stress.reload.soak import _beyond_ceilings

needs_strace = pytest.mark.skipif(not can_trace(), reason="needs strace, and permission to use it")


@needs_strace
def test_a_short_run(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["reload", "--failures", "6", "--reloads", "8"])
    shown = capsys.readouterr().out
    assert status == 0, shown
    assert "failures                                  6" in shown


def test_wrong_advice_and_no_answer_are_errors() -> None:
    assert list(Reloaded(["EMFILE; raise the limit"], answers=True).errors()) == []
    assert list(Reloaded(["EMFILE; run reindex.py --full"], answers=True).errors()) == [
        "wrong advice: EMFILE; run reindex.py --full"
    ]
    assert list(Reloaded(["EMFILE"], answers=False).errors()) == ["no answer: EMFILE"]


def test_each_ceiling_counts() -> None:
    assert list(_beyond_ceilings(100, 0.01, 6.0)) == []
    assert len(list(_beyond_ceilings(200, 0.5, 20.0))) == 3
