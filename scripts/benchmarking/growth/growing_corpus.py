"""A folder of any size, made from the files of a smaller one."""

import random
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from indexer.config import IndexConfig
from indexer.documents import Document
from indexer.errors import UsageError
from indexer.reading.readers import read_document
from indexer.splitting.splitter import split_passages

__all__ = ["GrowingCorpus"]

# About a third of the words is replaced in each copy, so that two copies share a third of their
# pairs of words. That is far too little to count as duplicates.
SWAPPED_WORDS = 0.3
# How many files are split to estimate the number of passages in a byte.
SAMPLE_FILES = 400
SEED = 5

PARTS = re.compile(r"(\w+)")


class GrowingCorpus:
    """Files and altered copies of them, written to a folder one after the other.

    The first copy is the unchanged data. The files come in a fixed random order, so a small corpus
    is a sample of a large one, and every run gives the same files.
    """

    def __init__(self, data: Path, folder: Path) -> None:
        self.folder = folder
        self.files = 0
        self.bytes = 0
        self._paths = _mixed_files(data)
        self._data = data
        self._passages_per_byte = _passages_per_byte(self._paths)
        self._contents = self._generate()

    def grow_to(self, passages: int) -> None:
        """Add files until the folder has about this number of passages."""
        while self.bytes * self._passages_per_byte < passages:
            self._write_next()

    def add(self, files: int) -> list[Path]:
        """Add this number of files, and return them."""
        return [self._write_next() for _ in range(files)]

    def _write_next(self) -> Path:
        name, text = next(self._contents)
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = text.encode("utf-8")
        path.write_bytes(content)
        self.files += 1
        self.bytes += len(content)
        return path

    def _generate(self) -> Iterator[tuple[str, str]]:
        """Yield an endless sequence of relative paths and texts."""
        words = [""]
        for copy in count():
            for path in self._paths:
                text = path.read_bytes().decode("utf-8", "replace")
                name = path.relative_to(self._data)
                if copy:
                    text = _altered(text, words, random.Random(f"{copy} {name}"))
                yield f"copy-{copy:03d}/{name.as_posix()}", text
                # Replacements are real words from another text, the file before.
                words = PARTS.findall(text) or words


def _mixed_files(data: Path) -> list[Path]:
    if not data.is_dir():
        raise UsageError(f"{data} is not a folder")
    paths = sorted(path for path in data.rglob("*") if path.is_file())
    if not paths:
        raise UsageError(f"{data} contains no files")
    random.Random(SEED).shuffle(paths)
    return paths


def _altered(text: str, words: list[str], chance: random.Random) -> str:
    parts = PARTS.split(text)
    # Every second part is a word.
    places = range(1, len(parts), 2)
    for place in chance.sample(places, int(len(places) * SWAPPED_WORDS)):
        parts[place] = chance.choice(words)
    return "".join(parts)


def _passages_per_byte(paths: list[Path]) -> float:
    config = IndexConfig()
    passages = total = 0
    for path in paths[:SAMPLE_FILES]:
        content = path.read_bytes()
        document = read_document(path.name, content)
        if isinstance(document, Document):
            passages += len(split_passages(document, config))
            total += len(content)
    if not passages:
        raise UsageError(f"the first {SAMPLE_FILES} files have no passages; choose another --data")
    return passages / total
