"""The state of the index that the server answers from."""

import platform
from functools import cache

from api.contract.status import Drift, Status
from api.search.searcher import Searcher
from indexer.command.version import version
from indexer.errors import without_surrogates
from indexer.index.manifest import FORMAT_VERSION, engine_versions

__all__ = ["index_status"]


def index_status(
    searcher: Searcher, *, building: bool = False, drift: Drift | None = None
) -> Status:
    """Return the state of the searcher's index.

    The caller says whether its successor is being built, and how the folder has changed.
    """
    manifest, reranker = searcher.snapshot.manifest, searcher.reranker
    return Status.model_validate(
        {
            "generation": manifest.generation,
            "folder": without_surrogates(manifest.folder),
            "built": manifest.built,
            "building": building,
            "documents": manifest.documents,
            "passages": manifest.passages,
            "with_vectors": manifest.with_vectors,
            "model": manifest.config.model,
            "language": manifest.config.language,
            "vector_index": manifest.vectors.kind if manifest.vectors else None,
            "fusion": searcher.ranking.fusion,
            "semantic_weight": searcher.ranking.semantic_weight,
            "reranker": reranker.name if reranker is not None and reranker.ready else None,
            "format_version": FORMAT_VERSION,
            "version": version(),
            "python": platform.python_version(),
            "engines": _running_engines(),
            "built_with": manifest.engines,
            "drift": drift,
        }
    )


@cache
def _running_engines() -> dict[str, str]:
    return engine_versions()
