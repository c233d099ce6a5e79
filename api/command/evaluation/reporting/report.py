"""An HTML page with the figures of each set, and plots of their details."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from html import escape

from api.command.evaluation.judged_set import DocumentSet, SpanSet
from api.command.evaluation.measured_set import MeasuredSet
from api.command.evaluation.metrics import FoundSpan, span_overlap
from api.command.evaluation.reporting.plots import Point, line_plot
from api.command.evaluation.reporting.summary import by_setting
from api.command.evaluation.reporting.tables import cost_of_build
from api.command.evaluation.runner import DOCUMENT_DEPTH, PAGE, Answer

__all__ = ["report_page"]

# The recall of one answer, at a depth.
Recall = Callable[[Answer, int], float]

# Bars of a distribution of scores.
BINS = 20

STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse; margin: 1em 0; font-variant-numeric: tabular-nums }
th, td { padding: .2em .8em; border-bottom: 1px solid #ccc; text-align: right }
th:first-child { text-align: left; font-weight: normal }
div { overflow-x: auto }
svg { max-width: 100%; height: auto }"""


def report_page(measured: Sequence[MeasuredSet]) -> str:
    """Return a self-contained HTML page."""
    body = "".join(part for each in measured for part in _section(each))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Spanlight: relevance</title><style>\n{STYLE}\n</style></head>"
        f"<body><h1>Relevance</h1>{body}</body></html>\n"
    )


def _section(measured: MeasuredSet) -> Iterator[str]:
    judged = measured.judged
    yield f"<h2>{escape(judged.name)}</h2>"
    yield f"<p>{escape(cost_of_build(measured.build))}.</p>"
    yield _table(measured)
    yield "<h3>Recall against depth</h3>"
    if isinstance(judged, DocumentSet):
        recall, depth, across = _document_recall(judged), DOCUMENT_DEPTH, "documents"
    else:
        recall, depth, across = _span_recall(judged), PAGE, "hits"
    curves = {
        str(setting): _curve(answers, recall, depth)
        for setting, answers in by_setting(measured.answers).items()
    }
    yield line_plot(curves, title=f"recall by {across}")
    yield f"<h3>Confidence of the first {PAGE} hits, and how many of them answer</h3>"
    yield line_plot(_reliability(measured), title="judged an answer, by mean confidence")
    for setting, answers in by_setting(measured.answers).items():
        yield f"<h3>Scores of the first {PAGE} hits: {escape(str(setting))}</h3>"
        yield line_plot(_score_distributions(answers), title="share of hits by score")


def _table(measured: MeasuredSet) -> str:
    """Return a table with one row for each metric, because there are more metrics than settings."""
    summaries = measured.summaries
    rows = [_row("th", "", [str(each.setting) for each in summaries])]
    rows += [
        _row("td", name, [f"{each.metrics[name]:,.4g}" for each in summaries])
        for name in summaries[0].metrics
    ]
    errors = [f"{each.calibration.error:.4f}" for each in summaries]
    rows.append(_row("td", "calibration error", errors))
    rows += [
        _row("td", f"AUC against {other}", [f"{each.separation[other]:.4f}" for each in summaries])
        for other in summaries[0].separation
    ]
    times = [each.milliseconds for each in summaries]
    rows.append(_row("td", "ms/query", ["" if time is None else f"{time:.1f}" for time in times]))
    return f"<div><table>{''.join(rows)}</table></div>"


def _row(tag: str, name: str, cells: Sequence[str]) -> str:
    values = "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells)
    return f"<tr><th>{escape(name)}</th>{values}</tr>"


def _curve(answers: Sequence[Answer], recall: Recall, depth: int) -> list[Point]:
    """Return the mean recall over all queries at each depth from 1 on."""
    return [
        (at, statistics.fmean(recall(answer, at) for answer in answers))
        for at in range(1, depth + 1)
    ]


def _reliability(measured: MeasuredSet) -> dict[str, Sequence[Point]]:
    """Return a point for each bin of confidence, by setting, and the line of a perfect one."""
    lines: dict[str, Sequence[Point]] = {
        str(each.setting): [(found.confidence, found.relevant) for found in each.calibration.bins]
        for each in measured.summaries
    }
    return lines | {"calibrated": [(0.0, 0.0), (1.0, 1.0)]}


def _document_recall(judged: DocumentSet) -> Recall:
    relevant = {
        query: {document for document, grade in grades.items() if grade > 0}
        for query, grades in judged.judgements.items()
    }

    def recall(answer: Answer, depth: int) -> float:
        wanted = relevant[answer.query_id]
        return len(wanted.intersection(answer.documents[:depth])) / (len(wanted) or 1)

    return recall


def _span_recall(judged: SpanSet) -> Recall:
    questions = {question.id: question for question in judged.questions}

    def recall(answer: Answer, depth: int) -> float:
        question = questions[answer.query_id]
        found = [FoundSpan(each.path, each.span) for each in answer.found[:depth]]
        return span_overlap(question.path, question.references, found).recall

    return recall


def _score_distributions(answers: Sequence[Answer]) -> dict[str, list[Point]]:
    """Return the distribution of scores among hits that answer, and among those that do not."""
    scores: dict[bool, list[float]] = {True: [], False: []}
    for answer in answers:
        for each in answer.found:
            scores[each.relevant].append(each.score)
    low = min(map(min, filter(None, scores.values())), default=0.0)
    high = max(map(max, filter(None, scores.values())), default=0.0)
    return {
        "judged an answer": _histogram(scores[True], low, high),
        "not judged an answer": _histogram(scores[False], low, high),
    }


def _histogram(values: Sequence[float], low: float, high: float) -> list[Point]:
    """Return the middle of each bin with the share of values in the bin."""
    width = (high - low) / BINS or 1.0
    counts = [0] * BINS
    for value in values:
        counts[min(int((value - low) / width), BINS - 1)] += 1
    return [
        (low + (number + 0.5) * width, count / (len(values) or 1))
        for number, count in enumerate(counts)
    ]
