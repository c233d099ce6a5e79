"""Path globs, in linear time however hostile the glob. Pure.

    *.md          a name, at any depth            2024/        everything below a folder
    2024/*.txt    `*` stays inside one folder     news/**/may  `**` is any number of folders

A glob without a slash inside matches at any depth, one with a slash from the top; what matches a
folder matches everything below it. That is how .spanlightignore and .gitignore read patterns.
"""

from collections.abc import Callable
from fnmatch import translate
from re import Pattern, compile

from indexer.errors import InvalidQuery

__all__ = ["MAX_GLOB_CHARS", "path_matcher"]

# As long as a path may be.
MAX_GLOB_CHARS = 4_096
ANY_FOLDERS = "**"


def path_matcher(glob: str, *, parameter: str) -> Callable[[str], bool]:
    """Return whether a relative POSIX path matches. Raises InvalidQuery."""
    trimmed = glob.strip().removeprefix("/").rstrip("/")
    if not trimmed or len(glob) > MAX_GLOB_CHARS or "\0" in glob:
        raise InvalidQuery(
            f"{glob[:80]!r} is no path glob; write one such as 2024/*.txt", parameter=parameter
        )
    parts = trimmed.split("/")
    if len(parts) == 1 and not glob.strip().startswith("/"):
        parts = [ANY_FOLDERS, *parts]
    # fnmatch's expressions are made of atomic groups: they never go back.
    steps = [None if part == ANY_FOLDERS else compile(translate(part)) for part in parts]
    return lambda path: _matches(steps, path.split("/"))


def _matches(steps: list[Pattern[str] | None], names: list[str]) -> bool:
    """Return whether the steps match the path or a folder above it.

    `reached` are the steps that may come next, so each name is tried once at each step.
    """
    reached = _past_any_folders(steps, {0})
    for name in names:
        following = set()
        for place in reached:
            if place == len(steps):
                continue
            step = steps[place]
            if step is None:
                following.add(place)
            elif step.match(name):
                following.add(place + 1)
        reached = _past_any_folders(steps, following)
        if len(steps) in reached:
            return True
    return False


def _past_any_folders(steps: list[Pattern[str] | None], places: set[int]) -> set[int]:
    """Return the places, and those behind a `**`, which may also stand for no folder."""
    reached = set(places)
    for place in places:
        following = place
        while following < len(steps) and steps[following] is None:
            following += 1
            reached.add(following)
    return reached
