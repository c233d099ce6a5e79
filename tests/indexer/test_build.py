import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer import generation_writer, vectors
from indexer.build import BuildReport, build_index, document_id, plan_build
from indexer.config import NO_MODEL, IndexConfig
from indexer.documents import SkippedFile, SkipReason
from indexer.embedder import Embedder
from indexer.generation import IndexFolder
from tests.hashed_embedder import HashedEmbedder
from tests.indexer.folder_changes import AGED_NS, FolderChange, histories
from tests.indexer.index_content import SMALL, IndexContent, content_of, open_index
from tests.indexer.opened_files import opened_files

LEXICAL = replace(SMALL, model=NO_MODEL)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for each example: Hypothesis runs many examples within one `tmp_path`."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "folder").mkdir()
        yield Path(name)


def write_files(folder: Path, **contents: str) -> None:
    """Write files whose directory entries a later build can trust."""
    for name, content in contents.items():
        path = folder / f"{name}.txt"
        path.write_text(content, encoding="utf-8")
        os.utime(path, ns=(AGED_NS, AGED_NS))


def build(
    folder: Path, index: IndexFolder, embedder: Embedder | None = None, *, full: bool = False
) -> BuildReport:
    config = SMALL if embedder is not None else LEXICAL
    return build_index(folder, index, config, embedder=embedder, full=full)


def assert_same(found: IndexContent, expected: IndexContent) -> None:
    assert found.documents == expected.documents
    assert found.passages == expected.passages
    assert found.signatures == expected.signatures
    assert found.semantic == expected.semantic
    for query, ranking in expected.lexical.items():
        places, scores = [place for place, _ in ranking], [score for _, score in ranking]
        assert [place for place, _ in found.lexical[query]] == places, query
        assert [score for _, score in found.lexical[query]] == pytest.approx(scores, abs=1e-6)


# Incremental equals fresh


@pytest.mark.parametrize("model", ["hashed", NO_MODEL])
@settings(max_examples=40, deadline=None)
@given(history=histories)
def test_an_incremental_build_equals_a_fresh_one(
    model: str, history: list[list[FolderChange]]
) -> None:
    with temporary_folder() as place:
        folder, index = place / "folder", IndexFolder(place / "index")
        for number, changes in enumerate(history):
            for change in changes:
                change.apply(folder)
            embedder = HashedEmbedder() if model == "hashed" else None
            build(folder, index, embedder)
            fresh = IndexFolder(place / f"fresh-{number}")
            build(folder, fresh, embedder)
            assert_same(content_of(index), content_of(fresh))
            assert index.current().manifest.dead_passages == 0


def test_x() -> None: ...
