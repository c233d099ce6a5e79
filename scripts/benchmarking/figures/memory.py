"""The memory and the processor time of a process and its descendants, as Linux counts them."""

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

__all__ = [
    "MEGABYTE",
    "MemoryUse",
    "PeakMemory",
    "cpu_of_children",
    "peak_of_children",
    "tree_memory",
]

# Short enough to notice a single batch; it does not slow down the sampled process.
INTERVAL = 0.05
KIB = 1_024
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Resident megabytes; `anonymous` leaves out mapped files, which the system can drop."""

    resident: float = 0.0
    anonymous: float = 0.0

    def larger(self, other: "MemoryUse") -> "MemoryUse":
        """Return the larger value of each field."""
        return MemoryUse(max(self.resident, other.resident), max(self.anonymous, other.anonymous))


def tree_memory(pid: int) -> MemoryUse:
    """Return the current memory of the process and its descendants; 0 once it has ended."""
    resident = anonymous = 0
    for each in _tree(pid):
        status = _status(each)
        resident += status.get("VmRSS", 0)
        anonymous += status.get("RssAnon", 0)
    return MemoryUse(resident * KIB / MEGABYTE, anonymous * KIB / MEGABYTE)


def peak_of_children(pid: int) -> float:
    """Return the most megabytes that the children of the process have had so far, together."""
    return sum(_status(child).get("VmHWM", 0) for child in _children(pid)) * KIB / MEGABYTE


def cpu_of_children(pid: int) -> float:
    """Return the seconds of a processor that the living children of the process have had."""
    ticks = 0
    for child in _children(pid):
        # The name of the program, in parentheses, may hold blanks.
        values = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        ticks += int(values[11]) + int(values[12])
    return ticks / os.sysconf("SC_CLK_TCK")


class PeakMemory:
    """Watches a process tree while the block runs; `peak` is the largest sum so far."""

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
    for each in pids:  # grows during the loop by children of children
        pids += _children(each)
    return pids


def _children(pid: int) -> list[int]:
    """Return the children of all threads of the process; Linux lists them by thread."""
    children: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children += map(int, path.read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue  # the thread ended meanwhile
    return children


def _status(pid: int) -> dict[str, int]:
    """Return the memory figures in the process's status, in KiB; empty once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    fields = (line.split() for line in lines if line.endswith(" kB"))
    return {name.rstrip(":"): int(kib) for name, kib, _ in fields}
