"""Print where the index of a folder goes when nobody says: what ./scripts/run asks."""

import hashlib
import os
import sys
from pathlib import Path

from indexer.errors import IndexUnusable
from indexer.index.generation import IndexFolder

__all__ = ["default_index"]


def default_index(folder: Path, indexes: Path) -> Path:
    """Return the default index, unless another folder has it; then one named after the folder."""
    index = indexes / "index"
    root = os.path.realpath(folder)
    try:
        taken = IndexFolder(index).current().manifest.folder != root
    except IndexUnusable:
        taken = False
    if not taken:
        return index
    return indexes / f"index-{hashlib.sha256(os.fsencode(root)).hexdigest()[:12]}"


if __name__ == "__main__":
    print(default_index(Path(sys.argv[1]), Path(sys.argv[2])))
