r"""Path globs, matched in linear time even if the glob is hostile. Pure.

    *.md          a name, at any depth            2024/        everything below a folder
    2024/*.txt    `*` stays inside one folder     news/**/may  `**` is any number of folders
    may[0-9]?     one of a set, any character     \[draft\]    `\` makes the next one literal

A glob without a slash inside it matches at any depth. One with a slash matches from the top. A glob
that matches a folder also matches everything below it, as in .spanlightignore and .gitignore.
Globs and names are compared in composed form (NFC), because some systems store names decomposed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import translate
from itertools import zip_longest
from re import Match, Pattern, compile

from api.contract.errors import InvalidQuery
from api.contract.limits import MAX_GLOB_CHARS, MAX_WILDCARDS
from indexer.index.analysis.normal_form import composed

__all__ = ["PathGlob", "State", "parse_glob"]

ANY_FOLDERS = "**"
WILDCARD = compile(r"\*+|[?\[]")
# A set of characters, ended where fnmatch ends it, or an escaped character.
SET_OR_ESCAPED = compile(r"\[!?\]?[^\]]*\]|\\(.)")

State = frozenset[int]
"""The steps of a glob that may match the next name of a path."""


@dataclass(frozen=True, slots=True)
class PathGlob:
    """A parsed glob: one step for each name. None is `**`, and never occurs twice in a row.

    A path is matched from the top, name by name, so that each folder is matched only once for all
    files in it.
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
            elif step.match(composed(name)):
                following.add(place + 1)
        return self._past_any_folders(following)

    def matched(self, state: State) -> bool:
        """Return whether the path read so far matches, and so everything below it."""
        return len(self.steps) in state

    def needs_an_end(self, state: State) -> bool:
        """Return whether the path matches if one more name follows that matches the last step."""
        return self._last in state and not self.matched(state)

    def ending(self, names: Iterable[str]) -> list[bool]:
        """Return for each name whether it matches the last step of the glob."""
        step = self.steps[self._last]
        return [bool(step and step.match(composed(name))) for name in names]

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
        """Return the places, and those after a `**`, which may match no folder at all."""
        end = len(self.steps)
        behind = {place + 1 for place in places if place < end and self.steps[place] is None}
        return frozenset(places | behind)


def parse_glob(glob: str, *, parameter: str) -> PathGlob:
    """Return the parsed glob. Raises InvalidQuery."""
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
            f"{glob[:80]!r} has more than {MAX_WILDCARDS} wildcards (*, ? and [); use fewer",
            parameter=parameter,
        )
    # Several `**` in a row mean the same as one.
    parts = [
        part for part, next_ in zip_longest(parts, parts[1:]) if not part == next_ == ANY_FOLDERS
    ]
    parts = list(map(composed, parts))
    return PathGlob(tuple(None if part == ANY_FOLDERS else _name_pattern(part) for part in parts))


def _name_pattern(part: str) -> Pattern[str]:
    # fnmatch has no escapes, so they become sets. Its expressions use atomic groups and therefore
    # never backtrack.
    return compile(translate(SET_OR_ESCAPED.sub(_unescaped, part)))


def _unescaped(found: Match[str]) -> str:
    character: str | None = found[1]
    if character is None:
        return found[0]
    return f"[{character}]" if character in "*?[" else character
