"""A process that has few file handles left."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["free_handles"]


@contextmanager
def free_handles(count: int) -> Iterator[None]:
    """Leave this process as many file handles as these."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    # The lowest free numbers are given out first.
    free: list[int] = []
    while len(free) < count + 1:
        free.append(os.dup(0))
    for handle in free:
        os.close(handle)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free[-1], limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
