import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from indexer.config import IndexConfig
from indexer.errors import FormatVersionMismatch, IndexDamaged
from indexer.index.manifest import (
    FORMAT_VERSION,
    MANIFEST_NAME,
    FileChecksum,
    Manifest,
    engine_versions,
    sealed,
)
from indexer.index.vectors.vector_index import VectorParameters

MANIFEST = Manifest(
    generation="00000003-0a1b2c3d",
    number=3,
    built="2026-11-21T20:00:00+00:00",
    folder="/srv/notes",
    config=IndexConfig(language="german", passage_chars=900),
    model_identity="abc",
    dimension=384,
    documents=2,
    passages=7,
    dead_passages=1,
    vectors=VectorParameters("codes", 7, lists=2, probes=1, trained_passages=6),
    engines={"tantivy": "0.27.0"},
    files={"lexical/meta.json": FileChecksum(10, "00ff"), "rows.npy": FileChecksum(0, "aa")},
)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / MANIFEST_NAME
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "manifest",
    [
        MANIFEST,
        replace(MANIFEST, vectors=None, model_identity=None, dimension=0, files={}),
        # A folder may have any name, even one whose bytes are not UTF-8.
        replace(MANIFEST, folder="/srv/\udce9\n\u202e北"),
    ],
)
def test_a_written_manifest_is_read_back(tmp_path: Path, manifest: Manifest) -> None:
    assert Manifest.read(written(tmp_path, manifest.to_json())) == manifest


def test_the_file_is_readable_by_people(tmp_path: Path) -> None:
    lines = MANIFEST.to_json().splitlines()
    assert '  "folder": "/srv/notes",' in lines
    assert f'  "format_version": {FORMAT_VERSION},' in lines
    assert MANIFEST.to_json().endswith("}\n")


@pytest.mark.parametrize("found", [0, FORMAT_VERSION + 1, "1", None, [1]])
def test_another_format_version_is_distinguished_from_damage(tmp_path: Path, found: object) -> None:
    values = json.loads(MANIFEST.to_json()) | {"format_version": found, "added_later": True}
    path = written(tmp_path, json.dumps(values))
    with pytest.raises(FormatVersionMismatch, match="--full") as mismatch:
        Manifest.read(path)
    assert str(path) in str(mismatch.value)
    assert f"format {found}," in str(mismatch.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / MANIFEST_NAME
    with pytest.raises(IndexDamaged, match=re.escape(f"{path}") + ".*--full"):
        Manifest.read(path)


@pytest.mark.parametrize("length", [0, 1, 40, len(MANIFEST.to_json()) - 3])
def test_a_truncated_file_is_named(tmp_path: Path, length: int) -> None:
    path = written(tmp_path, MANIFEST.to_json()[:length])
    with pytest.raises(IndexDamaged, match=re.escape(f"{path}") + ".*--full"):
        Manifest.read(path)


@pytest.mark.parametrize("text", ["[]", "3", "null", '"text"', "{}", "\0" * 100, "[" * 100_000])
def test_a_file_that_is_not_a_manifest_is_refused(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(IndexDamaged, match=re.escape(f"{path}") + ".*--full"):
        Manifest.read(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"config": {"no_such_option": 1}},
        {"config": None},
        {"config": {"passage_chars": 0}},
        {"vectors": {"kind": "exact"}},
        {"vectors": 3},
        {"files": []},
        {"files": {"rows.npy": {"size": 1}}},
        {"no_such_field": 1},
    ],
)
def test_damaged_values_are_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = written(tmp_path, json.dumps(json.loads(MANIFEST.to_json()) | changes))
    with pytest.raises(IndexDamaged, match=re.escape(f"{path}") + ".*--full"):
        Manifest.read(path)


@pytest.mark.parametrize("name", sorted(json.loads(MANIFEST.to_json()).keys() - {"format_version"}))
def test_a_missing_value_is_refused(tmp_path: Path, name: str) -> None:
    values = json.loads(MANIFEST.to_json())
    del values[name]
    with pytest.raises(IndexDamaged, match="--full"):
        Manifest.read(written(tmp_path, json.dumps(values)))


def test_an_altered_character_is_noticed(tmp_path: Path) -> None:
    # A count, a path and a checksum, which no other check would notice.
    text = MANIFEST.to_json()
    for old, new in [('"passages": 7', '"passages": 8'), ("/srv/notes", "/srv/motes")]:
        assert old in text
        with pytest.raises(IndexDamaged, match="--full"):
            Manifest.read(written(tmp_path, text.replace(old, new)))


def test_the_versions_of_the_engines_are_recorded() -> None:
    assert engine_versions().keys() == {"tantivy", "faiss-cpu"}
    assert all(re.match(r"\d+\.\d+", found) for found in engine_versions().values())


@pytest.mark.parametrize(
    "files",
    [
        *[{name: {"size": 1, "sha256": "aa"}} for name in ("/etc/passwd", "../x", "a/../../x")],
        *[{name: {"size": 1, "sha256": "aa"}} for name in ("", ".", "a//b", "a\0b")],
        {"rows.npy": {"size": 1, "sha256": 1}},
        {"rows.npy": {"size": "1", "sha256": "aa"}},
    ],
)
def test_invalid_file_entries_are_refused(tmp_path: Path, files: dict[str, Any]) -> None:
    """The manifest has a valid checksum."""
    values = json.loads(MANIFEST.to_json()) | {"files": files}
    path = written(tmp_path, json.dumps(sealed(values)))
    with pytest.raises(IndexDamaged, match=re.escape(f"{path}") + ".*--full"):
        Manifest.read(path)
