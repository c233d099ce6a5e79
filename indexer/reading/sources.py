"""Walk a folder in the order of paths: files that can be indexed, and skipped ones with the reason.

- Hidden files and folders (names that start with a dot, such as `.git`) are left out silently.
- `.spanlightignore`, in any folder of the tree, excludes more files, in gitignore syntax. Patterns
  are relative to the folder of their file; the innermost file with a matching pattern decides.
- Symbolic links are never followed. A target inside the folder is found under its own path; a
  target outside is not part of the folder.
- Only regular files are ever opened.
"""

import errno
import os
import re
import stat
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from indexer.documents import SkippedFile, SkipReason, SourceFile
from indexer.errors import FolderNotFound

__all__ = ["IGNORE_FILE", "SourceContent", "read_source", "walk"]

IGNORE_FILE = ".spanlightignore"

# An ignore file is read whole and kept in memory while its folder is walked.
_MAX_IGNORE_BYTES = 1_000_000

# A `**` may match any number of folders. The time to match n of them grows with the n-th power of
# the depth of a path.
_MAX_ANY_FOLDERS = 3
# A star and the text up to the next star of the same name, as the library writes them.
_STAR = r"\[\^/\]\*"
_STAR_BEFORE_STAR = re.compile(
    rf"{_STAR}((?:(?!{_STAR})(?:\\.|\[\^?\]?[^\]]*\]|[^/\[\]()?]))+)(?={_STAR})"
)

# A file that is being written is read again, so that a busy log can be indexed at all.
_READ_ATTEMPTS = 3

_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY
_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK

_KINDS = {
    stat.S_IFIFO: "named pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFBLK: "block device",
    stat.S_IFCHR: "character device",
}


class SourceContent(NamedTuple):
    """The bytes of a source file, and its directory entry at the time when they were read."""

    source: SourceFile
    content: bytes


def walk(
    folder: Path, *, exclude: Collection[Path] = (), max_file_bytes: int
) -> Iterator[SourceFile | SkippedFile]:
    """Return the files below the folder, sorted by the code points of their paths.

    A folder that is skipped as a whole is reported once, with a slash at the end of its path.
    Paths in `exclude` are not reported. Raises FolderNotFound before anything is returned.
    """
    try:
        root = os.path.realpath(folder, strict=True)
        walker = _Walker(root, frozenset(map(os.path.realpath, exclude)), max_file_bytes)
        entries = walker.list_folder("", root, ())
    except FileNotFoundError:
        raise FolderNotFound(f"there is no folder {str(folder)!r}") from None
    except NotADirectoryError:
        raise FolderNotFound(f"{str(folder)!r} is not a folder") from None
    except ValueError:
        raise FolderNotFound(f"{str(folder)!r} is not a path") from None
    except OSError as error:
        raise FolderNotFound(f"cannot list {str(folder)!r}: {_describe(error)}") from None
    return walker.visit(entries)


def read_source(folder: Path, path: str, *, max_file_bytes: int) -> SourceContent | SkippedFile:
    """Return the content of one file below the folder, read in one piece.

    No link is followed and only a regular file is opened, even if the folder has changed since it
    was walked. A file that keeps changing while it is read is skipped. So the content is one state
    of the file, as far as the file system's clock can tell.
    """
    try:
        for _ in range(_READ_ATTEMPTS):
            before, content, after = _read_once(folder, path, max_file_bytes)
            if before.st_size > max_file_bytes:
                return _too_large(path, before.st_size, max_file_bytes)
            source = _source_file(path, before)
            if source == _source_file(path, after) and len(content) == before.st_size:
                return SourceContent(source, content)
    except OSError as error:
        return SkippedFile(path, SkipReason.UNREADABLE, _describe(error))
    return SkippedFile(path, SkipReason.UNREADABLE, "it changed while it was read")


def _read_once(
    folder: Path, path: str, max_file_bytes: int
) -> tuple[os.stat_result, bytes, os.stat_result]:
    descriptor = _open_below(folder, path)
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise OSError(errno.EINVAL, "it is no longer a regular file")
        content = b""
        if before.st_size <= max_file_bytes:
            with open(descriptor, "rb", closefd=False) as file:
                # Asking for one byte more than expected reveals a file that grew.
                content = file.read(before.st_size + 1)
        return before, content, os.fstat(descriptor)
    finally:
        os.close(descriptor)


def _open_below(folder: Path, path: str) -> int:
    """Return a descriptor of the file.

    The folders above it are opened one by one because O_NOFOLLOW protects only the last name.
    """
    *parents, name = path.split("/")
    if not {"", ".", ".."}.isdisjoint([*parents, name]):
        raise OSError(errno.EINVAL, "it is not a path below the folder")
    descriptor = os.open(folder, _OPEN_FOLDER)
    try:
        for parent in parents:
            below = os.open(parent, _OPEN_FOLDER | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        return os.open(name, _OPEN_FILE, dir_fd=descriptor)
    finally:
        os.close(descriptor)


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


class _IgnoreRules(NamedTuple):
    """The patterns of one ignore file; `base` is its folder, empty or ending with a slash."""

    base: str
    patterns: tuple[_IgnorePattern, ...]

    def verdict(self, path: str) -> bool | None:
        """Return whether the last matching pattern ignores the path, or None if none matches."""
        # A name may contain a line break, but a pattern cannot, and the library's expressions stop
        # there.
        below = path[len(self.base) :].replace("\n", "\x7f")
        for pattern in reversed(self.patterns):
            if pattern.matches(below):
                return pattern.ignores
        return None


class _Entry(NamedTuple):
    """An entry of a folder. The path of a folder ends with a slash.

    Because of the slash, sorting the entries of each folder sorts the whole walk: `a-b`, `a.txt`,
    `a/`.
    """

    path: str
    found: os.DirEntry[str]
    rules: tuple[_IgnoreRules, ...]


@dataclass(frozen=True, slots=True)
class _Walker:
    root: str
    excluded: frozenset[str]
    max_file_bytes: int

    def visit(self, pending: list[_Entry | SkippedFile]) -> Iterator[SourceFile | SkippedFile]:
        """Yield the files of the entries, depth first, without recursion, so at any depth."""
        while pending:
            entry = pending.pop()
            outcome = entry if isinstance(entry, SkippedFile) else self._look_at(entry)
            if isinstance(outcome, list):
                pending.extend(outcome)
            else:
                yield outcome

    def list_folder(
        self, path: str, absolute: str, rules: tuple[_IgnoreRules, ...]
    ) -> list[_Entry | SkippedFile]:
        """Return the entries of the folder in reverse order, without hidden and excluded ones.

        Raises OSError if its ignore file cannot be read: indexing too little is better than
        indexing a file that someone meant to keep out.
        """
        with os.scandir(absolute) as entries:
            found = list(entries)
        problems: list[SkippedFile] = []
        if any(entry.name == IGNORE_FILE for entry in found):
            own_rules, problems = _read_ignore_file(path, absolute)
            rules = (*rules, own_rules)
        listed = [
            _Entry(_entry_path(path, entry), entry, rules)
            for entry in found
            if not entry.name.startswith(".") and entry.path not in self.excluded
        ]
        return sorted([*listed, *problems], key=lambda entry: entry.path, reverse=True)

    def _look_at(self, entry: _Entry) -> SourceFile | SkippedFile | list[_Entry | SkippedFile]:
        path, found, rules = entry
        if _printable(found.name) != found.name:
            return SkippedFile(path, SkipReason.NAME, "the name is not valid UTF-8")
        if (deciding := _ignored_by(path, rules)) is not None:
            return SkippedFile(path, SkipReason.IGNORED, f"by {deciding}{IGNORE_FILE}")
        try:
            if path.endswith("/"):
                return self.list_folder(path, found.path, rules)
            return self._describe_file(path, found)
        except OSError as error:
            return SkippedFile(path, SkipReason.UNREADABLE, _describe(error))

    def _describe_file(self, path: str, found: os.DirEntry[str]) -> SourceFile | SkippedFile:
        status = found.stat(follow_symlinks=False)
        if stat.S_ISLNK(status.st_mode):
            return self._describe_link(path, found.path)
        if not stat.S_ISREG(status.st_mode):
            kind = _KINDS.get(stat.S_IFMT(status.st_mode), "special file")
            return SkippedFile(path, SkipReason.UNREADABLE, f"it is a {kind}")
        if not status.st_size:
            return SkippedFile(path, SkipReason.EMPTY)
        if status.st_size > self.max_file_bytes:
            return _too_large(path, status.st_size, self.max_file_bytes)
        return _source_file(path, status)

    def _describe_link(self, path: str, absolute: str) -> SkippedFile:
        try:
            # Raises for a long chain of links, in which realpath would recurse too deeply.
            Path(absolute).stat()
            target = os.path.realpath(absolute, strict=True)
        except OSError as error:
            circle = error.errno == errno.ELOOP
            end = "in a circle, or over too many links" if circle else "nowhere"
            return SkippedFile(path, SkipReason.UNREADABLE, f"symbolic link leads {end}")
        if Path(target).is_relative_to(self.root):
            detail = "symbolic link to another place in the folder"
            return SkippedFile(path, SkipReason.IGNORED, detail)
        return SkippedFile(path, SkipReason.UNREADABLE, "symbolic link leads out of the folder")


def _entry_path(parent: str, entry: os.DirEntry[str]) -> str:
    slash = "/" if entry.is_dir(follow_symlinks=False) else ""
    return f"{parent}{_printable(entry.name)}{slash}"


def _printable(name: str) -> str:
    """Return the name with every byte that is not UTF-8 written as `\\xNN`."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("utf-8", "backslashreplace")
    return name


def _ignored_by(path: str, chain: tuple[_IgnoreRules, ...]) -> str | None:
    """Return the folder of the ignore file that excludes the path, or None if none does."""
    for rules in reversed(chain):
        verdict = rules.verdict(path)
        if verdict is not None:
            return rules.base if verdict else None
    return None


def _read_ignore_file(base: str, absolute: str) -> tuple[_IgnoreRules, list[SkippedFile]]:
    """Return the rules and a report of each line that is not a valid pattern."""
    try:
        status, content, _ = _read_once(Path(absolute), IGNORE_FILE, _MAX_IGNORE_BYTES)
    except OSError as error:
        raise OSError(errno.EIO, f"its {IGNORE_FILE}: {_describe(error)}") from None
    if status.st_size > _MAX_IGNORE_BYTES:
        raise OSError(errno.EFBIG, f"its {IGNORE_FILE} has {status.st_size:,} bytes")
    patterns: list[_IgnorePattern] = []
    problems: list[SkippedFile] = []
    # Files whose names are not UTF-8 are skipped anyway, so patterns for them do not matter.
    text = content.decode("utf-8-sig", "replace")
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            patterns.extend(_parse_pattern(line.removesuffix("\r")))
        except ValueError:
            detail = f"line {number} is not a valid pattern: {line[:80]!r}"
            problems.append(SkippedFile(base + IGNORE_FILE, SkipReason.UNREADABLE, detail))
    return _IgnoreRules(base, tuple(patterns)), problems


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


def _source_file(path: str, status: os.stat_result) -> SourceFile:
    return SourceFile(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def _too_large(path: str, size_bytes: int, max_file_bytes: int) -> SkippedFile:
    detail = f"{size_bytes:,} bytes, the limit is {max_file_bytes:,}"
    return SkippedFile(path, SkipReason.TOO_LARGE, detail)


def _describe(error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return "it vanished"
    if error.errno == errno.ELOOP:
        return "it is a symbolic link"
    return error.strerror or str(error)
