"""A short run of `stress.py metadata`, and tests that its checks can fail."""

import random
from pathlib import Path

from indexer.documents import SkippedFile, SkipReason, SourceFile
from tests.stress.metadata.account import account_for, regular_files
from tests.stress.metadata.command import index_odd_trees
from tests.stress.metadata.odd_tree import OddTree


def test_odd_trees_are_indexed_and_followed() -> None:
    outcome = index_odd_trees(trees=2, changes=1, seed=1)
    assert outcome.errors == []
    assert outcome.figures["trees"] == 2
    assert float(outcome.figures["files indexed"]) > 20
    assert float(outcome.figures["entries reported"]) > 20


def test_the_same_seed_makes_the_same_tree(tmp_path: Path) -> None:
    listed = []
    for name in ("first", "second"):
        tree = OddTree(tmp_path / name, random.Random(1))
        try:
            tree.grow(20)
            tree.change(20)
            listed.append(sorted((file.path, file.size_bytes) for file in regular_files(tree.root)))
        finally:
            tree.remove()
    assert listed[0] == listed[1] != []


def test_each_file_must_be_accounted_for(tmp_path: Path) -> None:
    for name in ("a.txt", "sub/b.txt", ".hidden/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("text")
    status = (tmp_path / "a.txt").stat()
    source = SourceFile("a.txt", 4, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    below = SkippedFile("sub/", SkipReason.UNREADABLE)
    assert list(account_for(tmp_path, [source], [below])) == []
    assert list(account_for(tmp_path, [source], [])) == [
        "b'sub/b.txt' is neither indexed nor reported"
    ]
    hidden = SourceFile(".hidden/c.txt", 4, 0, 0, 0)
    (problem,) = account_for(tmp_path, [source, hidden], [below])
    assert problem.endswith("is indexed and is no visible file")
    wrong = SourceFile("a.txt", 4, 0, status.st_ctime_ns, status.st_ino)
    (problem,) = account_for(tmp_path, [wrong], [below])
    assert "is indexed as" in problem
