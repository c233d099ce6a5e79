"""Path globs: an example of each rule, and a comparison with a plain implementation."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.contract.errors import InvalidQuery
from api.contract.limits import MAX_GLOB_CHARS
from api.query.globs import parse_glob


def matches(glob: str, path: str) -> bool:
    return parse_glob(glob, parameter="path").matches(path)


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("*.md", "a.md", True),
        ("*.md", "x/y/a.md", True),
        ("*.md", "a.mdx", False),
        ("2024", "x/2024/a.txt", True),
        ("/2024", "x/2024/a.txt", False),
        ("2024/", "2024/x/a.txt", True),
        ("2024/*.txt", "2024/a.txt", True),
        ("2024/*.txt", "2024/x/a.txt", False),
        ("news/**/may", "news/may", True),
        ("news/**/may", "news/x/y/may/1.txt", True),
        ("news/**/may", "x/news/may", False),
        ("news/**", "news/x/a.txt", True),
        ("**/may", "a/b/may", True),
        ("**/**/may/**", "may/1.txt", True),
        ("**", "a", True),
        ("/**", "a/b", True),
        ("a/**/b/**/c", "a/b/x/b/y/c", True),
        ("a/**/b/**/c", "a/c/b", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("[a-c].txt", "b.txt", True),
        ("[!a-c].txt", "b.txt", False),
        ("A.txt", "a.txt", False),
    ],
)
def test_a_glob_matches_as_gitignore_does(glob: str, path: str, expected: bool) -> None:
    assert matches(glob, path) is expected


@pytest.mark.parametrize("name", ["[a] b", "x*y", "why?", "back\\slash", "[x*y?]", "[", "]", "a]["])
def test_a_backslash_escapes_the_next_character(name: str) -> None:
    glob = re.sub(r"([\\*?\[])", r"\\\1", name)
    assert matches(f"/{glob}/", f"{name}/a.txt")
    assert not matches(f"/{glob}/", "other/a.txt")


def test_an_escaped_letter_and_a_final_backslash_are_literal() -> None:
    assert matches(r"\a\!.txt", "a!.txt")
    assert matches("a\\", "a\\")
    assert matches(r"[\a]x", "\\x")  # in a set it is one of the characters


@pytest.mark.parametrize(
    "glob", ["", " ", "/", "//", "a\0b", "a" * (MAX_GLOB_CHARS + 1), "*a/" * 101]
)
def test_an_invalid_glob_is_refused(glob: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        parse_glob(glob, parameter="path")
    assert caught.value.parameter == "path"


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("*a" * 60 + "*b", "a" * 250),
        ("*a" * 99 + "*b", "a" * 10_000),
        ("**/a/" * 500 + "b", "a/" * 500 + "c"),
        ("**/" * 1_000 + "a", "x/" * 2_000 + "b"),
        ("a/" * 2_000 + "b", "a/" * 2_000 + "c"),
    ],
)
def test_a_hostile_glob_takes_little_time(glob: str, path: str) -> None:
    began = time.process_time()
    assert not matches(glob, path)
    assert time.process_time() - began < 5


# Comparison with a plain implementation

names = st.text("ab", min_size=1, max_size=2)
parts = st.one_of(names, st.sampled_from(["*", "**", "a*", "*b", "?", "[!a]"]))
globs = st.lists(parts, min_size=1, max_size=4).map("/".join)
paths = st.lists(names, min_size=1, max_size=4).map("/".join)


def plainly_matches(parts: list[str], names: list[str]) -> bool:
    """Return whether the parts match the names or the first of them."""
    if not parts:
        return True
    if parts[0] == "**":
        return any(plainly_matches(parts[1:], names[skipped:]) for skipped in range(len(names) + 1))
    pattern = parts[0].replace("*", ".*").replace("?", ".").replace("[!", "[^")
    return (
        bool(names)
        and re.fullmatch(pattern, names[0]) is not None
        and plainly_matches(parts[1:], names[1:])
    )


@given(globs, st.booleans(), paths)
def test_a_glob_matches_as_a_plain_implementation_does(
    glob: str, from_top: bool, path: str
) -> None:
    parts = glob.split("/")
    if len(parts) == 1 and not from_top:
        parts = ["**", *parts]
    expected = plainly_matches(parts, path.split("/"))
    assert matches(f"/{glob}" if from_top else glob, path) is expected
