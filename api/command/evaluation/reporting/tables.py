"""Tables of figures for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from api.command.evaluation.comparison import Comparison
from api.command.evaluation.confidence_fit import FittedModel
from api.command.evaluation.judged_set import DocumentSet, JudgedSet, SpanSet
from api.command.evaluation.metrics import DEPTHS
from api.command.evaluation.reporting.summary import SettingSummary
from api.command.evaluation.tuning import TunedRow

__all__ = [
    "calibration_table",
    "comparison_table",
    "confidence_table",
    "cost_of_build",
    "set_tables",
    "tuning_table",
    "verdict_table",
]


def set_tables(judged: JudgedSet, summaries: Sequence[SettingSummary]) -> list[Table]:
    """Return the tables of one set: one for documents; for spans, whole passages and best spans."""
    queries = summaries[0].queries
    if isinstance(judged, DocumentSet):
        title = f"{judged.name}: {judged.document_count:,} documents, {queries:,} queries"
        return [_document_table(title, summaries)]
    return _span_tables(judged, queries, summaries)


def cost_of_build(build: Mapping[str, Any]) -> str:
    """Return a line about the size of the index and the time that it took to build."""
    passages = f"{build['passages']:,} passages"
    if not build["published"]:
        return f"{passages}; the index was up to date"
    return f"{passages}, {build['embedded']:,} embedded now; built in {build['seconds']:,.1f} s"


def confidence_table(name: str, summaries: Sequence[SettingSummary]) -> Table:
    """Return the table of how far the confidence of hits can be trusted, by setting."""
    table = _table(f"{name}: confidence of the first {max(DEPTHS)} hits", ["setting"])
    others = summaries[0].separation
    for column in ("hits", "judged an answer", "mean confidence", "calibration error"):
        table.add_column(column, justify="right")
    for other in others:
        table.add_column(f"AUC against {other}", justify="right")
    for row in summaries:
        found = row.calibration
        table.add_row(
            str(row.setting),
            f"{found.hits:,}",
            f"{found.relevant:.4f}",
            f"{found.confidence:.4f}",
            f"{found.error:.4f}",
            *(f"{row.separation[other]:.4f}" for other in others),
        )
    return table


def verdict_table(name: str, summaries: Sequence[SettingSummary]) -> Table:
    """Return the table of what was said of the set's own and of unrelated queries, by setting."""
    table = _table(f"{name}: does anything answer?", ["setting", "queries"])
    for column in ("number", "yes", "maybe", "no"):
        table.add_column(column, justify="right")
    for row in summaries:
        for queries, each in row.verdicts.items():
            shares = (f"{share:.1%}" for share in each[1:])
            table.add_row(str(row.setting), queries, f"{each.queries:,}", *shares)
    return table


def calibration_table(model: FittedModel) -> Table:
    """Return the table of a fitted model's expected calibration error on each set."""
    table = _table(f"{model.name}: calibration error over {model.mode} hits", ["set"])
    columns = ("hits", "judged an answer", "currently", "fitted", "fitted to the other sets")
    for column in columns:
        table.add_column(column, justify="right")
    for row in model.sets:
        table.add_row(
            row.name,
            f"{row.hits:,}",
            f"{row.relevant:.4f}",
            f"{row.now:.4f}",
            f"{row.fitted:.4f}",
            "" if row.left_out is None else f"{row.left_out:.4f}",
        )
    return table


def comparison_table(name: str, one: str, other: str, rows: Sequence[Comparison]) -> Table:
    """Return the table of two settings on one set."""
    table = _table(f"{name}: {one} against {other}", ["metric"])
    for column in (one, other, "difference", "95 % interval", "p", "better / worse / same"):
        table.add_column(column, justify="right")
    for row in rows:
        same = row.queries - row.wins - row.losses
        table.add_row(
            row.metric,
            f"{row.one:.4f}",
            f"{row.other:.4f}",
            f"{row.difference:+.4f}",
            f"{row.low:+.4f} to {row.high:+.4f}",
            f"{row.p_value:.4f}",
            f"{row.wins} / {row.losses} / {same}",
        )
    return table


def tuning_table(rows: Sequence[TunedRow]) -> Table:
    """Return the table of the settings that were tried, in the given order."""
    table = _table("gain over the better single retriever", ["setting"])
    for column in ("mean gain", "least gain", *rows[0].values):
        table.add_column(column, justify="right")
    for row in rows:
        values = (f"{value:.4f}" for value in row.values.values())
        table.add_row(str(row.setting), f"{row.gain:+.2%}", f"{row.least_gain:+.2%}", *values)
    return table


def _document_table(title: str, summaries: Sequence[SettingSummary]) -> Table:
    metrics = ("nDCG@10", "recall@100", "characters@5", "best_characters@5")
    table = _table(title, ["setting"])
    for column in (*metrics, "ms/query"):
        table.add_column(column.replace("_", " "), justify="right")
    for row in summaries:
        cells = (_number(name, row.metrics[name]) for name in metrics)
        table.add_row(str(row.setting), *cells, _milliseconds(row))
    return table


def _span_tables(judged: SpanSet, queries: int, summaries: Sequence[SettingSummary]) -> list[Table]:
    files = len({question.path for question in judged.questions})
    title = f"{judged.name}: {files:,} files, {queries:,} questions"
    return [
        _span_table(f"{title}; whole passages", "span", "characters@5", summaries),
        _span_table(f"{title}; best spans", "best", "best_characters@5", summaries),
    ]


def _span_table(
    title: str, kind: str, characters: str, summaries: Sequence[SettingSummary]
) -> Table:
    metrics = [
        (f"{kind}_{name}@{depth}", f"{label}@{depth}")
        for depth in DEPTHS
        for name, label in (("recall", "recall"), ("precision", "prec"), ("iou", "IoU"))
    ]
    metrics.append((f"{kind}_whole_iou@5", "whole IoU@5"))
    table = _table(title, ["setting"])
    for _, label in (*metrics, ("", "characters@5"), ("", "ms/query")):
        table.add_column(label, justify="right")
    for row in summaries:
        cells = [f"{row.metrics[name]:.3f}" for name, _ in metrics]
        table.add_row(
            str(row.setting),
            *cells,
            _number(characters, row.metrics[characters]),
            _milliseconds(row),
        )
    return table


def _table(title: str, left: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in left:
        table.add_column(column, no_wrap=True)
    return table


def _number(name: str, value: float) -> str:
    return f"{value:,.0f}" if "characters" in name else f"{value:.4f}"


def _milliseconds(row: SettingSummary) -> str:
    return "" if row.milliseconds is None else f"{row.milliseconds:.1f}"
