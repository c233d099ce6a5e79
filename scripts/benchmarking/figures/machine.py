"""The machine that figures were measured on; figures mean nothing without it."""

import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

__all__ = ["Machine", "describe_machine"]

ENGINES = ("tantivy", "faiss-cpu", "sentence-transformers", "torch")


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine. `cores` are those that this process may use; `memory_mb` is the total memory.

    `load` is the mean number of processes that wanted a core in the minute before. On a busy
    machine, other work distorts the figures.
    """

    cpu: str
    cores: int
    memory_mb: int
    system: str
    python: str
    load: float
    versions: dict[str, str]

    def __str__(self) -> str:
        return (
            f"{self.cpu}, {self.cores} cores, {self.memory_mb / 1_000:.0f} GB; {self.system}; "
            f"Python {self.python}; load before: {self.load:.1f}"
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def describe_machine() -> Machine:
    """Return a description of this machine."""
    return Machine(
        cpu=_cpu_model(),
        cores=len(os.sched_getaffinity(0)),
        memory_mb=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000,
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        load=os.getloadavg()[0],
        versions={name: _version(name) for name in ENGINES},
    )


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()  # kernels on ARM do not name the model


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
