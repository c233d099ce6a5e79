"""A short run of `stress.py fuzz`, and tests that its checks can fail."""

import importlib.util
import random
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.property_examples import examples
from tests.stress.fuzz.command import CORPUS, fuzz_blindly, fuzz_guided, mutated
from tests.stress.fuzz.quotable import SUFFIXES, check_content, check_file, check_query, seeds


def test_no_altered_file_breaks_the_promise(tmp_path: Path) -> None:
    outcome = fuzz_blindly(minutes=0.05, seed=1, kept=tmp_path / "kept")
    assert outcome.errors == []
    assert float(outcome.figures["inputs"]) > 20
    assert not (tmp_path / "kept").exists()


@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None,
    reason="needs the group fuzz, which scripts/test leaves out",
)
def test_no_input_that_reaches_new_code_breaks_the_promise() -> None:
    outcome = fuzz_guided(minutes=0.05, seed=1)
    assert outcome.errors == []
    assert float(outcome.figures["inputs"]) > 20


@examples(100)
@given(st.binary(max_size=400))
@example(b"\x00a\xff\xfe")
@example(b"\x01---\n: \n---\n# \\\n")
@example("\x00\u0915".encode() + "\u093c\u094b".encode() * 300)  # Passages once overlapped here.
def test_any_bytes_are_quotable_or_skipped(content: bytes) -> None:
    check_content(content)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_awkward_files_are_quotable_with_any_reader(suffix: str) -> None:
    for path in CORPUS.rglob("*"):
        if path.is_file():
            check_file(f"a{suffix}", path.read_bytes())


def test_seeds_are_the_files_with_their_readers() -> None:
    found = seeds(CORPUS)
    assert len(found) == sum(path.is_file() for path in CORPUS.rglob("*"))
    assert {content[0] for content in found} == set(range(len(SUFFIXES)))


def test_the_same_seed_makes_the_same_inputs() -> None:
    files = seeds(CORPUS)
    first, again = random.Random(7), random.Random(7)
    assert [mutated(files, first) for _ in range(9)] == [mutated(files, again) for _ in range(9)]


def test_queries_are_checked_as_typed() -> None:
    check_query("a\0b")
    check_query("after:2024-02-30")
    check_query("x" * 2_000)
