"""Index random trees of odd entries while they change, and account for every file."""

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.command.arguments import positive_number
from indexer.index.folder import IndexFolder
from tests.indexer.index_content import content_of
from tests.stress.metadata.followed import (
    CONFIG,
    FollowedFolder,
    fresh_build,
    search_problems,
)
from tests.stress.metadata.odd_tree import OddTree
from tests.stress.outcome import Command, Outcome
from tests.wide_times import folder_for_times, nanoseconds

__all__ = ["COMMAND", "index_odd_trees"]

TREES = 30
CHANGES = 5
ENTRIES = 40
CHANGED_AT_ONCE = 15
SEED = 1
# The watch has this long to catch up with a change; a change takes it about two seconds.
CATCHING_UP_S = 120.0
PAUSE_S = 0.2


def index_odd_trees(trees: int, changes: int, seed: int) -> Outcome:
    """Return the results of trees that change this often while a watch follows them."""
    outcome = Outcome({"trees": 0})
    for number in range(trees):
        chance = random.Random(f"{seed} {number}")
        with _place() as place:
            tree = OddTree(place / "folder", chance)
            try:
                errors = _follow(tree, changes, place, outcome)
            finally:
                tree.remove()
        outcome.count("trees")
        outcome.errors.extend(f"tree {number}: {error}" for error in errors)
    return outcome


@contextmanager
def _place() -> Iterator[Path]:
    """Yield a new folder, on a file system for all years of the calendar if there is one."""
    with folder_for_times(nanoseconds(1), nanoseconds(9999)) as folder:
        if folder is not None:
            yield folder
            return
    with tempfile.TemporaryDirectory() as place:
        yield Path(place)


def _follow(tree: OddTree, changes: int, place: Path, outcome: Outcome) -> list[str]:
    """Return what went wrong with one tree."""
    errors: list[str] = []
    tree.grow(ENTRIES)
    with FollowedFolder.watching(tree.root, place, errors) as followed:
        for number in range(changes + 1):
            if number:
                tree.change(CHANGED_AT_ONCE)
                outcome.count("changes")
            index, report = fresh_build(tree.root, place / f"fresh-{number}", errors)
            outcome.count("files indexed", report.added)
            outcome.count("entries reported", len(report.skipped))
            errors.extend(_differences(followed, index))
            errors.extend(search_problems(followed.index))
            if errors:
                break
    return errors


def _differences(followed: FollowedFolder, fresh: IndexFolder) -> list[str]:
    """Return how the watched index still differs from the fresh one after some time."""
    content = content_of(fresh, CONFIG)
    end = time.monotonic() + CATCHING_UP_S
    while (found := followed.differences(content)) and time.monotonic() < end:
        time.sleep(PAUSE_S)
    return found


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--trees", type=positive_number, default=TREES, help=f"number of trees ({TREES})"
    )
    parser.add_argument(
        "--changes",
        type=positive_number,
        default=CHANGES,
        help=f"times that each tree changes ({CHANGES})",
    )
    parser.add_argument(
        "--seed", type=int, default=SEED, help=f"seed of the random choices ({SEED})"
    )


def _run(arguments: argparse.Namespace) -> Outcome:
    return index_odd_trees(arguments.trees, arguments.changes, arguments.seed)


COMMAND = Command(
    "metadata",
    "Index random trees whose files have odd names, times, sizes, kinds, permissions and depths, "
    "while they change. Every regular file must be indexed or reported, no build, watch or "
    "comparison may fail, the watch must end up with the index that a fresh build gives and watch "
    "exactly the folders that are walked, and filters by time must find exactly the files of "
    "their year.",
    _add_options,
    _run,
)
