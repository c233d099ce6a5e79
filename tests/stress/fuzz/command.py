"""Read and split files that are altered from awkward ones, and check that they can be quoted."""

import argparse
import importlib.util
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from indexer.errors import UsageError
from scripts.benchmarking.figures.memory import PeakMemory
from scripts.benchmarking.serving.server import ROOT
from tests.stress.fuzz.quotable import check_content, seeds
from tests.stress.outcome import Command, Outcome

__all__ = ["COMMAND", "fuzz_blindly", "fuzz_guided", "mutated"]

CORPUS = ROOT / "tests" / "corpus"
# The module of a separate process, because libFuzzer ends the process that it runs in.
TARGET = "tests.stress.fuzz.target"
MINUTES = 10.0
SEED = 1
# Long enough for several passages, short enough for thousands of inputs a minute.
MOST_BYTES = 16_384
MOST_MEGABYTES = 2_000
# For libFuzzer, an input that takes longer than this many seconds hangs.
HANGING_S = 60
MOST_ERRORS = 20
FIGURES = {
    "inputs": re.compile(r"stat::number_of_executed_units:\s*(\d+)"),
    "inputs that reached new code": re.compile(r"stat::new_units_added:\s*(\d+)"),
}
COVERAGE = re.compile(r"cov: (\d+)")


def fuzz_guided(minutes: float, seed: int, kept: Path | None = None) -> Outcome:
    """Return the results of inputs that atheris chose by the code that they reach.

    The first input that fails ends the run and is written to the folder `kept`.
    """
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as place:
        corpus, found = Path(place) / "corpus", kept or Path(place)
        corpus.mkdir()
        found.mkdir(exist_ok=True)
        for number, content in enumerate(seeds(CORPUS)):
            (corpus / str(number)).write_bytes(content)
        command = [sys.executable, "-m", TARGET, str(corpus)]
        command += [f"-max_total_time={minutes * 60:.0f}"]
        # Memory is measured here: libFuzzer's own figure includes the peak of its parent process.
        command += [f"-seed={seed}", f"-max_len={MOST_BYTES}", "-rss_limit_mb=0"]
        command += [f"-timeout={HANGING_S}", f"-artifact_prefix={found}/", "-print_final_stats=1"]
        with (
            subprocess.Popen(
                command,
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=os.environ | {"PYTHONHASHSEED": "0"},
            ) as ran,
            PeakMemory(ran.pid) as memory,
        ):
            said = ran.communicate()[0].decode(errors="replace")
    for name, pattern in FIGURES.items():
        outcome.figures[name] = float(pattern.findall(said)[-1]) if pattern.search(said) else 0.0
    if reached := COVERAGE.findall(said):
        outcome.figures["places in the code that were reached"] = float(reached[-1])
    outcome.figures["peak MB"] = memory.peak.resident
    if memory.peak.resident > MOST_MEGABYTES:
        outcome.errors.append(f"the process took {memory.peak.resident:,.0f} MB")
    if ran.returncode or not outcome.figures["inputs"]:
        outcome.errors.append(f"exit code {ran.returncode}: {said[-2_000:]}")
    return outcome


def fuzz_blindly(minutes: float, seed: int, kept: Path | None = None) -> Outcome:
    """Return the results of awkward files that were altered at random.

    Inputs that fail are written to the folder `kept`.
    """
    outcome = Outcome({"inputs": 0})
    chance = random.Random(seed)
    files = seeds(CORPUS)
    end = time.monotonic() + minutes * 60
    while time.monotonic() < end and len(outcome.errors) < MOST_ERRORS:
        content = mutated(files, chance)
        outcome.count("inputs")
        try:
            check_content(content)
        except Exception:
            outcome.errors.append(f"{content[:80]!r}: {traceback.format_exc()[-1_000:]}")
            if kept is not None:
                kept.mkdir(exist_ok=True)
                (kept / f"failed-{len(outcome.errors)}").write_bytes(content)
    return outcome


def mutated(files: list[bytes], chance: random.Random) -> bytes:
    """Return one of the files with pieces of others, and pieces repeated, altered or removed."""
    content = bytearray(chance.choice(files))
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(content) + 1)
        other = chance.choice(files)
        begin = chance.randrange(len(other))
        match chance.randrange(4):
            case 0:
                content[at:at] = other[begin : begin + chance.randint(1, 50)]
            case 1:
                del content[at : at + chance.randint(1, 30)]
            case 2:
                content[at : at + 1] = bytes([chance.randrange(256)])
            case _:
                piece = content[at : at + chance.randint(1, 9)]
                content[at:at] = piece * chance.randint(1, 200)
    return bytes(content[:MOST_BYTES])


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--minutes", type=float, default=MINUTES, help=f"length of the run ({MINUTES:.0f})"
    )
    parser.add_argument(
        "--seed", type=int, default=SEED, help=f"seed of the random choices ({SEED})"
    )
    parser.add_argument(
        "--blind", action="store_true", help="alter files at random only, as always without atheris"
    )
    parser.add_argument("--keep", type=Path, help="folder to keep failed inputs in")


def _run(arguments: argparse.Namespace) -> Outcome:
    if not arguments.minutes > 0:
        raise UsageError("--minutes must be more than 0")
    guided = not arguments.blind and importlib.util.find_spec("atheris") is not None
    fuzz = fuzz_guided if guided else fuzz_blindly
    outcome = fuzz(arguments.minutes, arguments.seed, arguments.keep)
    outcome.figures["chosen"] = "by the code that they reach" if guided else "at random"
    outcome.figures["minutes"] = arguments.minutes
    return outcome


COMMAND = Command(
    "fuzz",
    "Alter the awkward files of tests/corpus, and check that they can still be quoted. If atheris "
    "is installed (pip install --group fuzz), the code that they reach guides the alterations. "
    "Reading and splitting must raise no error, every passage must be an exact quotation, and the "
    "time must grow only with the length.",
    _add_options,
    _run,
)
