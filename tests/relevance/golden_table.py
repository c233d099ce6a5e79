"""The golden file: ranks as a Markdown table whose changes are read as a diff.

Rows are compared with those of the file cell by cell; only changes beyond near ties count.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path
from statistics import fmean

from tests.relevance.golden_queries import KINDS
from tests.relevance.golden_ranks import BEYOND, Rank

__all__ = [
    "MODES",
    "NOTE",
    "GoldenRow",
    "Summary",
    "difference",
    "one_line",
    "parse",
    "render",
    "settled",
    "update",
]

MODES = ("lexical", "semantic", "hybrid")
NOTE = "note"
"""What a test records under this name is shown below the results of the run."""

INTRODUCTION = """\
# Golden ranks

Written by `pytest tests/relevance --update-golden`; README.md says how to read it.
"""
SUMMARY = ("## Summary", "recall@1, recall@5 and MRR@10 of each mode, by kind of query:")
RANKS = (
    "## Ranks",
    "Of the first passage that is expected, in each mode; and what hybrid puts first:",
)
ID_WIDTH = 32
KIND_WIDTH = 11
RANK_WIDTH = 12
NOWHERE = "-"
FOLDED = " = "
NEARLY_TIED = " ~ "
RANK = re.compile(r"(\d+|-)(?: \((\d+|-) to (\d+|-)\))?")


@dataclass(frozen=True, slots=True)
class GoldenRow:
    """The result of one query: its rank in each mode, and the first hit of hybrid search.

    `top` lists the files at the first place, including folded ones, then those of near ties.
    """

    id: str
    kind: str
    ranks: Mapping[str, Rank]
    top: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The measures of one mode over some queries, each from 0 to 1."""

    recall_at_1: float
    recall_at_5: float
    mrr: float

    @classmethod
    def of(cls, rows: Iterable[GoldenRow], mode: str) -> "Summary":
        ranks = [row.ranks[mode].value for row in rows]
        return cls(
            recall_at_1=fmean(rank <= 1 for rank in ranks),
            recall_at_5=fmean(rank <= 5 for rank in ranks),
            mrr=fmean(0 if rank == BEYOND else 1 / rank for rank in ranks),
        )

    def __str__(self) -> str:
        return f"{self.recall_at_1:.3f} {self.recall_at_5:.3f} {self.mrr:.3f}"


def render(rows: Sequence[GoldenRow]) -> str:
    """Return the golden file."""
    return "\n".join([INTRODUCTION, *_summary(rows), "", *_ranks(rows), ""])


def parse(text: str) -> dict[str, GoldenRow]:
    """Return the rows of a golden file by query. Lines that are not rows are skipped."""
    rows = (_parse_row(line) for line in text.splitlines())
    return {row.id: row for row in rows if row is not None}


def settled(row: GoldenRow, golden: GoldenRow | None) -> GoldenRow:
    """Return the row, with the golden cell wherever that one allows the new value."""
    if golden is None or golden.kind != row.kind:
        return row
    ranks = {
        mode: golden.ranks[mode] if rank.agrees(golden.ranks[mode]) else rank
        for mode, rank in row.ranks.items()
    }
    return replace(row, ranks=ranks, top=golden.top if _same_top(row, golden) else row.top)


def difference(golden: str, rows: Sequence[GoldenRow]) -> str:
    """Return the changes to the golden file as a unified diff, or "" if there are none."""
    known = parse(golden)
    now = render([settled(row, known.get(row.id)) for row in rows])
    lines = unified_diff(golden.splitlines(), now.splitlines(), "golden", "now", lineterm="", n=0)
    return "\n".join(lines)


def update(path: Path, rows: Sequence[GoldenRow]) -> str:
    """Rewrite the golden file, and return the change in one line."""
    before = path.read_text("utf-8") if path.exists() else ""
    now = render(rows)
    path.write_text(now, "utf-8")
    if now == before:
        return f"{path.name} is up to date"
    known, changed = parse(before), parse(now)
    count = sum(known.get(query) != changed.get(query) for query in {*known, *changed})
    return f"{path.name} was rewritten: {count} {'row' if count == 1 else 'rows'} changed"


def one_line(rows: Sequence[GoldenRow]) -> str:
    """Return the summary of all queries in one line."""
    modes = ", ".join(f"{mode} {Summary.of(rows, mode)}" for mode in MODES)
    return f"{len(rows)} golden queries (recall@1 recall@5 MRR@10): {modes}"


def _summary(rows: Sequence[GoldenRow]) -> Iterator[str]:
    title, caption = SUMMARY
    yield from (title, "", caption, "")
    yield from _header("kind".ljust(KIND_WIDTH), "queries", *(mode.ljust(17) for mode in MODES))
    for kind in ("all", *KINDS):
        chosen = [row for row in rows if kind in ("all", row.kind)]
        if chosen:
            summaries = (str(Summary.of(chosen, mode)) for mode in MODES)
            yield _line(kind.ljust(KIND_WIDTH), f"{len(chosen):7}", *summaries)


def _ranks(rows: Sequence[GoldenRow]) -> Iterator[str]:
    title, caption = RANKS
    yield from (title, "", caption, "")
    yield from _header(
        "query".ljust(ID_WIDTH),
        "kind".ljust(KIND_WIDTH),
        *(mode.ljust(RANK_WIDTH) for mode in MODES),
        "first of hybrid",
    )
    for row in rows:
        yield _line(
            row.id.ljust(ID_WIDTH),
            row.kind.ljust(KIND_WIDTH),
            *(_rank_text(row.ranks[mode]).ljust(RANK_WIDTH) for mode in MODES),
            NEARLY_TIED.join(FOLDED.join(paths) for paths in row.top) or NOWHERE,
        )


def _header(*cells: str) -> Iterator[str]:
    yield _line(*cells)
    yield _line(*("-" * len(cell) for cell in cells))


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _rank_text(rank: Rank) -> str:
    value, best, worst = (NOWHERE if each == BEYOND else str(each) for each in rank)
    return value if best == worst else f"{value} ({best} to {worst})"


def _parse_row(line: str) -> GoldenRow | None:
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    if len(cells) != 3 + len(MODES):
        return None
    query, kind, *ranks, top = cells
    matches = [match for rank in ranks if (match := RANK.fullmatch(rank))]
    if len(matches) != len(MODES):
        return None
    return GoldenRow(
        id=query,
        kind=kind,
        ranks={mode: _rank(match) for mode, match in zip(MODES, matches, strict=True)},
        top=()
        if top == NOWHERE
        else tuple(tuple(each.split(FOLDED)) for each in top.split(NEARLY_TIED)),
    )


def _rank(match: re.Match[str]) -> Rank:
    texts = (match[1], match[2] or match[1], match[3] or match[1])
    return Rank(*(BEYOND if text == NOWHERE else int(text) for text in texts))


def _same_top(row: GoldenRow, golden: GoldenRow) -> bool:
    """Return whether the golden row names this first place, in any order of folded files."""
    if not row.top:
        return not golden.top
    return set(row.top[0]) in [set(paths) for paths in golden.top]
