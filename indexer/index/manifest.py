"""The manifest: the file that describes a generation and is written last."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from indexer.config import IndexConfig
from indexer.errors import FormatVersionMismatch, IndexDamaged, InvalidSetting
from indexer.index.disk.failures import storage_errors
from indexer.index.vectors.vector_index import VectorParameters

__all__ = [
    "FORMAT_VERSION",
    "MANIFEST_NAME",
    "FileChecksum",
    "Manifest",
    "engine_versions",
    "sealed",
]

FORMAT_VERSION = 7
# 1: documents and passages in SQLite, tantivy 0.27, FAISS 1.15, vectors as .npy files.
# 2: lines that many files of a folder repeat are not searched in each: boilerplate.json.
# 3: passages may be searchable by words before they have vectors: vectors/pending.npy.
# 4: the checksums of documents in the store also cover their directory entries.
# 5: the store lists its generations.
# 6: other terms; every word of a passage is in the lexical index, and so is the name of its file.
# 7: other terms: characters of Thai, long words, words beside borders; the text of web pages, PDF
# and other formats, with maps of where in the files it is from.

MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class FileChecksum:
    """Size in bytes and sha256 of one file of a generation."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation was built from, what built it, and what it contains.

    `built` is an ISO 8601 time in UTC. `dead_passages` is the number of removed passages that
    BM25's statistics still count. `engines` are the versions of the libraries that wrote it; its
    entry `embedding` names the library that computed the newest vectors. `files` are relative to
    the generation's folder.
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

    @property
    def with_vectors(self) -> int:
        """How many passages have vectors. It is 0 for an index without a model."""
        return self.vectors.passages if self.vectors else 0

    @property
    def pending(self) -> int:
        """How many passages have no vectors yet. It is 0 for an index without a model."""
        return self.passages - self.with_vectors if self.vectors else 0

    @property
    def lacks_vectors(self) -> bool:
        """Whether the index has a model and passages, but none of them has a vector yet."""
        return 0 < self.passages == self.pending

    def to_json(self) -> str:
        values = asdict(self) | {"vectors": self.vectors._asdict() if self.vectors else None}
        return json.dumps(sealed(values), indent=2, sort_keys=True) + "\n"

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Return the manifest in this file.

        Raises FormatVersionMismatch, IndexDamaged or StorageError, which name the file.
        """
        with storage_errors(path):
            try:
                content = path.read_bytes()
            except (FileNotFoundError, NotADirectoryError) as error:
                raise IndexDamaged.missing(path) from error
        try:
            values: dict[str, Any] = json.loads(content)
            found = values["format_version"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise IndexDamaged.with_remedy(f"{path} cannot be read ({error})") from error
        if found != FORMAT_VERSION:
            raise FormatVersionMismatch.with_remedy(
                f"{path} has index format {found}, but this version of Spanlight reads "
                f"{FORMAT_VERSION}"
            )
        if sealed(values) != values:
            raise IndexDamaged.with_remedy(f"{path} has changed since it was written")
        try:
            del values["sha256"]
            vectors = values.pop("vectors")
            files = values.pop("files")
            return cls(
                **values
                | {
                    "config": IndexConfig(**values["config"]),
                    "vectors": VectorParameters(**vectors) if vectors else None,
                    "files": {_inside(name): _checksum(**entry) for name, entry in files.items()},
                }
            )
        except (LookupError, TypeError, AttributeError, ValueError, InvalidSetting) as error:
            raise IndexDamaged.with_remedy(f"{path} is damaged ({error})") from error

    @staticmethod
    def folder_in(path: Path) -> str | None:
        """Return the folder that a manifest of any format names; None if it names none."""
        try:
            folder = json.loads(path.read_bytes())["folder"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return folder if isinstance(folder, str) else None


def _inside(name: str) -> str:
    """Return the name of a file. Raises ValueError if it may lead out of the generation."""
    parts = name.split("/")
    if not all(parts) or not {".", ".."}.isdisjoint(parts) or "\0" in name:
        raise ValueError(f"{name!r} is not a file of a generation")
    return name


def _checksum(*, size: object, sha256: object) -> FileChecksum:
    if not isinstance(size, int) or not isinstance(sha256, str):
        raise TypeError(f"{size!r} and {sha256!r} are not a size and a hash")
    return FileChecksum(size, sha256)


def sealed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a manifest, with the hash of all other values as `sha256`."""
    others = {name: value for name, value in values.items() if name != "sha256"}
    text = json.dumps(others, sort_keys=True)
    return others | {"sha256": hashlib.sha256(text.encode()).hexdigest()}


def engine_versions() -> dict[str, str]:
    """Return the versions of the engines that write an index."""
    return {name: version(name) for name in ("tantivy", "faiss-cpu")}
