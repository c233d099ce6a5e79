"""`stress.py damage`: damages every file of an index in many ways, and searches it each time.

A worker process does the damage, opens the index and searches it, so a crash ends only the worker.
Another worker then continues after the damage that caused the crash.
"""

import argparse
import json
import os
import signal
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any, NoReturn

from indexer.command.arguments import positive_number
from scripts.benchmarking.growth.hashed_words import HASHED_MODEL
from tests.stress.damage.damaged_index import IndexToDamage, copy_files, prepare
from tests.stress.damage.damages import SMALL_BYTES, Damage, damages
from tests.stress.damage.worker import Worker
from tests.stress.outcome import Command, Outcome
from tests.stress.sample import SAMPLE_CORPUS

__all__ = ["COMMAND", "run_damage"]

STANDARD_ERROR = 2


def run_damage(
    folder: Path,
    *,
    files: int,
    model: str,
    flips: int,
    cuts: int,
    served: int,
    processes: int = 1,
    seed: int = 1,
    only: str = "",
    small_bytes: int = SMALL_BYTES,
) -> Outcome:
    """Return the results of damaging an index of `files` files of the folder in every way.

    `served` damages of each file also go through a server's reload. Only files of the index whose
    path contains `only` are damaged.
    """
    outcome = Outcome()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="spanlight-damage-") as place:
        copies = _prepared(folder, Path(place), files, model)
        for copy in copies:
            kinds = [
                list(
                    damages(
                        name,
                        size,
                        flips=flips,
                        cuts=cuts,
                        random=Random(f"{seed} {size}"),
                        small_bytes=small_bytes,
                    )
                )
                for name, size in copy.sizes()
                if only in name
            ]
            outcome.count("files", len(kinds))
            todo = [each for kind in kinds for each in kind]
            outcome.count("flips", sum(not each.cut for each in todo))
            outcome.count("cuts", sum(each.cut for each in todo))
            _in_processes(copy, model, todo, kinds, served, processes, outcome)
    outcome.figures["seconds"] = time.monotonic() - started
    if not outcome.figures.get("flips"):
        outcome.errors.append("nothing was damaged")
    return outcome


def _prepared(folder: Path, place: Path, files: int, model: str) -> list[IndexToDamage]:
    corpus = place / "corpus"
    corpus.mkdir()
    copy_files(folder, corpus, files)
    [found] = _run_together([lambda: [asdict(each) for each in prepare(corpus, place, model)]])
    return [
        IndexToDamage(Path(each["path"]), tuple(each["files"]), each["older"], each["newest"])
        for each in found
    ]


def _in_processes(
    copy: IndexToDamage,
    model: str,
    todo: Sequence[Damage],
    kinds: Sequence[Sequence[Damage]],
    served: int,
    processes: int,
    outcome: Outcome,
) -> None:
    """Divide the damages among processes, each with its own copy, and add their results."""
    sampled = {
        each for kind in kinds for each in Random(served).sample(kind, min(served, len(kind)))
    }
    lanes = [
        _Lane(
            copy.copied_to(copy.path.with_name(f"{copy.path.name} {number}")),
            model,
            list(todo[number::processes]),
            sampled,
        )
        for number in range(processes)
    ]
    for found in _run_together([lane.run for lane in lanes]):
        for name, number in found["figures"].items():
            outcome.count(name, number)
        outcome.errors += found["errors"]


@dataclass(slots=True)
class _Lane:
    """The damages of one process, which one worker after the other does."""

    copy: IndexToDamage
    model: str
    todo: list[Damage]
    served: set[Damage]

    def run(self) -> dict[str, Any]:
        outcome = Outcome()
        done = 0
        while done < len(self.todo):
            outcome.count("workers")
            done += self._run_worker(self.todo[done:], outcome)
        return asdict(outcome)

    def _run_worker(self, todo: list[Damage], outcome: Outcome) -> int:
        """Return how many of the damages are done; the worker may have died of the last one."""
        worker = Worker(self.copy, self.model, todo, self.served)
        done = 0
        reading, writing = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(reading)
            _work(worker, writing)
        os.close(writing)
        with os.fdopen(reading) as lines:
            for line in lines:
                told = json.loads(line)
                if "trouble" in told:
                    raise RuntimeError(told["trouble"])
                for name in told["figures"]:
                    outcome.count(name)
                outcome.errors += told["errors"]
                done += 1
        _, status = os.waitpid(process, 0)
        if done < len(todo):
            ended = (
                signal.Signals(os.WTERMSIG(status)).name
                if os.WIFSIGNALED(status)
                else f"exit code {os.WEXITSTATUS(status)}"
            )
            outcome.errors.append(f"{todo[done]}: the process ended: {ended}")
            worker.restore(todo[done].name)
            done += 1
        return done


def _work(worker: Worker, writing: int) -> NoReturn:
    """Do the damages in this process, write a line for each, and never return."""
    try:
        # The messages of panics do not matter here.
        os.dup2(os.open(os.devnull, os.O_WRONLY), STANDARD_ERROR)
        with os.fdopen(writing, "w", buffering=1) as lines:
            try:
                for figures, errors in worker.run():
                    lines.write(json.dumps({"figures": figures, "errors": errors}) + "\n")
            except BaseException:
                lines.write(json.dumps({"trouble": traceback.format_exc()}) + "\n")
    except BaseException:
        os._exit(1)
    os._exit(0)


def _run_together(tasks: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run each task in a separate process, and return their results, which are JSON."""
    pipes: dict[int, int] = {}
    for task in tasks:
        reading, writing = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(reading)
            _tell_and_end(task, writing)
        os.close(writing)
        pipes[process] = reading
    told = []
    for process, reading in pipes.items():
        with os.fdopen(reading) as pipe:
            text = pipe.read()
        os.waitpid(process, 0)
        if not text:
            raise RuntimeError("a process of this run ended early; see its output above")
        told.append(json.loads(text))
    return told


def _tell_and_end(task: Callable[[], Any], writing: int) -> NoReturn:
    try:
        with os.fdopen(writing, "w") as pipe:
            json.dump(task(), pipe, default=str)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--folder", type=Path, default=SAMPLE_CORPUS, help="folder to index (the sample corpus)")
    add("--files", type=positive_number, default=12, help="number of its files to index (12)")
    add(
        "--model",
        choices=[HASHED_MODEL, "none"],
        default=HASHED_MODEL,
        help=f"model of the index ({HASHED_MODEL})",
    )
    add("--flips", type=positive_number, default=20, help="bits to flip in each file (20)")
    add("--cuts", type=positive_number, default=3, help="truncations of each file (3)")
    add(
        "--served",
        type=positive_number,
        default=6,
        help="damages of each file that a server reloads (6)",
    )
    add("--processes", type=positive_number, default=1, help="processes that share the work (1)")
    add("--seed", type=int, default=1, help="seed that chooses the bits and cuts (1)")
    add("--only", default="", help="damage only files of the index whose path contains this")


def _run(options: argparse.Namespace) -> Outcome:
    return run_damage(
        options.folder,
        files=options.files,
        model=options.model,
        flips=options.flips,
        cuts=options.cuts,
        served=options.served,
        processes=options.processes,
        seed=options.seed,
        only=options.only,
    )


COMMAND = Command(
    "damage",
    "Damage every file of an index, and check that this is noticed. Bits are flipped one at a "
    "time, all of them in files below 1 KB, and files are cut off. Each time, a separate process "
    "opens, searches and reads the index. It has to answer as if it were undamaged, or with a "
    "named error, and --check has to report any damage to data in use.",
    _add_options,
    _run,
)
