from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stress.__main__ import main
from tests.stress.damage.command import run_damage
from tests.stress.damage.damages import Damage, damages
from tests.stress.sample import SAMPLE_CORPUS


def test_a_flip_alters_one_bit_and_a_cut_leaves_the_beginning() -> None:
    assert Damage("a", 9, cut=False).done_to(b"\0\0\0") == b"\0\2\0"
    assert Damage("a", 2, cut=True).done_to(b"abc") == b"ab"


@given(st.binary(min_size=1, max_size=40), st.integers(0, 9), st.integers(0, 9), st.randoms())
def test_every_damage_alters_the_file(
    content: bytes, flips: int, cuts: int, random: Random
) -> None:
    size = len(content)
    found = list(damages("a", size, flips=flips, cuts=cuts, random=random, small_bytes=20))
    assert len(set(found)) == len(found)
    assert all(each.done_to(content) != content for each in found)
    assert sum(each.cut for each in found) == min(cuts, size)
    expected = 8 * size if size < 20 else min(flips, 8 * size)
    assert sum(not each.cut for each in found) == expected


@pytest.mark.parametrize("model", ["hashed", "none"])
def test_damage_is_noticed_or_does_no_harm(model: str) -> None:
    outcome = run_damage(
        SAMPLE_CORPUS, files=3, model=model, flips=2, cuts=1, served=1, small_bytes=0
    )
    assert outcome.errors == []
    figures = outcome.figures
    assert figures["flips"] == 2 * int(figures["files"])
    assert figures["cuts"] == figures["files"]
    assert figures["named index_damaged"]
    assert figures["through a server's reload"] == figures["files"]


def test_every_bit_of_a_small_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["damage", "--files", "2", "--model", "none", "--only", "boilerplate"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert ["flips", "24"] in [line.split() for line in shown]
    assert shown[-1].split() == ["errors", "0"]


def test_a_folder_without_files_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["damage", "--folder", str(tmp_path)]) == 2
    assert str(tmp_path) in capsys.readouterr().err
