"""Power loss at any moment of a build: the system calls of the real command are replayed,
and writes that were not synced are dropped.

A disk may store names early or late. At the latest, a name is stored when its
folder is synced; at the earliest, at once and before its content, which then reads as zeros.
"""

import ast
import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from indexer.building.build import build_index
from indexer.building.check import check_index
from indexer.building.task import BuildTask
from indexer.config import NO_MODEL, IndexConfig
from indexer.errors import IndexNotFound
from indexer.index.folder import IndexFolder
from tests.indexer.builds import LEXICAL, NIGHT, RIVER, write_files
from tests.indexer.index_content import IndexContent, content_of
from tests.indexer.system_calls import calls_of, needs_strace

REINDEX = Path(__file__).parents[3] / "scripts" / "reindex.py"
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
OPENED = re.compile(r"= (?P<descriptor>\d+)<(?P<path>[^>]*)>$")
DESCRIPTOR = re.compile(r"^(?P<descriptor>\d+)<(?P<path>[^>]*)>")
RESULT = re.compile(r"\) += (?P<result>\d+)")


@dataclass(slots=True)
class File:
    content: bytearray = field(default_factory=bytearray)
    synced: bytes = b""

    def write(self, offset: int, data: bytes) -> None:
        if len(self.content) < offset:
            self.content.extend(bytes(offset - len(self.content)))
        self.content[offset : offset + len(data)] = data

    def after_power_loss(self, *, eager: bool) -> bytes:
        """Return the content that is left, with zeros where only the length was stored."""
        if not eager:
            return self.synced
        kept = self.synced[: len(self.content)]
        return kept + bytes(len(self.content) - len(kept))


@dataclass(slots=True)
class OpenFile:
    """The state that duplicated descriptors share."""

    file: File
    offset: int

    def write(self, data: bytes) -> None:
        self.file.write(self.offset, data)
        self.offset += len(data)


class Disk:
    """The files and folders below a root, and what would remain of them. A folder is None."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._names: dict[str, File | None] = {self._root: None}
        self._kept_names = dict(self._names)
        self._open: dict[str, OpenFile] = {}
        for path in sorted(root.rglob("*")):
            content = None if path.is_dir() else path.read_bytes()
            self._names[str(path)] = None if content is None else File(bytearray(content), content)
        self._kept_names = dict(self._names)

    def do(self, name: str, arguments: str) -> bool:
        """Replay a call; return whether it changes the state after a power loss."""
        strings = [ast.literal_eval(f'b"{each}"') for each in STRING.findall(arguments)]
        found = DESCRIPTOR.match(arguments)
        if name in {"open", "openat", "creat"}:
            return self._open_file(arguments)
        if found is not None and name in CALLS_ON_DESCRIPTORS:
            if not self._is_below(found["path"]):
                return False
            return self._on_descriptor(name, found["descriptor"], found["path"], arguments, strings)
        paths = [each.decode() for each in strings if self._is_below(each.decode(errors="replace"))]
        return bool(paths) and self._change_names(name, paths)

    def write_out(self, place: Path, *, eager: bool) -> None:
        """Write the files that would remain after a power loss now."""
        names = self._names if eager else self._kept_names
        for path in sorted(names):
            target = place / Path(path).relative_to(self._root)
            if not target.parent.is_dir():
                continue  # the name of a folder above it was not stored
            file = names[path]
            if file is None:
                target.mkdir(exist_ok=True)
            else:
                target.write_bytes(file.after_power_loss(eager=eager))

    def _is_below(self, path: str) -> bool:
        return path == self._root or path.startswith(f"{self._root}/")

    def _open_file(self, arguments: str) -> bool:
        found = OPENED.search(arguments)
        if found is None or not self._is_below(found["path"]):
            return False
        path, descriptor = found["path"], found["descriptor"]
        if path in self._names and self._names[path] is None:
            return False
        is_new = path not in self._names
        file = self._names.setdefault(path, File())
        assert file is not None
        if "O_TRUNC" in arguments:
            file.content.clear()
        self._open[descriptor] = OpenFile(file, len(file.content) * ("O_APPEND" in arguments))
        return is_new

    def _on_descriptor(
        self, name: str, descriptor: str, path: str, arguments: str, strings: list[bytes]
    ) -> bool:
        if name in {"fsync", "fdatasync"}:
            return self._sync(descriptor, path)
        if descriptor not in self._open:
            return False  # a folder
        opened = self._open[descriptor]
        result = RESULT.search(arguments)
        assert result is not None
        match name:
            case "close":
                self._open.pop(descriptor, None)
            case "dup":
                self._open[result["result"]] = opened
            case "fcntl":
                if "F_DUPFD" in arguments:
                    self._open[result["result"]] = opened
            case "lseek":
                opened.offset = int(result["result"])
            case "write" | "writev":
                opened.write(b"".join(strings))
            case "pwrite64":
                offset = int(arguments[: result.start()].rpartition(", ")[2])
                opened.file.write(offset, strings[0])
            case "ftruncate":
                length = int(arguments[: result.start()].rpartition(", ")[2])
                del opened.file.content[length:]
                opened.file.write(length, b"")
            case _:
                raise AssertionError(f"{name} is not known here")
        return False

    def _sync(self, descriptor: str, path: str) -> bool:
        if (file := self._names.get(path)) is None and descriptor in self._open:
            file = self._open[descriptor].file  # it no longer has a name
        if file is not None:
            file.synced = bytes(file.content)
            return True
        inside = [name for name in self._names if str(Path(name).parent) == path]
        for name in [name for name in self._kept_names if str(Path(name).parent) == path]:
            del self._kept_names[name]
        self._kept_names.update({name: self._names[name] for name in inside})
        return True

    def _change_names(self, name: str, paths: list[str]) -> bool:
        if name.startswith("rename"):
            self._names[paths[1]] = self._names.pop(paths[0])
        elif name.startswith("link"):
            self._names[paths[1]] = self._names[paths[0]]
        elif name.startswith("mkdir"):
            self._names[paths[0]] = None
        elif name.startswith(("unlink", "rmdir")):
            # shutil.rmtree uses names relative to the descriptor of a folder.
            self._names.pop(paths[-1], None)
        else:
            raise AssertionError(f"{name} is not known here")
        return True


CALLS_ON_DESCRIPTORS = {
    *{
        "close",
        "dup",
        "fcntl",
        "lseek",
        "write",
        "pwrite64",
        "writev",
        "pwritev",
        "ftruncate",
        "fallocate",
    },
    *{"fsync", "fdatasync"},
}


def absolute(name: str, arguments: str) -> str:
    """Return the arguments with full paths instead of names relative to a folder's descriptor."""
    if not name.endswith("at") or name == "openat":
        return arguments
    return re.sub(r'\d+<([^>]*)>, "([^/"][^"]*)"', r'"\1/\2"', arguments)


@pytest.fixture
def scenes(folder: Path, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Yield each next build with the index before it; the folder changes in between."""
    index = tmp_path / "index"

    def prepared() -> Iterator[tuple[str, Path]]:
        write_files(folder, a=NIGHT, b=RIVER)
        index.mkdir()
        yield "a first build", index
        write_files(folder, c=NIGHT * 2)
        yield "files that are added", index
        write_files(folder, d=NIGHT)
        build_index(BuildTask(folder, IndexFolder(index), IndexConfig(model=NO_MODEL)))
        for manifest in index.glob("generations/*/manifest.json"):
            os.utime(manifest, (1, 1))
        write_files(folder, a=RIVER * 2)
        (folder / "b.txt").unlink()
        yield "files that change and go, and old generations", index

    return prepared()


@needs_strace
def test_a_power_loss_leaves_the_old_or_the_new_index(
    scenes: Iterator[tuple[str, Path]], folder: Path, tmp_path: Path
) -> None:
    command = [sys.executable, str(REINDEX), str(folder), "--model", "none", "--index"]
    numbers = count()
    for what, path in scenes:
        disk = Disk(path)
        before = None if what == "a first build" else content_of(IndexFolder(path), LEXICAL)
        calls = list(calls_of([*command, str(path)], tmp_path / "trace"))
        after = content_of(IndexFolder(path), LEXICAL)
        found = set()
        for name, arguments in calls:
            if not disk.do(name, absolute(name, arguments)):
                continue
            for eager in (False, True) if "sync" in name else (True,):
                left = IndexFolder(tmp_path / f"left-{next(numbers)}")
                disk.write_out(left.path, eager=eager)
                found.add(what_is_left(left, before, after))
                # An engine may still be cleaning up there.
                shutil.rmtree(left.path, ignore_errors=True)
        assert found == {"before", "after"}, what


def what_is_left(index: IndexFolder, before: IndexContent | None, after: IndexContent) -> str:
    try:
        index.current()
    except IndexNotFound:
        assert before is None
        return "before"
    assert check_index(index) == []
    content = content_of(index, LEXICAL)
    if content == after:
        return "after"
    assert content == before
    return "before"
