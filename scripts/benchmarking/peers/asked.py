"""The process of one engine: builds its index, answers queries, or serves them over HTTP.

python -m scripts.benchmarking.peers.asked ENGINE INDEX MODEL build PASSAGES | answer | serve PORT

`answer` reads a JSON object with `mode`, `queries` and `limit` from each line of standard input. It
writes one with the `milliseconds` and the `paths` of each query to standard output.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import IO, Any

from scripts.benchmarking.peers.engines.known import open_peer
from scripts.benchmarking.peers.engines.peer import Passage, Peer

__all__ = ["main"]


def main(arguments: list[str]) -> None:
    """Do the task in the arguments."""
    engine, index, model, task, *rest = arguments
    peer = open_peer(engine, Path(index), Path(model))
    if task == "build":
        with Path(rest[0]).open(encoding="utf-8") as lines:
            peer.build([Passage(*json.loads(line)) for line in lines])
    elif task == "answer":
        _answer(peer, _own_output())
    else:
        from scripts.benchmarking.peers.plain_app import serve

        serve(peer, int(rest[0]))


def _own_output() -> IO[str]:
    """Return standard output, and redirect everything else that is printed to standard error."""
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return output


def _answer(peer: Peer, output: IO[str]) -> None:
    for line in sys.stdin:
        asked: dict[str, Any] = json.loads(line)
        milliseconds: list[float] = []
        paths: list[list[str]] = []
        for query in asked["queries"]:
            began = time.perf_counter()
            found = peer.search(query, asked["mode"], asked["limit"])
            milliseconds.append((time.perf_counter() - began) * 1_000)
            paths.append([each.path for each in found])
        output.write(json.dumps({"milliseconds": milliseconds, "paths": paths}) + "\n")
        output.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
