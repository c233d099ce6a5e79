"""A short run of `stress.py findable`, and checks of what it draws."""

from pathlib import Path
from random import Random

import pytest

from tests.relevance.golden_queries import CORPUS
from tests.stress.__main__ import main
from tests.stress.findable.drawn import holds, runs


def test_a_short_run(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["findable", str(CORPUS), "--words", "60", "--runs", "20"])
    shown = capsys.readouterr().out
    assert status == 0, shown
    assert "quotations of 50 words" in shown


def test_a_folder_without_words_has_nothing_to_look_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "signs.txt").write_text("--- *** ---")
    assert main(["findable", str(tmp_path)]) == 0
    assert "words" not in capsys.readouterr().out


def test_a_run_is_verbatim_and_in_its_file() -> None:
    texts = {"a.txt": "One two\nthree, 4.5 and «six» seven eight.", "b.txt": "北约 said no."}
    for run in runs(texts, 3, 50, Random(1)):
        assert run.span.of(texts[run.path]) == run.text
        assert "«" not in run.text


def test_a_word_is_whole() -> None:
    assert holds("The Café can't open.", "café")
    assert not holds("The Café can't open.", "can")
