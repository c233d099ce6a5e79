"""How much memory a process and all its descendants take, as Linux counts it."""

import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

__all__ = ["MEGABYTE", "MemoryUse", "PeakMemory", "tree_memory"]

# Short enough to see a batch come and go; costs the sampled process nothing.
INTERVAL = 0.05
KIB = 1_024
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Megabytes resident; `anonymous` leaves out files that the system can drop and read again."""

    resident: float = 0.0
    anonymous: float = 0.0

    def larger(self, other: "MemoryUse") -> "MemoryUse":
        """Return the larger of each."""
        return MemoryUse(max(self.resident, other.resident), max(self.anonymous, other.anonymous))


def tree_memory(pid: int) -> MemoryUse:
    """Return what the process and its descendants take now; nothing once it has ended."""
    resident = anonymous = 0
    for each in _tree(pid):
        status = _status(each)
        resident += status.get("VmRSS", 0)
        anonymous += status.get("RssAnon", 0)
    return MemoryUse(resident * KIB / MEGABYTE, anonymous * KIB / MEGABYTE)


class PeakMemory:
    """Watches a process tree while the block runs; `peak` holds the largest sums seen."""

    def __init__(self, pid: int) -> None:
        self.peak = MemoryUse()
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self.peak = self.peak.larger(tree_memory(self._pid))
            if self._ended.wait(INTERVAL):
                return


def _tree(pid: int) -> list[int]:
    pids = [pid]
    for each in pids:  # grows while it is read: children, then theirs
        pids += _children(each)
    return pids


def _children(pid: int) -> list[int]:
    """Return the children of every thread of the process; each thread has its own."""
    children: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children += map(int, path.read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue  # the thread ended meanwhile
    return children


def _status(pid: int) -> dict[str, int]:
    """Return the process's own account of itself, in KiB; empty once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    fields = (line.split() for line in lines if line.endswith(" kB"))
    return {name.rstrip(":"): int(kib) for name, kib, _ in fields}
