"""`spanlight evaluate`, from the judged sets to the tables."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from api.command.evaluation.comparison import Comparison, compare_paired
from api.command.evaluation.confidence_fit import fit_confidence, judged_hits
from api.command.evaluation.judged_set import DocumentSet, JudgedSet, open_judged_set, take_queries
from api.command.evaluation.measured_set import IndexedSet, MeasuredSet, indexed_set
from api.command.evaluation.options import MODES, Options
from api.command.evaluation.reporting.report import report_page
from api.command.evaluation.reporting.tables import (
    calibration_table,
    comparison_table,
    confidence_table,
    cost_of_build,
    set_tables,
    tuning_table,
    verdict_table,
)
from api.command.evaluation.runner import DOCUMENT_DEPTH, PAGE
from api.command.evaluation.setting import Setting, parse_weight
from api.command.evaluation.tuning import SINGLE_RETRIEVERS, rank_settings, tuning_grid
from api.contract.search import Mode
from api.ranking.fusion import FusionMethod
from api.search.ranking_settings import save_ranking_settings
from indexer.errors import StorageError, UsageError
from indexer.index.folder import IndexFolder

__all__ = ["run"]

STANDARD_OUTPUT = "-"
# Files and pipes have no width, so tables may be wide.
UNBOUNDED_WIDTH = 200
# The first metric decides; the others are compared too.
DOCUMENT_METRICS = ("nDCG@10", "recall@100")
SPAN_METRICS = ("span_recall@5", "span_recall@1", "best_recall@5", "best_iou@5")


def run(options: Options) -> None:
    """Measure every set, print the tables, and write the requested files."""
    settings = _settings(options)
    _require_place_to_save(options)
    _require_places_to_write(options)
    console = _console(options)
    judged_sets = _judged_sets(options.folders, options)
    unrelated = _judged_sets(options.unrelated, options)
    others = {judged.name: _others(judged, unrelated) for judged in judged_sets}
    measured: list[MeasuredSet] = []
    for judged in judged_sets:
        measured.append(_measure(judged, others[judged.name], settings, options))
        if not options.tune:
            _print_set(console, measured[-1])
    figures: dict[str, Any] = {"sets": [each.as_json() for each in measured]}
    if options.compare is not None:
        figures["comparisons"] = _print_comparisons(console, measured)
    if options.tune:
        figures["tuning"] = _print_tuning(console, measured, options.save)
    if options.calibrate:
        figures["calibration"] = _print_calibration(console, measured)
    if options.json is not None:
        _write(options.json, [json.dumps(figures, indent=2)])
    if options.per_query is not None:
        _write(options.per_query, map(json.dumps, _per_query(measured)))
    if options.report is not None:
        _write(str(options.report), [report_page(measured)])


def _settings(options: Options) -> list[Setting]:
    """Return the requested settings; none means all modes that the index supports."""
    if options.tune:
        return [*SINGLE_RETRIEVERS, *tuning_grid()]
    if options.compare is not None:
        one, other = map(Setting.parse, options.compare)
        if one == other:
            raise UsageError(
                f"nothing to compare: both settings are {one}; give two different ones"
            )
        return [one, other]
    # Made even if it is not asked for, so that a wrong weight is refused.
    hybrid = _hybrid(options)
    for mode in options.modes:
        if mode not in MODES:
            raise UsageError(f"--modes: {mode!r} is not a mode; choose from {', '.join(MODES)}")
    return _of_modes(map(Mode, dict.fromkeys(options.modes)), hybrid)


def _of_modes(modes: Iterable[Mode], hybrid: Setting) -> list[Setting]:
    return [hybrid if mode is hybrid.mode else Setting(mode) for mode in modes]


def _hybrid(options: Options) -> Setting:
    weight = options.semantic_weight
    return Setting(
        Mode.HYBRID,
        FusionMethod(options.fusion) if options.fusion else None,
        parse_weight(weight) if weight is not None else None,
    )


def _require_place_to_save(options: Options) -> None:
    """Raise now rather than after minutes of measuring if the result cannot be saved."""
    if options.save is None:
        return
    if not options.tune:
        raise UsageError("--save saves what --tune finds, so give both")
    IndexFolder(options.save).current()


def _require_places_to_write(options: Options) -> None:
    for target in (options.json, options.per_query, options.report):
        if target is None or str(target) == STANDARD_OUTPUT:
            continue
        path = Path(target)
        if path.is_dir() or not path.parent.is_dir():
            why = "it is a folder" if path.is_dir() else f"there is no folder {path.parent}"
            raise UsageError(f"cannot write {path}: {why}; give another file name")


def _judged_sets(folders: Sequence[Path], options: Options) -> list[JudgedSet]:
    judged_sets = [open_judged_set(each, split=options.split) for each in folders]
    for name, count in Counter(judged.name for judged in judged_sets).items():
        if count > 1:
            raise UsageError(
                f"{count} of the sets have the same name {name!r}; rename all but one, because "
                "figures are listed by name"
            )
    if options.limit:
        return [take_queries(judged, options.limit) for judged in judged_sets]
    return judged_sets


def _others(judged: JudgedSet, unrelated: Sequence[JudgedSet]) -> list[JudgedSet]:
    """Return the unrelated sets other than this one, which does not answer their queries."""
    others = [each for each in unrelated if each.folder != judged.folder]
    if unrelated and not others:
        raise UsageError(
            f"{judged.name} cannot be --unrelated to itself; name another set, with queries that "
            "it does not answer"
        )
    return others


def _measure(
    judged: JudgedSet, others: Sequence[JudgedSet], settings: Sequence[Setting], options: Options
) -> MeasuredSet:
    with indexed_set(judged, model=options.model, keep=options.index, full=options.full) as indexed:
        settings = settings or _all_modes(indexed, options)
        _check_modes(indexed, settings)
        console = Console(stderr=True)
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            asked = sum(each.query_count for each in (judged, *others))
            task = progress.add_task(judged.name, total=asked)
            return indexed.measure(
                settings,
                others,
                # Tuning uses only nDCG@10, so further pages need not be requested.
                depth=PAGE if options.tune else DOCUMENT_DEPTH,
                on_query=lambda: progress.advance(task),
            )


def _all_modes(indexed: IndexedSet, options: Options) -> list[Setting]:
    return _of_modes((Mode(mode) for mode in MODES if mode in indexed.modes), _hybrid(options))


def _check_modes(indexed: IndexedSet, settings: Sequence[Setting]) -> None:
    for setting in settings:
        # Hybrid search would fall back to words, and the figure would not show it.
        if setting.mode not in indexed.modes:
            raise UsageError(
                f"{indexed.judged.name}: {setting} needs an index with vectors; give a --model, or "
                "use --modes lexical"
            )


def _print_set(console: Console, measured: MeasuredSet) -> None:
    for table in set_tables(measured.judged, measured.summaries):
        console.print(table)
    console.print(confidence_table(measured.judged.name, measured.summaries))
    console.print(verdict_table(measured.judged.name, measured.summaries))
    console.print(cost_of_build(measured.build))
    for row in measured.summaries:
        for code, count in row.warnings.items():
            console.print(f"{row.setting}: {code} for {count:,} of {row.queries:,} queries")
    skipped = measured.build["skipped"]
    if skipped:
        reasons = Counter(each["reason"] for each in skipped)
        console.print("not indexed: " + ", ".join(f"{n} {why}" for why, n in reasons.items()))


def _print_comparisons(console: Console, measured: Sequence[MeasuredSet]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in measured:
        one, other = (row.setting for row in each.summaries)
        rows = [_compare(each, metric, one, other) for metric in _metrics(each.judged)]
        console.print(comparison_table(each.judged.name, str(one), str(other), rows))
        found[each.judged.name] = [asdict(row) | {"difference": row.difference} for row in rows]
    return found


def _compare(measured: MeasuredSet, metric: str, one: Setting, other: Setting) -> Comparison:
    values: dict[Setting, dict[str, float]] = {one: {}, other: {}}
    for answer in measured.answers:
        values[answer.setting][answer.query_id] = answer.metrics[metric]
    return compare_paired(metric, values[one], values[other])


def _print_tuning(
    console: Console, measured: Sequence[MeasuredSet], index: Path | None
) -> dict[str, Any]:
    rows = rank_settings(
        {each.judged.name: each.summaries for each in measured},
        {each.judged.name: _metrics(each.judged)[0] for each in measured},
    )
    best = rows[0].ranking
    console.print(tuning_table(rows))
    console.print(f"best: fusion {best.fusion}, semantic weight {best.semantic_weight}")
    if index is None:
        console.print("nothing was saved; use --save INDEX to rank an index like this")
    else:
        save_ranking_settings(IndexFolder(index), best)
        console.print(f"saved for {index}; a running server applies it automatically")
    return {
        "fusion": best.fusion,
        "semantic_weight": best.semantic_weight,
        "settings": [
            {
                "setting": str(row.setting),
                "gain": row.gain,
                "least_gain": row.least_gain,
                "values": row.values,
            }
            for row in rows
        ],
    }


def _print_calibration(console: Console, measured: Sequence[MeasuredSet]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for setting in [row.setting for row in measured[0].summaries]:
        model = fit_confidence(
            setting.mode,
            [
                judged_hits(
                    each.judged.name,
                    [answer for answer in each.answers if answer.setting == setting],
                    [
                        answer
                        for answers in each.unrelated.values()
                        for answer in answers
                        if answer.setting == setting
                    ],
                )
                for each in measured
            ],
        )
        console.print(calibration_table(model))
        found[model.name] = model.as_json()
    for name, model in found.items():
        numbers = ", ".join(f"{number:.2f}" for number in model["constants"])
        console.print(f"{name} = ({numbers})")
    return found


def _metrics(judged: JudgedSet) -> tuple[str, ...]:
    return DOCUMENT_METRICS if isinstance(judged, DocumentSet) else SPAN_METRICS


def _per_query(measured: Sequence[MeasuredSet]) -> Iterator[dict[str, Any]]:
    """Yield the answer to each query in each setting, with the hits of its first page."""
    for each in measured:
        asked = {each.judged.name: each.answers} | each.unrelated
        for name, answers in asked.items():
            for answer in answers:
                yield {"set": each.judged.name, "queries_of": name} | answer.as_json()


def _console(options: Options) -> Console:
    """Return the console for tables: standard error if JSON goes to standard output."""
    console = Console(stderr=STANDARD_OUTPUT in (options.json, options.per_query))
    if not console.is_terminal:
        console.width = UNBOUNDED_WIDTH
    return console


def _write(target: str, lines: Iterable[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    if target == STANDARD_OUTPUT:
        sys.stdout.write(text)
    else:
        try:
            Path(target).write_text(text, encoding="utf-8")
        except OSError as error:
            raise StorageError(f"{target}: {error.strerror or error}") from error
