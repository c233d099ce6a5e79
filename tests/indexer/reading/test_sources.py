import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import SkippedFile, SkipReason, SourceFile
from indexer.errors import FolderNotFound
from indexer.reading.ignoring import IGNORE_FILE
from indexer.reading.sources import (
    SourceContent,
    folder_problem,
    is_behind_link,
    left_out,
    read_source,
    walk,
)
from indexer.reading.temporary import temporary_kind
from tests.file_handles import free_handles
from tests.indexer.strategies import file_names
from tests.property_examples import examples

LIMIT = 1_000_000


def write_files(folder: Path, *paths: str, content: str = "text") -> None:
    for path in paths:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)


def found(folder: Path, *, exclude: tuple[Path, ...] = ()) -> list[str]:
    entries = walk(folder, exclude=exclude, max_file_bytes=LIMIT)
    return [entry.path for entry in entries if isinstance(entry, SourceFile)]


def skipped(folder: Path) -> list[SkippedFile]:
    entries = walk(folder, max_file_bytes=LIMIT)
    return [entry for entry in entries if isinstance(entry, SkippedFile)]


@contextmanager
def folder_for_everyone() -> Iterator[Path]:
    """A folder that other users can reach, unlike those that pytest makes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def without_privileges() -> Iterator[None]:
    """Drop root's right to read everything, for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


# The order of the walk


def test_files_come_in_the_order_of_their_whole_paths(tmp_path: Path) -> None:
    write_files(tmp_path, "a/z", "a/b/c", "a-b", "a.txt", "B", "é")
    # "-" < "." < "/", so the file a-b comes before the files in the folder a.
    assert found(tmp_path) == ["B", "a-b", "a.txt", "a/b/c", "a/z", "é"]


@examples(30)
@given(st.sets(st.lists(file_names, min_size=1, max_size=4).map(tuple), max_size=15))
def test_every_file_is_found_once_in_order(paths: set[tuple[str, ...]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        expected = []
        for parts in sorted(paths):
            file = Path(name, *parts)
            if not file.exists() and not any(parent.is_file() for parent in file.parents):
                write_files(file.parent, file.name)
                if temporary_kind(file.name) is None:
                    expected.append("/".join(parts))
        assert found(Path(name)) == sorted(expected)


def test_a_source_file_matches_its_directory_entry(tmp_path: Path) -> None:
    write_files(tmp_path, "notes/day.txt", content="four")
    status = (tmp_path / "notes/day.txt").stat()
    assert list(walk(tmp_path, max_file_bytes=4)) == [
        SourceFile("notes/day.txt", 4, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    ]


def test_a_tree_deeper_than_the_recursion_limit_is_walked(tmp_path: Path) -> None:
    depth = 1_500
    # Too deep for pathlib in Python 3.11, and for the rmtree that pytest uses to clean up.
    subprocess.run(["mkdir", "-p", tmp_path / "/".join("d" * depth)], check=True)
    try:
        (tmp_path / ("d/" * depth + "f")).write_text("text")
        assert found(tmp_path) == ["d/" * depth + "f"]
        content = read_source(tmp_path, "d/" * depth + "f", max_file_bytes=LIMIT)
        assert isinstance(content, SourceContent)
    finally:
        subprocess.run(
            ["rm", "-r", tmp_path / "d"], check=True
        )  # too deep for Python 3.11's rmtree


# Skipped files


def test_hidden_files_and_excluded_folders_are_left_out_silently(tmp_path: Path) -> None:
    write_files(tmp_path, "a", ".hidden", ".git/config", "b/.cache/x", "index/data", "b/index/y")
    entries = walk(tmp_path, exclude=[tmp_path / "index"], max_file_bytes=LIMIT)
    assert [entry.path for entry in entries] == ["a", "b/index/y"]


def test_a_folder_is_excluded_under_any_path_to_it(tmp_path: Path) -> None:
    write_files(tmp_path, "docs/a", "docs/index/data")
    (tmp_path / "link").symlink_to("docs")
    assert found(tmp_path / "link", exclude=(tmp_path / "docs/index",)) == ["a"]
    assert found(tmp_path / "docs", exclude=(tmp_path / "link/index",)) == ["a"]


def test_empty_and_large_files_are_reported(tmp_path: Path) -> None:
    write_files(tmp_path, "empty", content="")
    write_files(tmp_path, "large", content="x" * (LIMIT + 1))
    write_files(tmp_path, "largest that fits", content="x" * LIMIT)
    assert skipped(tmp_path) == [
        SkippedFile("empty", SkipReason.EMPTY),
        SkippedFile("large", SkipReason.TOO_LARGE, "1,000,001 bytes, the limit is 1,000,000"),
    ]


def test_special_files_are_reported_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for a writer
    os.mknod(tmp_path / "socket", stat.S_IFSOCK | 0o600)
    assert skipped(tmp_path) == [
        SkippedFile("pipe", SkipReason.UNREADABLE, "it is a named pipe"),
        SkippedFile("socket", SkipReason.UNREADABLE, "it is a socket"),
    ]


def test_a_name_that_is_not_utf8_is_reported_readably(tmp_path: Path) -> None:
    write_files(tmp_path, "caf\udce9", "d\udcff/a", "fine")
    assert list(walk(tmp_path, max_file_bytes=0))[:2] == [
        SkippedFile(r"caf\xe9", SkipReason.NAME, "the name is not valid UTF-8"),
        SkippedFile(r"d\xff/", SkipReason.NAME, "the name is not valid UTF-8"),
    ]


def test_names_with_line_breaks_are_found(tmp_path: Path) -> None:
    write_files(tmp_path, "a\nb", "c\n/d\r")
    assert found(tmp_path) == ["a\nb", "c\n/d\r"]


def test_an_unlistable_folder_is_reported() -> None:
    with folder_for_everyone() as folder:
        write_files(folder, "a", "closed/b")
        (folder / "closed").chmod(0o000)
        with without_privileges():
            assert skipped(folder) == [
                SkippedFile("closed/", SkipReason.UNREADABLE, "Permission denied")
            ]
            assert found(folder) == ["a"]
        (folder / "closed").chmod(0o700)


# Symbolic links


def test_a_long_chain_of_links_is_reported(tmp_path: Path) -> None:
    links = 1_100  # more than Python's limit of recursion; the system follows 40
    write_files(tmp_path, str(links))
    for number in range(links):
        (tmp_path / str(number)).symlink_to(str(number + 1))
    assert found(tmp_path) == [str(links)]
    details = Counter(entry.detail for entry in skipped(tmp_path))
    assert details == {
        "symbolic link to another place in the folder": 40,
        "symbolic link leads in a circle, or over too many links": links - 40,
    }


def test_links_are_reported_and_never_followed(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    write_files(tmp_path, "secret", "folder-2/secret", "folder/a/b")
    for name, target in {
        "absolute": str(folder / "a/b"),
        "broken": "nowhere",
        "circle": "circle",
        "inside": "a",
        "itself": ".",
        "outside": "../secret",
        "similar name": "../folder-2",
        "tricky": "a/../../secret",
    }.items():
        (folder / name).symlink_to(target)
    inside = (SkipReason.IGNORED, "symbolic link to another place in the folder")
    outside = (SkipReason.UNREADABLE, "symbolic link leads out of the folder")
    assert skipped(folder) == [
        SkippedFile("absolute", *inside),
        SkippedFile("broken", SkipReason.UNREADABLE, "symbolic link leads nowhere"),
        SkippedFile(
            "circle",
            SkipReason.UNREADABLE,
            "symbolic link leads in a circle, or over too many links",
        ),
        SkippedFile("inside", *inside),
        SkippedFile("itself", *inside),
        SkippedFile("outside", *outside),
        SkippedFile("similar name", *outside),
        SkippedFile("tricky", *outside),
    ]
    assert found(folder) == ["a/b"]


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    write_files(tmp_path, "folder/a")
    (tmp_path / "link").symlink_to("folder")
    assert found(tmp_path / "link") == ["a"]


# Ignore files


def test_an_ignore_file_works_like_gits(tmp_path: Path) -> None:
    write_files(tmp_path, "a.log", "keep.log", "build/x", "docs/a.log", "docs/b.txt", "docs/tmp/c")
    write_files(tmp_path, IGNORE_FILE, content="*.log\n!keep.log\n/build/\n")
    write_files(tmp_path, f"docs/{IGNORE_FILE}", content="\ufeff# comment\r\n!a.log\r\ntmp\r\n")
    assert found(tmp_path) == ["docs/a.log", "docs/b.txt", "keep.log"]
    assert skipped(tmp_path) == [
        SkippedFile("a.log", SkipReason.IGNORED, f"by {IGNORE_FILE}"),
        SkippedFile("build/", SkipReason.IGNORED, f"by {IGNORE_FILE}"),
        SkippedFile("docs/tmp/", SkipReason.IGNORED, f"by docs/{IGNORE_FILE}"),
    ]


def test_patterns_match_names_with_line_breaks(tmp_path: Path) -> None:
    write_files(tmp_path, "a\nb.log", "c\nd/e.log", "f.log\n")
    write_files(tmp_path, IGNORE_FILE, content="*.log\n")
    assert found(tmp_path) == ["f.log\n"]


@pytest.mark.parametrize(
    "line", ["!", "\\", "[z-a]", "[[:alpha:]]", "a/**/b/**/c/**/d/**"], ids=repr
)
def test_a_line_that_is_not_a_pattern_is_reported(tmp_path: Path, line: str) -> None:
    write_files(tmp_path, "a.log", "b")
    write_files(tmp_path, IGNORE_FILE, content=f"*.log\n{line}\n")
    problem = SkippedFile(
        IGNORE_FILE, SkipReason.UNREADABLE, f"line 2 is not a valid pattern: {line!r}"
    )
    assert skipped(tmp_path)[0] == problem
    assert found(tmp_path) == ["b"]


@examples(25)
@given(
    st.lists(st.sampled_from(["*", "*", "a", "b", "?", "[ab]"]), min_size=1).map("".join),
    st.sets(st.text("abc", min_size=1, max_size=9), max_size=9),
)
def test_a_pattern_with_many_stars_leaves_out_what_it_matches(
    pattern: str, names: set[str]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        write_files(Path(name), *names)
        write_files(Path(name), IGNORE_FILE, content=f"x\n{pattern}\n")
        assert found(Path(name)) == sorted(each for each in names if not fnmatchcase(each, pattern))


@pytest.mark.parametrize("pattern", ["*a" * 400 + "b", "*[ab]" * 400 + "c", "*?" * 400 + "c"])
def test_a_hostile_pattern_takes_little_time(tmp_path: Path, pattern: str) -> None:
    write_files(tmp_path, "a" * 250)
    write_files(tmp_path, IGNORE_FILE, content=f"{pattern}\n")
    started = time.process_time()
    assert found(tmp_path) == ["a" * 250]
    # A matcher that retries one star for each position of another would take years.
    assert time.process_time() - started < 2


def test_a_folder_whose_ignore_file_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    write_files(tmp_path, "a", "directory/b", "large/c", "link/d")
    (tmp_path / "directory" / IGNORE_FILE).mkdir()
    write_files(tmp_path, f"large/{IGNORE_FILE}", content="x" * 1_000_001)
    (tmp_path / "link" / IGNORE_FILE).symlink_to("d")
    details = [
        f"its {IGNORE_FILE}: it is no longer a regular file",
        f"its {IGNORE_FILE} has 1,000,001 bytes",
        f"its {IGNORE_FILE}: it is a symbolic link",
    ]
    assert skipped(tmp_path) == [
        SkippedFile(path, SkipReason.UNREADABLE, detail)
        for path, detail in zip(["directory/", "large/", "link/"], details, strict=True)
    ]
    assert found(tmp_path) == ["a"]


_NAMES = st.sampled_from(["a", "b", "ab", "a.txt", "b.txt", "log", "x y"])
_PATTERNS = st.sampled_from(
    [
        "a",
        "*.txt",
        "/a",
        "b/",
        "a/b",
        "**/log",
        "a/**",
        "a/**/",
        "/**",
        "**/*",
        "*",
        "*/",
        "!*/",
        "!a.txt",
        "!b",
        "log/",
        "a*",
        "?",
        "[!a]",
        "/b/**/log",
        "!/a/b/",
        "a/*",
        "!a/**",
        "a/**/b",
        "**/a/*.txt",
        "!log",
        "#",
    ]
)


@pytest.mark.skipif(shutil.which("git") is None, reason="compares with git")
@examples(20)
@given(
    st.lists(st.lists(_NAMES, min_size=1, max_size=4), min_size=1, max_size=20),
    st.dictionaries(
        st.sampled_from(["", "a/", "b/", "a/b/"]), st.lists(_PATTERNS, max_size=5), min_size=1
    ),
)
def test_patterns_mean_the_same_as_in_git(
    paths: list[list[str]], ignore_files: dict[str, list[str]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for parts in paths:
            file = folder.joinpath(*parts)
            if not file.exists() and not any(parent.is_file() for parent in file.parents):
                write_files(folder, "/".join(parts))
        for base, patterns in ignore_files.items():
            if (folder / base).is_dir():
                lines = "".join(f"{pattern}\n" for pattern in patterns)
                write_files(folder, base + IGNORE_FILE, base + ".gitignore", content=lines)
        subprocess.run(["git", "init", "--quiet", folder], check=True)
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--others", "--exclude-standard"],
            cwd=folder,
            capture_output=True,
            check=True,
        )
        listed = listing.stdout.decode().split("\0")
        assert found(folder) == sorted(
            path for path in listed if path and not path.rpartition("/")[2].startswith(".")
        )


# The folder


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing", "there is no folder "),
        ("file", " is not a folder"),
        ("file/below", " is not a folder"),
        ("circle", "cannot list "),
        ("nul\0", " is not a path"),
    ],
)
def test_a_folder_that_cannot_be_walked_is_an_error_at_once(
    tmp_path: Path, name: str, message: str
) -> None:
    write_files(tmp_path, "file")
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(FolderNotFound, match=message):
        walk(tmp_path / name, max_file_bytes=LIMIT)


def test_a_folder_that_cannot_be_listed_is_an_error() -> None:
    with folder_for_everyone() as folder:
        folder.chmod(0o000)
        with without_privileges(), pytest.raises(FolderNotFound, match="Permission denied"):
            walk(folder, max_file_bytes=LIMIT)
        folder.chmod(0o700)


def test_an_empty_folder_has_no_files(tmp_path: Path) -> None:
    assert list(walk(tmp_path, max_file_bytes=LIMIT)) == []


# Reading


def test_a_file_is_read_with_its_state(tmp_path: Path) -> None:
    content = bytes(range(256)) * 1_000
    (tmp_path / "d").mkdir()
    (tmp_path / "d/f").write_bytes(content)
    read = read_source(tmp_path, "d/f", max_file_bytes=LIMIT)
    assert isinstance(read, SourceContent)
    assert read[:2] == (*walk(tmp_path, max_file_bytes=LIMIT), content)


def test_the_state_is_the_one_at_the_time_of_reading(tmp_path: Path) -> None:
    write_files(tmp_path, "f", content="old")
    (walked,) = walk(tmp_path, max_file_bytes=LIMIT)
    write_files(tmp_path, "f", content="newer")
    read = read_source(tmp_path, walked.path, max_file_bytes=LIMIT)
    assert isinstance(read, SourceContent)
    assert (read.content, read.source.size_bytes) == (b"newer", 5)


def test_a_file_that_was_replaced_is_skipped(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    write_files(tmp_path, "secret", "outside/f", "folder/large")
    (folder / "to secret").symlink_to("../secret")
    (folder / "to outside").symlink_to("../outside")
    (folder / "directory").mkdir()
    os.mkfifo(folder / "pipe")
    details = {
        "vanished": "it vanished",
        "directory": "it is no longer a regular file",
        "pipe": "it is no longer a regular file",
        "to secret": "it is a symbolic link",
        "to outside/f": "Not a directory",
        "../secret": "it is not a path below the folder",
        "/etc/hostname": "it is not a path below the folder",
    }
    for path, detail in details.items():
        expected = SkippedFile(path, SkipReason.UNREADABLE, detail)
        assert read_source(folder, path, max_file_bytes=LIMIT) == expected
    too_large = SkippedFile("large", SkipReason.TOO_LARGE, "4 bytes, the limit is 3")
    assert read_source(folder, "large", max_file_bytes=3) == too_large


def test_a_file_without_permission_is_skipped() -> None:
    with folder_for_everyone() as folder:
        write_files(folder, "f")
        (folder / "f").chmod(0o000)
        with without_privileges():
            assert read_source(folder, "f", max_file_bytes=LIMIT) == SkippedFile(
                "f", SkipReason.UNREADABLE, "Permission denied"
            )


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_a_file_of_another_length_than_declared_is_skipped() -> None:
    # The kernel generates this file while it is read; its size is always 0.
    assert read_source(Path("/proc/self"), "status", max_file_bytes=LIMIT) == SkippedFile(
        "status", SkipReason.UNREADABLE, "it changed while it was read"
    )


def test_reading_leaves_no_descriptor_open(tmp_path: Path) -> None:
    write_files(tmp_path, "a/b/f")
    (tmp_path / "link").symlink_to("a")
    before = open_descriptors()
    for path in ("a/b/f", "a/b", "a/b/missing", "a/missing/f", "link/b/f"):
        read_source(tmp_path, path, max_file_bytes=LIMIT)
    assert open_descriptors() == before


# One file, or the folder alone


def test_a_file_is_left_out_exactly_when_the_walk_ignores_it(tmp_path: Path) -> None:
    paths = ["a.txt", "b.log", "deep/a.txt", "deep/b.log", "deep/er/keep.log", "out/a.txt"]
    write_files(tmp_path, *paths)
    write_files(tmp_path, IGNORE_FILE, content="*.log\nout/\n")
    write_files(tmp_path / "deep/er", IGNORE_FILE, content="!keep.log\n")
    kept = [path for path in paths if left_out(tmp_path, path) is None]
    assert kept == found(tmp_path) == ["a.txt", "deep/a.txt", "deep/er/keep.log"]
    assert left_out(tmp_path, "deep/b.log") == SkippedFile(
        "deep/b.log", SkipReason.IGNORED, f"by {IGNORE_FILE}"
    )
    assert left_out(tmp_path, "out/a.txt") == SkippedFile(
        "out/a.txt", SkipReason.IGNORED, f"by {IGNORE_FILE}"
    )


def test_a_path_that_leads_out_of_the_folder_is_left_out(tmp_path: Path) -> None:
    write_files(tmp_path, "folder/a.txt", "other/a.txt")
    (tmp_path / "folder" / "link").symlink_to("../other")
    for path in ("../other/a.txt", "link/a.txt", "gone/a.txt", "/a.txt"):
        skipped = left_out(tmp_path / "folder", path)
        assert skipped is not None
        assert skipped.reason is SkipReason.UNREADABLE


def test_looking_at_one_file_keeps_no_descriptor(tmp_path: Path) -> None:
    write_files(tmp_path, "a/b/c.txt")
    before = open_descriptors()
    left_out(tmp_path, "a/b/c.txt")
    left_out(tmp_path, "a/x/c.txt")
    folder_problem(tmp_path)
    assert open_descriptors() == before


def test_the_problem_of_a_folder_is_that_of_its_walk(tmp_path: Path) -> None:
    write_files(tmp_path, "file")
    assert folder_problem(tmp_path) is None
    for name in ("nowhere", "file", "\0"):
        with pytest.raises(FolderNotFound) as raised:
            walk(tmp_path / name, max_file_bytes=LIMIT)
        assert folder_problem(tmp_path / name) == str(raised.value)


def test_a_link_in_the_path_of_a_folder_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path.resolve() / "above" / "folder"
    folder.mkdir(parents=True)
    assert not is_behind_link(folder)
    (tmp_path / "above").rename(tmp_path / "moved")
    assert not is_behind_link(folder)
    (tmp_path / "above").symlink_to("moved")
    assert is_behind_link(folder)


def test_a_file_is_not_reported_because_there_are_no_file_handles(folder: Path) -> None:
    (folder / "a.txt").write_text("The ferry sails at noon.")
    (folder / "below").mkdir()
    with free_handles(0), pytest.raises(OSError, match="Too many open files"):
        read_source(folder, "a.txt", max_file_bytes=100)
    entries = walk(folder, max_file_bytes=100)
    with free_handles(0), pytest.raises(OSError, match="Too many open files"):
        list(entries)
