"""Which paths of a folder its ignore files exclude. Pure.

A `.spanlightignore`, in any folder of the tree, has patterns in gitignore's syntax. They are
relative to its folder; the innermost file with a matching pattern decides.
"""

import re
import warnings
from typing import NamedTuple, Self

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

__all__ = ["IGNORE_FILE", "IgnoreRules", "ignored_by"]

IGNORE_FILE = ".spanlightignore"

# A `**` may match any number of folders. The time to match n of them grows with the n-th power of
# the depth of a path.
_MAX_ANY_FOLDERS = 3
# A star and the text up to the next star of the same name, as the library writes them.
_STAR = r"\[\^/\]\*"
_STAR_BEFORE_STAR = re.compile(
    rf"{_STAR}((?:(?!{_STAR})(?:\\.|\[\^?\]?[^\]]*\]|[^/\[\]()?]))+)(?={_STAR})"
)


class _IgnorePattern(NamedTuple):
    """One line of an ignore file.

    Git decides at every folder on the way down. So a pattern has to match the entry itself, while
    the library's expressions also match everything below it.
    """

    regex: re.Pattern[str]
    ignores: bool
    by_name: bool  # it has no slash, so it matches names in any folder
    by_parent: bool  # it ends with `/**`, so it matches only what is below the folder

    def matches(self, path: str) -> bool:
        if self.by_name:
            return self.regex.search(path[path.rfind("/", 0, -1) + 1 :]) is not None
        if self.by_parent:
            found = self.regex.search(path)
            return found is not None and found.end() < len(path)
        return self.regex.fullmatch(path) is not None


class IgnoreRules(NamedTuple):
    """The patterns of one ignore file; `base` is its folder, empty or ending with a slash."""

    base: str
    patterns: tuple[_IgnorePattern, ...]

    @classmethod
    def parse(cls, base: str, content: bytes) -> tuple[Self, list[str]]:
        """Return the rules, and what is wrong with each line that is not a valid pattern."""
        patterns: list[_IgnorePattern] = []
        problems = []
        # Files whose names are not UTF-8 are skipped anyway, so patterns for them do not matter.
        text = content.decode("utf-8-sig", "replace")
        for number, line in enumerate(text.split("\n"), start=1):
            try:
                patterns.extend(_parse_pattern(line.removesuffix("\r")))
            except ValueError:
                problems.append(f"line {number} is not a valid pattern: {line[:80]!r}")
        return cls(base, tuple(patterns)), problems

    def verdict(self, path: str) -> bool | None:
        """Return whether the last matching pattern ignores the path, or None if none matches."""
        # A name may contain a line break, but a pattern cannot, and the library's expressions stop
        # there.
        below = path[len(self.base) :].replace("\n", "\x7f")
        for pattern in reversed(self.patterns):
            if pattern.matches(below):
                return pattern.ignores
        return None


def ignored_by(path: str, chain: tuple[IgnoreRules, ...]) -> str | None:
    """Return the folder of the ignore file that excludes the path, or None if none does."""
    for rules in reversed(chain):
        verdict = rules.verdict(path)
        if verdict is not None:
            return rules.base if verdict else None
    return None


def _parse_pattern(line: str) -> list[_IgnorePattern]:
    """Return the pattern of the line, or an empty list for a blank line or a comment."""
    if len(re.findall(r"\*\*+", line)) > _MAX_ANY_FOLDERS:
        raise ValueError(line)
    # Both match the folders below, but the library takes the first for the folder itself.
    line = re.sub(r"(?<=[^/])/\*\*/\s*$", "/**/*/", line)
    with warnings.catch_warnings():
        # Python warns where the library reads `[[:alpha:]]` differently from git.
        warnings.simplefilter("error", FutureWarning)
        try:
            parsed = GitIgnoreSpecPattern(line)
        except (ValueError, re.error, FutureWarning):
            raise ValueError(line) from None
    if parsed.regex is None or parsed.include is None:
        return []
    body = re.sub(r"^!?(?:/(?=\*\*/?$)|(?:\*\*/)+)?", "", line.rstrip()).removesuffix("/")
    regex = re.compile(_in_linear_time(parsed.regex.pattern))
    return [_IgnorePattern(regex, parsed.include, "/" not in body, body.endswith("/**"))]


def _in_linear_time(pattern: str) -> str:
    """Return the expression, changed so that only the last star of a name backtracks.

    The first match for the text after a star is as good as any other, because the next star
    matches the rest. An atomic group never goes back to try another match.
    """
    return _STAR_BEFORE_STAR.sub(r"(?>[^/]*?\1)", pattern)
