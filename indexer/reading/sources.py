"""Walk a folder in the order of paths: files that can be indexed, and skipped ones with the reason.

- Hidden files and folders (names that start with a dot, such as `.git`) are left out silently.
- `.spanlightignore`, in any folder of the tree, excludes more files: see `ignoring`.
- Files whose names say that they are temporary are left out: see `temporary`.
- Symbolic links are never followed. A target inside the folder is found under its own path; a
  target outside is not part of the folder.
- Only regular files are ever opened.
"""

import errno
import os
import stat
import time
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from indexer.documents import SkippedFile, SkipReason, SourceFile
from indexer.errors import FolderNotFound, InvalidSetting
from indexer.reading.encodings.configured import EncodingRules
from indexer.reading.encodings.decoding import ENCODINGS_FILE
from indexer.reading.extraction.archives.kinds import kind_of_container
from indexer.reading.extraction.archives.names import INSIDE
from indexer.reading.ignoring import IGNORE_FILE, IgnoreRules, ignored_by
from indexer.reading.temporary import temporary_kind

__all__ = [
    "SourceContent",
    "folder_problem",
    "is_behind_link",
    "left_out",
    "read_encoding_rules",
    "read_source",
    "source_now",
    "walk",
]

# An ignore file is read whole and kept in memory while its folder is walked.
_MAX_IGNORE_BYTES = 1_000_000

# A file that is being written is read again, so that a busy log can be indexed at all.
_READ_ATTEMPTS = 3

_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY
_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK

# The process or the system has no file handles or memory left, whichever file is opened.
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})

_KINDS = {
    stat.S_IFIFO: "named pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFBLK: "block device",
    stat.S_IFCHR: "character device",
}


class SourceContent(NamedTuple):
    """The bytes of a source file, its directory entry when they were read, and when that began."""

    source: SourceFile
    content: bytes
    read_ns: int


def walk(
    folder: Path,
    *,
    exclude: Collection[Path] = (),
    max_file_bytes: int,
    entered: Callable[[str], None] = lambda path: None,
) -> Iterator[SourceFile | SkippedFile]:
    """Return the files below the folder, sorted by the code points of their paths.

    A folder that is skipped as a whole is reported once, with a slash at the end of its path.
    Paths in `exclude` are not reported. `entered` is called with the absolute path of each folder
    before it is listed. Raises FolderNotFound before anything is returned, and OSError if the
    process has no file handles or memory left.
    """
    with _folder_errors(folder):
        root = os.path.realpath(folder, strict=True)
        excluded = frozenset(map(os.path.realpath, exclude))
        walker = _Walker(root, excluded, max_file_bytes, entered)
        entries = walker.list_folder("", root, ())
    return walker.visit(entries)


def read_source(folder: Path, path: str, *, max_file_bytes: int) -> SourceContent | SkippedFile:
    """Return the content of one file below the folder, read in one piece.

    No link is followed and only a regular file is opened, even if the folder has changed since it
    was walked. A file that keeps changing while it is read is skipped. So the content is one state
    of the file, as far as the file system's clock can tell. Raises OSError if the process has no
    file handles or memory left.
    """
    try:
        for _ in range(_READ_ATTEMPTS):
            read_ns = time.time_ns()
            before, content, after = _read_once(folder, path, max_file_bytes)
            if before.st_size > max_file_bytes:
                return _too_large(path, before.st_size, max_file_bytes)
            source = _source_file(path, before)
            if source == _source_file(path, after) and len(content) == before.st_size:
                return SourceContent(source, content, read_ns)
    except OSError as error:
        return _unreadable(path, error)
    return SkippedFile(path, SkipReason.UNREADABLE, "it changed while it was read")


def source_now(folder: Path, path: str) -> SourceFile | None:
    """Return the directory entry of a file below the folder, or None if it cannot be opened."""
    try:
        descriptor = _open_below(folder, path)
    except OSError:
        return None
    try:
        return _source_file(path, os.fstat(descriptor))
    finally:
        os.close(descriptor)


def read_encoding_rules(folder: Path) -> EncodingRules:
    """Return the encodings that the folder's `.spanlight.toml` names, if there is such a file.

    Raises InvalidSetting if it is wrong or cannot be read: a build would guess what a person knows.
    """
    path = folder / ENCODINGS_FILE
    try:
        descriptor = os.open(path, _OPEN_FILE)
        try:
            status, content, _ = _read_open(descriptor, _MAX_IGNORE_BYTES)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return EncodingRules()
    except OSError as error:
        raise InvalidSetting(f"{path} cannot be read: {_describe(error)}") from None
    if status.st_size > _MAX_IGNORE_BYTES:
        raise InvalidSetting(f"{path} has {status.st_size:,} bytes; it may have 1,000,000")
    return EncodingRules.parse(content, str(path))


def left_out(folder: Path, path: str) -> SkippedFile | None:
    """Return the reason why a walk would now leave out a file that it once found, or None.

    The ignore files on the way to it are read anew, and no link is followed. Whether there still is
    a file is for `read_source` to say.
    """
    rules: tuple[IgnoreRules, ...] = ()
    place = ""
    names = path.split("/")
    try:
        with closing(_folders_down(folder, names)) as folders:
            for number, descriptor in enumerate(folders, start=1):
                rules = (*rules, _read_ignore_file(descriptor, place)[0])
                place = "/".join(names[:number]) + "/" * (number < len(names))
                if (deciding := ignored_by(place, rules)) is not None:
                    return SkippedFile(path, SkipReason.IGNORED, f"by {deciding}{IGNORE_FILE}")
    except OSError as error:
        return _unreadable(path, error)
    return None


def folder_problem(folder: Path) -> str | None:
    """Return why the folder cannot be indexed, or None if it is there."""
    try:
        with _folder_errors(folder):
            os.close(os.open(folder, _OPEN_FOLDER))
    except FolderNotFound as error:
        return str(error)
    return None


def is_behind_link(folder: Path) -> bool:
    """Return whether the path of the folder, which once had no links in it, has one now."""
    return os.path.realpath(folder) != str(folder)


@contextmanager
def _folder_errors(folder: Path) -> Iterator[None]:
    """Raise FolderNotFound, which names the folder, for the errors of listing it."""
    try:
        yield
    except FileNotFoundError:
        raise FolderNotFound(f"there is no folder {str(folder)!r}") from None
    except NotADirectoryError:
        raise FolderNotFound(f"{str(folder)!r} is not a folder") from None
    except ValueError:
        raise FolderNotFound(f"{str(folder)!r} is not a path") from None
    except OSError as error:
        raise FolderNotFound(f"cannot list {str(folder)!r}: {_describe(error)}") from None


def _read_once(
    folder: Path, path: str, max_file_bytes: int
) -> tuple[os.stat_result, bytes, os.stat_result]:
    descriptor = _open_below(folder, path)
    try:
        return _read_open(descriptor, max_file_bytes)
    finally:
        os.close(descriptor)


def _read_open(
    descriptor: int, max_file_bytes: int
) -> tuple[os.stat_result, bytes, os.stat_result]:
    """Return the content of an open file, empty if it is too large, and its state around that."""
    before = os.fstat(descriptor)
    if not stat.S_ISREG(before.st_mode):
        raise OSError(errno.EINVAL, "it is no longer a regular file")
    content = b""
    if before.st_size <= max_file_bytes:
        with open(descriptor, "rb", closefd=False) as file:
            # Asking for one byte more than expected reveals a file that grew.
            content = file.read(before.st_size + 1)
    return before, content, os.fstat(descriptor)


def _open_below(folder: Path, path: str) -> int:
    """Return a descriptor of the file."""
    names = path.split("/")
    with closing(_folders_down(folder, names)) as folders:
        parent = next(islice(folders, len(names) - 1, None))
        return os.open(names[-1], _OPEN_FILE, dir_fd=parent)


def _folders_down(folder: Path, names: Sequence[str]) -> Generator[int]:
    """Yield a descriptor of each folder on the way to a file, which is open until the next one.

    They are opened one by one because O_NOFOLLOW protects only the last name of a path.
    """
    if not {"", ".", ".."}.isdisjoint(names):
        raise OSError(errno.EINVAL, "it is not a path below the folder")
    descriptor = os.open(folder, _OPEN_FOLDER)
    try:
        yield descriptor
        for parent in names[:-1]:
            below = os.open(parent, _OPEN_FOLDER | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
            yield descriptor
    finally:
        os.close(descriptor)


class _Entry(NamedTuple):
    """An entry of a folder. The path of a folder ends with a slash.

    Because of the slash, sorting the entries of each folder sorts the whole walk: `a-b`, `a.txt`,
    `a/`.
    """

    path: str
    found: os.DirEntry[str]
    rules: tuple[IgnoreRules, ...]


@dataclass(frozen=True, slots=True)
class _Walker:
    root: str
    excluded: frozenset[str]
    max_file_bytes: int
    entered: Callable[[str], None]

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
        self, path: str, absolute: str, rules: tuple[IgnoreRules, ...]
    ) -> list[_Entry | SkippedFile]:
        """Return the entries of the folder in reverse order, without hidden and excluded ones.

        Raises OSError if its ignore file cannot be read: indexing too little is better than
        indexing a file that someone meant to keep out.
        """
        self.entered(absolute)
        with os.scandir(absolute) as entries:
            found = list(entries)
        problems: list[SkippedFile] = []
        if any(entry.name == IGNORE_FILE for entry in found):
            own_rules, details = _rules_in(absolute, path)
            rules = (*rules, own_rules)
            ignore_file = path + IGNORE_FILE
            problems = [SkippedFile(ignore_file, SkipReason.UNREADABLE, each) for each in details]
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
        if (deciding := ignored_by(path, rules)) is not None:
            return SkippedFile(path, SkipReason.IGNORED, f"by {deciding}{IGNORE_FILE}")
        if path.endswith(INSIDE) and kind_of_container(path.removesuffix(INSIDE)) is not None:
            return SkippedFile(path, SkipReason.NAME, "the files inside an archive have such paths")
        try:
            if path.endswith("/"):
                return self.list_folder(path, found.path, rules)
            if (kind := temporary_kind(found.name)) is not None:
                return SkippedFile(path, SkipReason.TEMPORARY, f"the name is that of {kind}")
            return self._describe_file(path, found)
        except OSError as error:
            return _unreadable(path, error)

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


def _rules_in(absolute: str, base: str) -> tuple[IgnoreRules, list[str]]:
    descriptor = os.open(absolute, _OPEN_FOLDER)
    try:
        return _read_ignore_file(descriptor, base)
    finally:
        os.close(descriptor)


def _read_ignore_file(folder: int, base: str) -> tuple[IgnoreRules, list[str]]:
    """Return the rules of an open folder, and what is wrong with its ignore file, if it has one."""
    try:
        descriptor = os.open(IGNORE_FILE, _OPEN_FILE, dir_fd=folder)
        try:
            status, content, _ = _read_open(descriptor, _MAX_IGNORE_BYTES)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return IgnoreRules(base, ()), []
    except OSError as error:
        number = error.errno if error.errno in _EXHAUSTED else errno.EIO
        raise OSError(number, f"its {IGNORE_FILE}: {_describe(error)}") from None
    if status.st_size > _MAX_IGNORE_BYTES:
        raise OSError(errno.EFBIG, f"its {IGNORE_FILE} has {status.st_size:,} bytes")
    return IgnoreRules.parse(base, content)


def _source_file(path: str, status: os.stat_result) -> SourceFile:
    return SourceFile(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def _too_large(path: str, size_bytes: int, max_file_bytes: int) -> SkippedFile:
    detail = f"{size_bytes:,} bytes, the limit is {max_file_bytes:,}"
    return SkippedFile(path, SkipReason.TOO_LARGE, detail)


def _unreadable(path: str, error: OSError) -> SkippedFile:
    """Return the report of a file or folder that cannot be read.

    Raises the error if the file is not to blame: it is still there and must stay in the index.
    """
    if error.errno in _EXHAUSTED:
        raise error
    return SkippedFile(path, SkipReason.UNREADABLE, _describe(error))


def _describe(error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return "it vanished"
    if error.errno == errno.ELOOP:
        return "it is a symbolic link"
    return error.strerror or str(error)
