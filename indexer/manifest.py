"""The manifest: the file that describes a generation, and is written last."""

import json
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from indexer.config import IndexConfig
from indexer.errors import FormatVersionMismatch, IndexDamaged
from indexer.vectors import VectorParameters

__all__ = ["FORMAT_VERSION", "MANIFEST_NAME", "FileChecksum", "Manifest", "engine_versions"]

FORMAT_VERSION = 1
# 1: documents and passages in SQLite, tantivy 0.27, FAISS 1.15, vectors as .npy files.

MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class FileChecksum:
    """Size in bytes and sha256 of one file of a generation."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation is: made from what, by what, holding what.

    `built` is an ISO 8601 time in UTC. `dead_passages` are removed ones that BM25's statistics
    still count. `files` are relative to the generation's folder.
    """

    generation: str
    number: int
    built: str
    folder: str
    config: IndexConfig
    model_identity: str | None
    dimension: int
    documents: int
    passages: int
    dead_passages: int
    vectors: VectorParameters | None
    engines: dict[str, str]
    files: dict[str, FileChecksum]
    format_version: int = field(default=FORMAT_VERSION)

    def to_json(self) -> str:
        values = asdict(self) | {"vectors": self.vectors._asdict() if self.vectors else None}
        return json.dumps(values, indent=2, sort_keys=True) + "\n"

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Return the manifest in this file.

        Raises FormatVersionMismatch or IndexDamaged, naming the file.
        """
        try:
            values: dict[str, Any] = json.loads(path.read_bytes())
            found = values["format_version"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexDamaged(f"{path} cannot be read ({error}); run reindex.py --full") from error
        if found != FORMAT_VERSION:
            raise FormatVersionMismatch(
                f"{path} is of index format {found}, and this version of Spanlight reads "
                f"{FORMAT_VERSION}; run reindex.py --full"
            )
        try:
            vectors = values.pop("vectors")
            files = values.pop("files")
            return cls(
                **values
                | {
                    "config": IndexConfig(**values["config"]),
                    "vectors": VectorParameters(**vectors) if vectors else None,
                    "files": {name: FileChecksum(**entry) for name, entry in files.items()},
                }
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise IndexDamaged(f"{path} is damaged ({error}); run reindex.py --full") from error


def engine_versions() -> dict[str, str]:
    """Return the versions of the engines that write an index."""
    return {name: version(name) for name in ("tantivy", "faiss-cpu")}
