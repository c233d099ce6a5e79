"""The golden file: written, read back, compared, rewritten."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.relevance.golden_ranks import BEYOND, Rank
from tests.relevance.golden_table import (
    GoldenRow,
    Summary,
    difference,
    one_line,
    parse,
    render,
    settled,
    update,
)

ROOT = Path(__file__).parents[2]


def row(
    query: str,
    lexical: Rank,
    semantic: Rank,
    hybrid: Rank,
    *top: tuple[str, ...],
    kind: str = "exact",
) -> GoldenRow:
    return GoldenRow(query, kind, {"lexical": lexical, "semantic": semantic, "hybrid": hybrid}, top)


def sure(rank: int) -> Rank:
    return Rank(rank, rank, rank)


NOWHERE = sure(BEYOND)
ROWS = [
    row("name", sure(1), NOWHERE, Rank(2, 1, 3), ("a.txt", "b.txt"), ("c.txt",)),
    row("owls", NOWHERE, sure(2), sure(1), ("owls.txt",), kind="paraphrase"),
    row("nothing", NOWHERE, NOWHERE, Rank(BEYOND, 10, BEYOND), kind="paraphrase"),
]
TEXT = """\
# Golden ranks

Written by `pytest tests/relevance --update-golden`; README.md says how to read it.

## Summary

recall@1, recall@5 and MRR@10 of each mode, by kind of query:

| kind        | queries | lexical           | semantic          | hybrid            |
| ----------- | ------- | ----------------- | ----------------- | ----------------- |
| all         |       3 | 0.333 0.333 0.333 | 0.000 0.333 0.167 | 0.333 0.667 0.500 |
| exact       |       1 | 1.000 1.000 1.000 | 0.000 0.000 0.000 | 0.000 1.000 0.500 |
| paraphrase  |       2 | 0.000 0.000 0.000 | 0.000 0.500 0.250 | 0.500 0.500 0.500 |

## Ranks

Of the first passage that is expected, in each mode; and what hybrid puts first:

| query                            | kind        | lexical      | semantic     | hybrid       | first of hybrid |
| -------------------------------- | ----------- | ------------ | ------------ | ------------ | --------------- |
| name                             | exact       | 1            | -            | 2 (1 to 3)   | a.txt = b.txt ~ c.txt |
| owls                             | paraphrase  | -            | 2            | 1            | owls.txt |
| nothing                          | paraphrase  | -            | -            | - (10 to -)  | - |
"""  # noqa: E501 - the file as it is


def test_a_golden_file_is_a_table() -> None:
    assert render(ROWS) == TEXT


def test_a_golden_file_is_read_back() -> None:
    assert parse(TEXT) == {row.id: row for row in ROWS}


def test_a_summary_counts_ranks() -> None:
    ranks = [1, 2, 5, 6, 10, BEYOND]
    rows = [row(str(rank), sure(rank), NOWHERE, NOWHERE) for rank in ranks]
    summary = Summary.of(rows, "lexical")
    assert summary.recall_at_1 == pytest.approx(1 / 6)
    assert summary.recall_at_5 == pytest.approx(3 / 6)
    assert summary.mrr == pytest.approx((1 + 1 / 2 + 1 / 5 + 1 / 6 + 1 / 10) / 6)


def test_a_summary_fits_in_one_line() -> None:
    assert one_line(ROWS) == (
        "3 golden queries (recall@1 recall@5 MRR@10): lexical 0.333 0.333 0.333, "
        "semantic 0.000 0.333 0.167, hybrid 0.333 0.667 0.500"
    )


# Comparison


def test_unchanged_rows_make_no_difference() -> None:
    assert difference(TEXT, ROWS) == ""


def test_a_change_shows_as_the_lines_that_it_changes() -> None:
    changed = [*ROWS[:1], row("owls", sure(7), sure(2), sure(1), ("owls.txt",), kind="paraphrase")]
    lines = difference(TEXT, [*changed, ROWS[2]]).splitlines()
    assert "-| owls                             | paraphrase  | -            | 2 " in str(lines)
    assert [line[:8] for line in lines if line.startswith(("-|", "+|"))] == [
        *["-| all  ", "+| all  ", "-| parap", "+| parap", "-| owls ", "+| owls "]
    ]


def test_an_added_or_removed_query_makes_a_difference() -> None:
    assert "-| nothing " in difference(TEXT, ROWS[:2])
    assert "+| nothing " in difference(render(ROWS[:2]), ROWS)


def test_a_golden_file_that_was_edited_by_hand_makes_a_difference() -> None:
    assert difference(TEXT.replace("| name  ", "| name! "), ROWS)
    assert difference(TEXT.replace("0.167", "0.267"), ROWS)
    assert difference(TEXT.replace("2 (1 to 3)", "second    "), ROWS)
    assert difference("", ROWS)


def test_near_ties_make_no_difference() -> None:
    golden = ROWS[0]
    otherwise = row("name", sure(1), NOWHERE, Rank(3, 2, 3), ("c.txt",), ("b.txt", "a.txt"))
    assert settled(otherwise, golden) == golden
    assert difference(TEXT, [otherwise, *ROWS[1:]]) == ""


@pytest.mark.parametrize(
    "changed",
    [
        row("name", sure(2), NOWHERE, Rank(2, 1, 3), ("a.txt", "b.txt"), ("c.txt",)),
        row("name", sure(1), NOWHERE, Rank(4, 1, 4), ("a.txt", "b.txt"), ("c.txt",)),
        row("name", sure(1), NOWHERE, Rank(2, 1, 3), ("d.txt",), ("c.txt",)),
        row("name", sure(1), NOWHERE, Rank(2, 1, 3), ("a.txt",), ("b.txt",), ("c.txt",)),
        row("name", sure(1), NOWHERE, Rank(2, 1, 3)),
        row("name", sure(1), NOWHERE, Rank(2, 1, 3), ("c.txt",), kind="mixed"),
    ],
    ids=["rank", "beyond its near ties", "another first", "unfolded", "no hit", "kind"],
)
def test_a_rank_outside_its_near_ties_makes_a_difference(changed: GoldenRow) -> None:
    assert "+| name " in difference(TEXT, [changed, *ROWS[1:]])


# Rewriting


def test_a_golden_file_is_rewritten(tmp_path: Path) -> None:
    file = tmp_path / "golden.md"
    assert update(file, ROWS) == "golden.md was rewritten: 3 rows changed"
    assert file.read_text("utf-8") == TEXT
    assert update(file, ROWS) == "golden.md is up to date"
    assert update(file, ROWS[1:]) == "golden.md was rewritten: 1 row changed"
    assert difference(file.read_text("utf-8"), ROWS[1:]) == ""


@pytest.mark.parametrize("place", [(), ("tests/relevance/test_golden.py",)])
def test_pytest_knows_the_option_in_any_folder(place: tuple[str, ...]) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "pytest", *place, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--update-golden" in shown.stdout
