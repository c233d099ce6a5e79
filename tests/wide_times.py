"""Files of any year: folders on file systems that can hold such times."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

__all__ = ["folder_for_times", "nanoseconds", "set_time"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A tmpfs holds every year; ext4 holds those from 1901 to 2446.
PLACES = (None, "/dev/shm")


def nanoseconds(year: int) -> int:
    """Return the start of the year, since the epoch."""
    return (datetime(year, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1) * 1_000


def set_time(path: Path, time_ns: int) -> None:
    os.utime(path, ns=(time_ns, time_ns))


@contextmanager
def folder_for_times(*times_ns: int) -> Iterator[Path | None]:
    """Yield a new folder whose file system holds these times; None if there is no such place."""
    for place in PLACES:
        if place is not None and not os.access(place, os.W_OK):
            continue
        with tempfile.TemporaryDirectory(dir=place) as folder:
            if all(_is_held(Path(folder), time_ns) for time_ns in times_ns):
                yield Path(folder)
                return
    yield None


def _is_held(folder: Path, time_ns: int) -> bool:
    probe = folder / "probe"
    probe.touch()
    try:
        set_time(probe, time_ns)
        return probe.stat().st_mtime_ns == time_ns
    except (OSError, OverflowError):
        return False
    finally:
        probe.unlink()
