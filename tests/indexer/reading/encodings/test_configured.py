import pytest

from indexer.errors import InvalidSetting
from indexer.reading.encodings.configured import EncodingRules


def rules(text: str) -> EncodingRules:
    return EncodingRules.parse(text.encode(), "notes/.spanlight.toml")


@pytest.mark.parametrize(
    ("pattern", "paths", "others"),
    [
        ("*.txt", ["a.txt", "b/a.txt"], ["a.md"]),
        ("old/*.txt", ["old/a.txt"], ["a.txt", "old/b/a.txt", "b/old/a.txt"]),
        ("old/", ["old/a.txt", "b/old/c/a.txt"], ["old", "a.txt"]),
        ("/a.txt", ["a.txt"], ["b/a.txt"]),
        ("**/letters/**", ["letters/a", "b/letters/c/a"], ["letters"]),
    ],
)
def test_patterns_are_those_of_gitignore(pattern: str, paths: list[str], others: list[str]) -> None:
    found = rules(f'[encodings]\n"{pattern}" = "cp850"')
    assert [found.encoding_of(path) for path in paths] == ["cp850"] * len(paths)
    assert [found.encoding_of(path) for path in others] == [None] * len(others)


def test_the_last_pattern_that_matches_decides() -> None:
    found = rules('[encodings]\n"*.txt" = "cp850"\n"a.txt" = "Mac-Roman"\n')
    assert (found.encoding_of("a.txt"), found.encoding_of("b.txt")) == ("macintosh", "cp850")


def test_a_folder_without_rules_names_nothing() -> None:
    assert EncodingRules().encoding_of("a.txt") is None
    assert rules("").encoding_of("a.txt") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[encodings", "notes/.spanlight.toml is not valid TOML"),
        ("[encoding]\n", "'encoding' in notes/.spanlight.toml is not a setting"),
        ("encodings = 5", "must be a table"),
        ('[encodings]\n"*.txt" = "cp85O"', "'cp85O' in notes/.spanlight.toml, for '*.txt', is not"),
        ('[encodings]\n"*.txt" = 850', "850 in notes/.spanlight.toml"),
        ('[encodings]\n"*.txt" = "utf-7"', "'utf-7'"),
        ('[encodings]\n"!a" = "cp850"', "'!a' in notes/.spanlight.toml is not a pattern"),
        ('[encodings]\n"#a" = "cp850"', "'#a'"),
        ('[encodings]\n"" = "cp850"', "''"),
    ],
)
def test_a_mistake_is_named(text: str, message: str) -> None:
    with pytest.raises(InvalidSetting, match=message.replace("*", r"\*")):
        rules(text)
