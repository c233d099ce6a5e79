r"""Path globs, in linear time however hostile the glob. Pure.

    *.md          a name, at any depth            2024/        everything below a folder
    2024/*.txt    `*` stays inside one folder     news/**/may  `**` is any number of folders
    may[0-9]?     a character of a set, and any   \[draft\]    `\` takes what follows as it is

A glob without a slash inside matches at any depth, one with a slash from the top; what matches a
folder matches everything below it. That is how .spanlightignore and .gitignore read patterns.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import translate
from itertools import zip_longest
from re import Match, Pattern, compile

from api.contract.errors import InvalidQuery
from api.contract.limits import MAX_GLOB_CHARS, MAX_WILDCARDS

__all__ = ["PathGlob", "State", "parse_glob"]

ANY_FOLDERS = "**"
WILDCARD = compile(r"\*+|[?\[]")
# A set of characters, as fnmatch finds its end, or a character that is taken as it is.
SET_OR_ESCAPED = compile(r"\[!?\]?[^\]]*\]|\\(.)")

State = frozenset[int]
"""The steps of a glob that may come next, after some folders of a path have been read."""


@dataclass(frozen=True, slots=True)
class PathGlob:
    """A glob as it is matched: a step for each name, None for `**`, never two of these in a row.

    A path is read from the top, name by name, so that what the folders come to is found out once
    for all the files in them.
    """

    steps: tuple[Pattern[str] | None, ...]

    @property
    def start(self) -> State:
        return self._past_any_folders({0})

    def after(self, state: State, name: str) -> State:
        """Return the state of the glob after one more name."""
        if self.matched(state):
            return state
        following = set()
        for place in state:
            step = self.steps[place]
            if step is None:
                following.add(place)
            elif step.match(name):
                following.add(place + 1)
        return self._past_any_folders(following)

    def matched(self, state: State) -> bool:
        """Return whether the path matches that was read, and so everything below it."""
        return len(self.steps) in state

    def needs_an_end(self, state: State) -> bool:
        """Return whether one more name makes the path match, if the glob ends with that name."""
        return self._last in state and not self.matched(state)

    def ending(self, names: Iterable[str]) -> list[bool]:
        """Return for each name whether it matches the last one of the glob."""
        step = self.steps[self._last]
        return [bool(step and step.match(name)) for name in names]

    def matches(self, path: str) -> bool:
        """Return whether a relative POSIX path matches."""
        state = self.start
        for name in path.split("/"):
            state = self.after(state, name)
        return self.matched(state)

    @property
    def _last(self) -> int:
        return len(self.steps) - (1 if self.steps[-1] else 2)

    def _past_any_folders(self, places: set[int]) -> State:
        """Return the places, and those behind a `**`, which may also match no folder."""
        end = len(self.steps)
        behind = {place + 1 for place in places if place < end and self.steps[place] is None}
        return frozenset(places | behind)


def parse_glob(glob: str, *, parameter: str) -> PathGlob:
    """Return the glob as it is matched. Raises InvalidQuery."""
    trimmed = glob.strip().removeprefix("/").rstrip("/")
    if not trimmed or len(glob) > MAX_GLOB_CHARS or "\0" in glob:
        raise InvalidQuery(
            f"{glob[:80]!r} is not a path glob; write one such as 2024/*.txt", parameter=parameter
        )
    parts = trimmed.split("/")
    if len(parts) == 1 and not glob.strip().startswith("/"):
        parts = [ANY_FOLDERS, *parts]
    if sum(len(WILDCARD.findall(part)) for part in parts if part != ANY_FOLDERS) > MAX_WILDCARDS:
        raise InvalidQuery(
            f"{glob[:80]!r} is not a path glob: it has more than {MAX_WILDCARDS} of * ? and [",
            parameter=parameter,
        )
    # Several `**` in a row say no more than one.
    parts = [
        part for part, next_ in zip_longest(parts, parts[1:]) if not part == next_ == ANY_FOLDERS
    ]
    return PathGlob(tuple(None if part == ANY_FOLDERS else _name_pattern(part) for part in parts))


def _name_pattern(part: str) -> Pattern[str]:
    # fnmatch knows no escapes. Its expressions are made of atomic groups: they never go back.
    return compile(translate(SET_OR_ESCAPED.sub(_unescaped, part)))


def _unescaped(found: Match[str]) -> str:
    character: str | None = found[1]
    if character is None:
        return found[0]
    return f"[{character}]" if character in "*?[" else character
