"""The names of files inside an archive -> paths that are safe, or why there is none.

Nothing is ever unpacked into a folder, so a name can do no harm. But a path must say where a file
is, and no two files may have the same one.
"""

from indexer.documents import SkippedFile, SkipReason
from indexer.reading.temporary import temporary_kind

__all__ = ["INSIDE", "MemberNames"]

INSIDE = "!/"
"""Separates the path of an archive from that of a file inside it."""

_LONGEST_NAME = 255
_LONGEST_PATH = 2_000
# What the Finder adds to archives.
_OF_FINDER = "__MACOSX"


class MemberNames:
    """The names of one archive that have been taken so far."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._copies: dict[str, int] = {}

    def path_of(self, name: str) -> str | SkippedFile | None:
        """Return the path of a member, None for a hidden one, or why it has none."""
        shown = name.encode("utf-8", "backslashreplace").decode()
        if shown != name or "\0" in name:
            return _without_path(shown, "the name is not valid UTF-8")
        parts = [part for part in _with_slashes(name).split("/") if part not in ("", ".")]
        if ".." in parts or name.startswith("/"):
            return _without_path(shown, "the name leads out of the archive")
        path = "/".join(parts)
        if not path:
            return _without_path(shown, "the name is empty")
        if len(path) > _LONGEST_PATH or max(map(len, parts)) > _LONGEST_NAME:
            return _without_path(shown[:_LONGEST_NAME], "the name is too long")
        if INSIDE in path:
            return _without_path(shown, f"{INSIDE!r} in a name separates archives from files")
        if parts[0] == _OF_FINDER or any(part.startswith(".") for part in parts):
            return None
        if (kind := temporary_kind(parts[-1])) is not None:
            return SkippedFile(path, SkipReason.TEMPORARY, f"the name is that of {kind}")
        return self._untaken(path)

    def _untaken(self, path: str) -> str:
        """Return the path, with a number if an earlier member has it."""
        folder, slash, name = path.rpartition("/")
        stem, dot, suffix = name.rpartition(".")
        untaken = path
        while untaken in self._taken:
            number = self._copies[path] = self._copies.get(path, 1) + 1
            numbered = f"{stem} ({number}).{suffix}" if dot and stem else f"{name} ({number})"
            untaken = f"{folder}{slash}{numbered}"
        self._taken.add(untaken)
        return untaken


def _with_slashes(name: str) -> str:
    """Return the name with slashes; some programs for Windows write backslashes."""
    return name if "/" in name else name.replace("\\", "/")


def _without_path(shown: str, detail: str) -> SkippedFile:
    return SkippedFile(shown.replace("\0", "\\0") or "?", SkipReason.NAME, detail)
