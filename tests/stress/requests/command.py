"""Send a real server requests generated from its OpenAPI document, and raw malformed ones."""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from indexer.command.arguments import positive_number
from indexer.command.reindex_process import reindex_report, start_reindex
from indexer.config import STATIC_MODEL
from indexer.errors import SpanlightError, UsageError
from scripts.benchmarking.figures.memory import PeakMemory
from scripts.benchmarking.serving.server import HOST, ROOT, Server, get_json, running_server
from tests.stress.outcome import Command, Outcome
from tests.stress.requests.raw_requests import ask, complaints, raw_requests
from tests.stress.sample import SAMPLE_CORPUS

__all__ = ["COMMAND", "SchemathesisFailed", "try_requests"]


REQUESTS = 10_000
SEED = 1
# Requests to each operation in a round; rounds repeat until there are enough requests.
EXAMPLES = 300
PHASES = ("examples", "coverage", "fuzzing", "stateful")
REQUEST_LIMIT_S = 10
# Schemathesis exits with 1 if it found something, and with another code if it could not run.
FOUND = 1
# The kinds of events that report its own failures.
FAILED = ("NonFatalError", "FatalError")
OTHER_METHODS = "methods not described"


class SchemathesisFailed(SpanlightError):
    """Schemathesis did not run to its end; its messages are on standard error."""

    code = "schemathesis_failed"


def try_requests(
    requests: int,
    seed: int,
    model: str,
    *,
    examples: int = EXAMPLES,
    phases: Sequence[str] = PHASES,
    step: int = 1,
) -> Outcome:
    """Return the results of at least `requests` generated requests, and of the raw ones.

    Only every `step`-th raw request is sent.
    """
    outcome = Outcome()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        index = Path(place) / "index"
        reindex_report(start_reindex(SAMPLE_CORPUS, index, model))
        with running_server(index) as server, PeakMemory(server.pid) as memory:
            rounds = _Rounds(server, seed, examples, phases)
            _send_described_requests(rounds, requests, outcome)
            _send_raw_requests(server, step, outcome)
            if not get_json(server.port, "/readyz")["ready"]:
                outcome.errors.append("the server is no longer ready")
    outcome.figures["peak MB of the server"] = memory.peak.resident
    outcome.figures["minutes"] = (time.monotonic() - began) / 60
    return outcome


class _Rounds(NamedTuple):
    """The settings of the schemathesis runs; each round has another seed."""

    server: Server
    seed: int
    examples: int
    phases: Sequence[str]


def _send_described_requests(rounds: _Rounds, requests: int, outcome: Outcome) -> None:
    """Run schemathesis, round after round, until it has sent enough requests."""
    figures: Counter[str] = Counter()
    paths: dict[str, dict[str, Any]] = get_json(rounds.server.port, "/openapi.json")["paths"]
    operations = [f"{method.upper()} {path}" for path in paths for method in paths[path]]
    with tempfile.TemporaryDirectory() as place:
        events = Path(place) / "events.ndjson"
        while figures["requests"] < requests:
            _run_schemathesis(rounds, events)
            _count(events, operations, outcome, figures)
            rounds = rounds._replace(seed=rounds.seed + 1)
    for name in ("requests", *operations, OTHER_METHODS):
        outcome.count(name, figures.pop(name, 0))
    for name, number in sorted(figures.items()):
        outcome.count(name, number)


def _run_schemathesis(rounds: _Rounds, events: Path) -> None:
    command = [
        *[sys.executable, "-m", "schemathesis.cli", "run"],
        f"http://{HOST}:{rounds.server.port}/openapi.json",
        *["--checks", "all", "--phases", ",".join(rounds.phases)],
        *[
            "--max-examples",
            str(rounds.examples),
            "--seed",
            str(rounds.seed),
            "--continue-on-failure",
        ],
        *["--request-timeout", str(REQUEST_LIMIT_S), "--generation-database", "none"],
        *["--report", "ndjson", "--report-ndjson-path", str(events)],
    ]
    hooks = {
        "SCHEMATHESIS_HOOKS": "tests.stress.requests.schemathesis_hooks",
        "PYTHONPATH": str(ROOT),
    }
    ran = subprocess.run(
        command,
        cwd=events.parent,
        env=os.environ | hooks,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
    )
    if ran.returncode not in {0, FOUND} or not events.exists():
        print(ran.stdout, file=sys.stderr)
        raise SchemathesisFailed(
            f"schemathesis ended with exit code {ran.returncode}; what it said is above"
        )


def _count(
    events: Path, operations: Collection[str], outcome: Outcome, figures: Counter[str]
) -> None:
    """Add the counts and the findings of a run of schemathesis."""
    with events.open(encoding="utf-8") as lines:
        for line in lines:
            event: dict[str, Any] = json.loads(line)
            if scenario := event.get("ScenarioFinished"):
                _count_scenario(scenario["recorder"], operations, outcome, figures)
            outcome.errors += [f"{kind}: {event[kind]}"[:500] for kind in FAILED if kind in event]


def _count_scenario(
    recorder: dict[str, Any], operations: Collection[str], outcome: Outcome, figures: Counter[str]
) -> None:
    # These are missing for an operation that got no request.
    cases, interactions = recorder.get("cases", {}), recorder.get("interactions", {})
    for identity, interaction in interactions.items():
        figures["requests"] += 1
        case = cases[identity]["value"]
        response = interaction["response"]
        if response is None:
            outcome.errors.append(f"no answer: {str(interaction['request'])[:300]}")
            continue
        operation = f"{case['method']} {case['path']}"
        figures[operation if operation in operations else OTHER_METHODS] += 1
        figures[f"status {response['status_code']}"] += 1
    for identity, checks in recorder.get("checks", {}).items():
        figures["checks"] += len(checks)
        for check in checks:
            if check["status"] != "success":
                request = interactions.get(identity, {}).get("request", {})
                outcome.errors.append(f"{check['name']}: {_told(check)} at {str(request)[:300]}")


def _told(check: dict[str, Any]) -> str:
    failure = check.get("failure_info", check.get("failure")) or {}
    return str(failure)[:500]


def _send_raw_requests(server: Server, step: int, outcome: Outcome) -> None:
    for request in islice(raw_requests(), 0, None, step):
        outcome.count("raw requests")
        outcome.errors.extend(complaints(request, ask(server.port, request)))


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--requests",
        type=positive_number,
        default=REQUESTS,
        help=f"minimum number of generated requests ({REQUESTS:,})",
    )
    parser.add_argument(
        "--seed", type=int, default=SEED, help=f"seed that chooses the requests ({SEED})"
    )
    parser.add_argument(
        "--model", default=STATIC_MODEL, help=f"model of the index ({STATIC_MODEL})"
    )


def _run(arguments: argparse.Namespace) -> Outcome:
    if importlib.util.find_spec("schemathesis") is None:
        raise UsageError("schemathesis is not installed; pip install --group test")
    return try_requests(arguments.requests, arguments.seed, arguments.model)


COMMAND = Command(
    "requests",
    "Send requests generated from the OpenAPI document, valid and invalid, with all checks of "
    "schemathesis, and raw requests that no HTTP library would send. Any 5xx, any answer that "
    "contradicts the document, and any connection that hangs is an error.",
    _add_options,
    _run,
)
