"""The registry: which index belongs to which folder. Every command finds an index through it.

It keeps no list, because a list could go stale. Indexes are kept side by side, each knows its
folder, and a new one is named after its folder. `--index` and SPANLIGHT_INDEX go past the registry.

They are kept in SPANLIGHT_INDEXES, or else in these places:

    ./.spanlight               if the current folder has one
    CHECKOUT/.spanlight        for a Spanlight that runs from its checkout
    $XDG_DATA_HOME/spanlight   for an installed one (~/.local/share/spanlight)
"""

import hashlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.command.environment import PREFIX as VARIABLES
from indexer.errors import IndexNotFound, UsageError
from indexer.index.folder import IndexFolder

__all__ = ["KnownIndex", "Registry", "registry"]

# In the current folder, and in a checkout.
NAME = ".spanlight"
# Lies in a checkout, and is not installed.
OF_A_CHECKOUT = "scripts/run"
NAMED_AFTER_FOLDER = "index-"
# Of the hash in a name; enough that no two folders share one.
HASH_DIGITS = 12


@dataclass(frozen=True, slots=True)
class KnownIndex:
    """An index, and the folder that it was built from."""

    index: Path
    folder: Path


class Registry:
    """The indexes in some places. A new one goes to the first place."""

    def __init__(self, places: Sequence[Path]) -> None:
        self.places = places

    def known(self) -> list[KnownIndex]:
        """Return the indexes with something published, whatever state they are in."""
        found = (
            KnownIndex(index, Path(folder))
            for index in self._indexes()
            if (folder := IndexFolder(index).folder_of_documents()) is not None
        )
        # Two places may be the same one.
        return list({each.index.resolve(): each for each in found}.values())

    def index_of(self, folder: Path) -> Path:
        """Return the index of exactly this folder, or the place for its first one."""
        root = os.path.realpath(folder)
        for each in self.known():
            if str(each.folder) == root:
                return each.index
        digits = hashlib.sha256(os.fsencode(root)).hexdigest()[:HASH_DIGITS]
        return self.places[0] / f"{NAMED_AFTER_FOLDER}{digits}"

    def around(self, place: Path) -> KnownIndex | None:
        """Return the index of this folder, or of the nearest one above it; None if none has one."""
        here = Path(os.path.realpath(place))
        above = [each for each in self.known() if here.is_relative_to(each.folder)]
        return max(above, key=lambda each: len(each.folder.parts), default=None)

    def index_for(self, place: Path) -> Path:
        """Return the index to ask in this folder: the one around it, or the only one that there is.

        Raises IndexNotFound, which lists the folders that have an index.
        """
        around, known = self.around(place), self.known()
        if around is not None:
            return around.index
        if len(known) == 1:
            return known[0].index
        if not known:
            raise IndexNotFound(
                "no folder has an index yet; build one with: spanlight index FOLDER"
            )
        folders = "".join(f"\n  {folder}" for folder in sorted(each.folder for each in known))
        raise IndexNotFound(
            f"{place} is in no folder that has an index; name the folder, or go into one of "
            f"these:{folders}"
        )

    def _indexes(self) -> Iterator[Path]:
        for place in self.places:
            if place.is_dir():
                yield from sorted(path for path in place.glob("index*") if path.is_dir())


def registry(environment: Mapping[str, str] = os.environ) -> Registry:
    """Return the registry of this process."""
    if chosen := environment.get(f"{VARIABLES}INDEXES"):
        return Registry([Path(chosen)])
    here = Path(NAME)
    return Registry([*([here] if here.is_dir() else []), _home(environment)])


def _home(environment: Mapping[str, str]) -> Path:
    root = Path(__file__).resolve().parents[2]
    if (root / OF_A_CHECKOUT).is_file():
        return root / NAME
    data = environment.get("XDG_DATA_HOME")
    # A relative path in this variable is invalid, and to be ignored.
    if data and Path(data).is_absolute():
        return Path(data) / "spanlight"
    try:
        return Path.home() / ".local" / "share" / "spanlight"
    except RuntimeError:
        raise UsageError(
            "this user has no home, so there is no place for indexes; set SPANLIGHT_INDEX"
        ) from None


if __name__ == "__main__":
    print(registry().index_of(Path(sys.argv[1])))
