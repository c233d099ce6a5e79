"""Which encodings a person has given for the files of a folder. Pure.

They are in a table of TOML, from patterns in gitignore's syntax to encodings. The last pattern that
matches a file, or a folder above it, decides.

    [encodings]
    "old/*.txt" = "cp850"
    "letters/" = "macintosh"
"""

import tomllib
from dataclasses import dataclass
from typing import Self

from indexer.errors import InvalidSetting
from indexer.reading.encodings.declared import text_encoding
from indexer.reading.ignoring import IgnoreRules

__all__ = ["EncodingRules"]

TABLE = "encodings"


@dataclass(frozen=True, slots=True)
class EncodingRules:
    """The patterns and their encodings, in the order of the table."""

    rules: tuple[tuple[IgnoreRules, str], ...] = ()

    @classmethod
    def parse(cls, content: bytes, name: str) -> Self:
        """Return the rules in the content. Raises InvalidSetting, which names the file."""
        try:
            values = tomllib.loads(content.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise InvalidSetting(f"{name} is not valid TOML: {error}") from None
        unknown = sorted(values.keys() - {TABLE})
        if unknown:
            raise InvalidSetting(
                f"{unknown[0]!r} in {name} is not a setting; it may have one table, [{TABLE}]"
            )
        table = values.get(TABLE, {})
        if not isinstance(table, dict):
            raise InvalidSetting(
                f"{TABLE} in {name} must be a table, such as [{TABLE}] above lines like "
                '"old/*.txt" = "cp850"'
            )
        return cls(tuple(_rule(pattern, value, name) for pattern, value in table.items()))

    def encoding_of(self, path: str) -> str | None:
        """Return the encoding of the file at this path of the folder, or None if none is given."""
        if not self.rules:
            return None
        above = [path[: end + 1] for end, character in enumerate(path) if character == "/"]
        for patterns, encoding in reversed(self.rules):
            if any(patterns.verdict(each) for each in (path, *above)):
                return encoding
        return None


def _rule(pattern: str, value: object, name: str) -> tuple[IgnoreRules, str]:
    rules, problems = IgnoreRules.parse("", pattern.encode())
    if problems or not rules.patterns or pattern.startswith("!"):
        raise InvalidSetting(
            f"{pattern!r} in {name} is not a pattern; write it as in .gitignore, without '!'"
        )
    encoding = text_encoding(value) if isinstance(value, str) else None
    if encoding is None:
        raise InvalidSetting(
            f"{value!r} in {name}, for {pattern!r}, is not an encoding of text that is supported; "
            "write its name as Python knows it, such as 'cp850', 'windows-1251' or 'utf-8'"
        )
    return rules, encoding
