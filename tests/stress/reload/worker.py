"""A process that opens an index as a server does, each time that it reads a line."""

import json
import logging
import sys
import time
from pathlib import Path

from api.serving.reload import Searchers
from api.settings import ServerSettings
from indexer.index.folder import IndexFolder
from tests.hashed_embedder import HashedEmbedder

# Much longer than the pauses between the first attempts.
LIMIT_S = 30.0
POLL_S = 0.02


def _reload(index: IndexFolder) -> dict[str, object]:
    """Open the index until it answers in every mode; return what was told meanwhile."""
    searchers = Searchers(
        index, ServerSettings(index=index.path, reload_interval_s=0.05), lambda _: HashedEmbedder()
    )
    problems: dict[str, None] = {}
    searchers.start()
    try:
        end = time.monotonic() + LIMIT_S
        while (found := searchers.problems()) and time.monotonic() < end:
            problems |= dict.fromkeys(found)
            time.sleep(POLL_S)
        if not found:
            searchers.current().snapshot.require_readable()
        return {"problems": list(problems), "answers": not found}
    finally:
        searchers.stop()


def _main(index: IndexFolder) -> None:
    logging.disable()
    for _ in sys.stdin:
        print(json.dumps(_reload(index)), flush=True)


if __name__ == "__main__":
    _main(IndexFolder(Path(sys.argv[1])))
