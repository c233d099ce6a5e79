"""Observes what a command does to files, through its system calls."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

__all__ = ["calls_of", "needs_strace"]

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")

CALL = re.compile(r"^(?P<thread>\d+) +(?P<name>\w+)\((?P<arguments>.*)$")
RESUMED = re.compile(r"^(?P<thread>\d+) +<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)$")
SUCCEEDED = re.compile(r"\) += (?!-1|\?)")
TRACED = (
    "open,openat,creat,close,dup,fcntl,lseek,write,pwrite64,writev,pwritev,ftruncate,fallocate,"
    "fsync,fdatasync,rename,renameat,renameat2,link,linkat,symlink,mkdir,mkdirat,unlink,unlinkat,rmdir"
)
# Show strings in full.
STRING_LIMIT = 100_000_000


def calls_of(command: list[str], trace: Path) -> Iterator[tuple[str, str]]:
    """Run the command; yield the name and the rest of each successful call, in order of completion.

    Descriptors are shown with the paths of their files.
    """
    options = ["-f", "-y", "-qq", "-s", str(STRING_LIMIT), "-e", f"trace={TRACED}"]
    done = subprocess.run(
        ["strace", *options, "-o", str(trace), *command],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and "ptrace" in done.stderr:
        pytest.skip("strace is not permitted here")
    assert done.returncode == 0, done.stderr
    begun: dict[str, str] = {}
    for line in trace.read_text(errors="replace").splitlines():
        if found := RESUMED.match(line):
            name, arguments = found["name"], begun.pop(found["thread"]) + found["rest"]
            if name == "close":
                continue
        elif found := CALL.match(line):
            name, arguments = found["name"], found["arguments"]
            if arguments.endswith("<unfinished ...>"):
                begun[found["thread"]] = arguments.removesuffix("<unfinished ...>")
                if name != "close":
                    continue
                # Another thread may get its descriptor before this call is reported as finished.
                arguments = arguments.replace("<unfinished ...>", ") = 0")
        else:
            continue
        if SUCCEEDED.search(arguments):
            yield name, arguments
