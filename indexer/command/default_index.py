"""Print where the index of a folder goes by default. ./scripts/run uses this."""

import hashlib
import os
import sys
from pathlib import Path

from indexer.errors import IndexUnusable
from indexer.index.folder import IndexFolder

__all__ = ["default_index"]


def default_index(folder: Path, indexes: Path) -> Path:
    """Return the default index or, if another folder uses it, one named after this folder."""
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
