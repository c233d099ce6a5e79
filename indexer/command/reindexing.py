"""Run the command that builds: from the options to the exit code."""

import json
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.building.build import build_index
from indexer.building.check import check_index
from indexer.building.planning.plan import plan_build
from indexer.building.report import BuildReport
from indexer.building.task import BuildTask
from indexer.command import reports
from indexer.command.console import print_line, printable, say
from indexer.command.options import Options
from indexer.command.progress import showing_progress
from indexer.command.stopping import Stopped
from indexer.config import DEFAULT_MODEL, NO_MODEL, STATIC_MODEL, IndexConfig
from indexer.embedding.embedder import Embedder, LazyEmbedder
from indexer.errors import (
    FolderNotFound,
    IndexNotFound,
    IndexUnusable,
    SpanlightError,
    WrongFolder,
)
from indexer.index.analysis.analyzer import Analyzer
from indexer.index.disk.failures import storage_errors
from indexer.index.folder import IndexFolder
from indexer.index.manifest import Manifest
from indexer.reading.sources import walk
from indexer.reading.watch import watch_folder

__all__ = ["run"]

# The delay before a failed build is tried again. Often another process was building.
SHORTEST_RETRY_S = 1.0
LONGEST_RETRY_S = 60.0


def run(options: Options, program: str) -> int:
    """Return the exit code. Raises SpanlightError, or Stopped if a signal ended it.

    A watch continues after an error, and reports it under the program's name.
    """
    index = IndexFolder(options.index)
    if options.check or options.folder is None:
        return _check(options, index)
    task = _task(options.folder, options, index)
    if options.dry_run:
        return _plan(task, options)
    report = task.build(
        full=options.full, verify=options.verify, allow_removals=options.allow_removals
    )
    if options.json:
        _print_json(reports.build_json(report, options.max_skipped))
    else:
        _print_lines(reports.build_lines(report, task.folder, index.path, task.config))
    return _Watch(task, report, options, program).run() if options.watch else 0


@dataclass(frozen=True, slots=True)
class _Task:
    """A folder to build, its index, and the options. The model stays loaded between builds."""

    folder: Path
    index: IndexFolder
    config: IndexConfig
    embedder: Embedder | None
    progress_interval_s: float | None

    def build(
        self, *, full: bool = False, verify: bool = False, allow_removals: bool = False
    ) -> BuildReport:
        """Build once. Raises Stopped if a signal ended the build."""
        before = self._generation()
        try:
            with (
                storage_errors(self.index.path),
                showing_progress(self.progress_interval_s) as progress,
            ):

                def show_pending(manifest: Manifest) -> None:
                    if manifest.pending:
                        progress.show_line(reports.pending_line(manifest))

                return build_index(
                    self._build_task(),
                    full=full,
                    verify=verify,
                    allow_removals=allow_removals,
                    progress=progress,
                    published=show_pending,
                )
        except KeyboardInterrupt:
            now = self._generation()
            state = "the index is unchanged" if now == before else f"{now} was just published"
            if now != before and self.index.current().manifest.pending:
                state += "; run it again to continue with the vectors"
            raise Stopped(f"stopped; {state}") from None

    def plan(self, *, full: bool, verify: bool, allow_removals: bool) -> BuildReport:
        """Return what a build would do. Nothing is written."""
        with storage_errors(self.index.path):
            return plan_build(
                self._build_task(), full=full, verify=verify, allow_removals=allow_removals
            )

    def _build_task(self) -> BuildTask:
        # Made anew for each build, because the folder may be a symbolic link that changes.
        return BuildTask(self.folder, self.index, self.config, self.embedder)

    def _generation(self) -> str | None:
        try:
            return self.index.current_id()
        except IndexUnusable:
            return None  # the build itself reports the problem


def _task(folder: Path, options: Options, index: IndexFolder) -> _Task:
    """Return the task. Every error in it is found before a model is loaded."""
    walk(folder, max_file_bytes=1)  # lists the folder, and raises if that fails
    index.require_apart_from(folder)
    index.require_own_folder()
    config = _config(options, index)
    Analyzer(config.language)
    embedder = LazyEmbedder(config.model) if config.has_model else None
    return _Task(folder, index, config, embedder, options.progress_interval_s)


def _config(options: Options, index: IndexFolder) -> IndexConfig:
    """Return the configuration of the index, or the default one, changed by the options."""
    found = _config_of(index, even_if_damaged=options.full)
    config = found or IndexConfig()
    if found is not None and options.full:
        # Everything is built again, so the rest follows the defaults of this version.
        config = IndexConfig(
            model=found.model,
            language=found.language,
            max_file_bytes=found.max_file_bytes,
            verbatim=found.verbatim,
        )
    given = {
        "model": None if options.model is None else _resolved(options.model),
        "language": options.language,
        "max_file_bytes": options.max_file_bytes,
        "verbatim": options.verbatim,
    }
    return config.with_changes(
        **{name: value for name, value in given.items() if value is not None}
    )


def _config_of(index: IndexFolder, *, even_if_damaged: bool) -> IndexConfig | None:
    try:
        return index.current().manifest.config
    except IndexNotFound:
        return None
    except IndexUnusable:
        if not even_if_damaged:
            raise
        where = printable(str(index.path))
        say(f"Cannot read how {where} was built; using the options and the defaults")
        return None


def _resolved(model: str) -> str:
    """Return the name of the model. For a folder it is the absolute path, valid from anywhere."""
    folder = Path(model).expanduser()
    is_name = model in {"", DEFAULT_MODEL, NO_MODEL, STATIC_MODEL} or not folder.is_dir()
    return model if is_name else str(folder.resolve())


def _plan(task: _Task, options: Options) -> int:
    report = task.plan(
        full=options.full, verify=options.verify, allow_removals=options.allow_removals
    )
    if options.json:
        _print_json(reports.build_json(report, options.max_skipped))
    else:
        _print_lines(reports.plan_lines(report, task.folder, task.index.path))
    return 0


def _check(options: Options, index: IndexFolder) -> int:
    manifest = index.current().manifest
    if options.folder is not None and os.path.realpath(options.folder) != manifest.folder:
        raise WrongFolder(
            f"{index.path} is the index of {manifest.folder}, not of {options.folder}"
        )
    with showing_progress(options.progress_interval_s) as progress:
        problems = check_index(index, progress=progress)
    if options.json:
        _print_json(reports.check_json(manifest.generation, problems))
    else:
        _print_lines(reports.check_lines(index.path, manifest, problems))
    return 1 if problems else 0


class _Watch:
    """Builds whenever the folder changes, and again after a failed build."""

    def __init__(self, task: _Task, first: BuildReport, options: Options, program: str) -> None:
        self._task = task
        self._program = program
        self._as_json = options.json
        self._max_skipped = options.max_skipped
        self._skipped = first.skipped
        self._failure = ""
        self._retry_s = SHORTEST_RETRY_S
        self._retry_at = 0.0

    def run(self) -> int:
        """Build until a signal ends the watch; return the exit code when the folder is gone."""
        say(f"Watching {printable(str(self._task.folder))}; press Ctrl-C to stop")
        try:
            for changed in watch_folder(self._task.folder, exclude=[self._task.index.path]):
                if changed or (self._failure and time.monotonic() >= self._retry_at):
                    self._build()
        except FolderNotFound as error:
            self._report_failure(error)
        return 1

    def _build(self) -> None:
        try:
            report = self._task.build()
        except SpanlightError as error:
            # The watch itself notices when the folder is gone for good.
            if str(error) != self._failure:
                self._report_failure(error)
                say("Trying again")
            self._failure = str(error)
            self._retry_at = time.monotonic() + self._retry_s
            self._retry_s = min(2 * self._retry_s, LONGEST_RETRY_S)
        else:
            self._failure, self._retry_s = "", SHORTEST_RETRY_S
            self._report(report)

    def _report(self, report: BuildReport) -> None:
        if self._as_json:
            _print_json(reports.build_json(report, self._max_skipped))
        elif report.published or report.skipped != self._skipped:
            print_line(f"{time.strftime('%H:%M:%S')}  {reports.rebuild_line(report)}")
        self._skipped = report.skipped

    def _report_failure(self, error: SpanlightError) -> None:
        if self._as_json:
            _print_json(reports.error_json(error.code, str(error)))
        say(f"{self._program}: {printable(str(error))}")


def _print_json(values: dict[str, Any]) -> None:
    print_line(json.dumps(values))


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print_line(line)
