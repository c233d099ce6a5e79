"""Filters that keep about one passage in a hundred of an index, made of its own documents."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from re import sub

import numpy as np

from indexer.index.catalog import Catalog
from indexer.index.generation import IndexFolder
from indexer.index.store.reader import PassageStore

__all__ = ["MOST_FILTERS", "NarrowFilter", "narrow_filters", "read_catalog"]

SHARE = 0.01
# A time or a type that keeps more or less than this is no such filter.
CLOSE_ENOUGH = (0.005, 0.02)
# A glob, and a time or a type where one fits.
MOST_FILTERS = 2
# Longer beginnings of names tell single files apart.
PREFIX_CHARS = 24
MICROSECOND_NS = 1_000


@dataclass(frozen=True, slots=True)
class NarrowFilter:
    """A parameter of a search, and the share of the passages that it keeps."""

    parameter: str
    value: str
    share: float

    def __str__(self) -> str:
        return f"{self.parameter}={self.value}"


def read_catalog(index: Path) -> Catalog:
    """Return the documents of the current generation."""
    folder = IndexFolder(index)
    store = PassageStore(folder.store)
    try:
        return store.catalog(folder.current().manifest.number)
    finally:
        store.close()


def narrow_filters(catalog: Catalog) -> list[NarrowFilter]:
    """Return a glob that keeps about a hundredth, and a time or a type if there is one."""
    passages = sum(entry.passages for entry in catalog.entries)
    globs = _closest(_globs(catalog), passages)
    others = _closest([*_times(catalog, passages), *_types(catalog)], passages)
    least, most = CLOSE_ENOUGH
    return [*globs, *(each for each in others if least <= each.share <= most)]


def _closest(found: list[tuple[str, str, int]], passages: int) -> list[NarrowFilter]:
    """Return the filter that keeps nearest to a hundredth of the passages, if there is any."""
    filters = [NarrowFilter(name, value, kept / passages) for name, value, kept in found if kept]
    return sorted(filters, key=lambda each: abs(each.share - SHARE))[:1]


def _globs(catalog: Catalog) -> list[tuple[str, str, int]]:
    """Return a glob for each folder, and for each beginning of names that some files share."""
    kept: Counter[str] = Counter()
    for entry in catalog.entries:
        for glob in dict.fromkeys(_globs_of(entry.path)):
            kept[glob] += entry.passages
    return [("path", glob, passages) for glob, passages in kept.items()]


def _globs_of(path: str) -> Iterator[str]:
    """Yield globs that match the path: its folders, and the beginnings of all names in it."""
    folder = path.rpartition("/")[0]
    while folder:
        yield f"/{_escaped(folder)}/"
        folder = folder.rpartition("/")[0]
    for name in path.split("/"):
        for end in range(1, min(len(name), PREFIX_CHARS) + 1):
            yield f"{_escaped(name[:end])}*"


def _escaped(text: str) -> str:
    return sub(r"([\\*?\[])", r"\\\1", text)


def _times(catalog: Catalog, passages: int) -> list[tuple[str, str, int]]:
    """Return the time since when a hundredth of the passages was modified."""
    counts = np.array([entry.passages for entry in catalog.entries])
    newest = np.argsort(catalog.modified_ns)[::-1]
    enough = np.flatnonzero(np.cumsum(counts[newest]) >= SHARE * passages)
    if not len(enough):
        return []
    edge_ns = int(catalog.modified_ns[newest[enough[0]]]) // MICROSECOND_NS * MICROSECOND_NS
    moment = datetime.fromtimestamp(edge_ns // 1_000_000_000, UTC)
    moment = moment.replace(microsecond=edge_ns % 1_000_000_000 // MICROSECOND_NS)
    kept = int(counts[catalog.modified_ns >= edge_ns].sum())
    return [("modified_after", moment.isoformat(), kept)]


def _types(catalog: Catalog) -> list[tuple[str, str, int]]:
    kept: Counter[str] = Counter()
    for entry in catalog.entries:
        kept[entry.media_type] += entry.passages
    return [("type", media_type, passages) for media_type, passages in kept.items()]
