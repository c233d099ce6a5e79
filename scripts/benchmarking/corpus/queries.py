"""Queries that were never sent before: each is used once."""

import json
import random
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from indexer.errors import UsageError

__all__ = ["TooFewQueries", "UnseenQueries", "read_queries", "sentences_of"]

# As long as the queries and questions that people type.
FEWEST_WORDS, MOST_WORDS = 3, 14
# At most this many from one file, so that queries come from the whole folder.
PER_FILE = 5
# Only the beginning of a large file is read.
READ_BYTES = 64 * 1_024
SEED = 20_260_101

SENTENCE_END = re.compile(r"[.!?]\s|\n")
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


class TooFewQueries(UsageError):
    """There are not enough queries to use each only once."""

    code = "too_few_queries"


class UnseenQueries:
    """Gives out each query once; case and spacing do not matter."""

    def __init__(self, queries: Iterator[str]) -> None:
        self._queries = queries
        self._known: set[str] = set()
        self._reserved: deque[str] = deque()

    def reserve(self, count: int) -> None:
        """Raise TooFewQueries now, rather than late in a long run, if `count` are not available."""
        while len(self._reserved) < count:
            query = next(self._queries, None)
            if query is None:
                raise TooFewQueries(
                    f"the data has only {len(self._known):,} different queries; "
                    "use fewer with --queries"
                )
            key = " ".join(query.casefold().split())
            if key not in self._known:
                self._known.add(key)
                self._reserved.append(query)

    def take(self, count: int) -> list[str]:
        """Return `count` queries that were not taken before."""
        self.reserve(count)
        return [self._reserved.popleft() for _ in range(count)]


def sentences_of(folder: Path) -> Iterator[str]:
    """Yield titles and sentences of the folder's files as plain words, in a fixed random order."""
    chance = random.Random(SEED)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    chance.shuffle(files)
    for path in files:
        found = list(_sentences(path))
        yield from chance.sample(found, min(PER_FILE, len(found)))


def read_queries(path: Path) -> Iterator[str]:
    """Yield the queries of a JSON Lines file with the field `text` or `question` in each line."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(filter(None, lines), start=1):
        try:
            record = json.loads(line)
            yield record["text"] if "text" in record else record["question"]
        except (ValueError, KeyError, TypeError):
            raise UsageError(
                f"{path} line {number}: expected an object with 'text' or 'question'"
            ) from None


def _sentences(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        text = file.read(READ_BYTES).decode(errors="replace")
    for sentence in SENTENCE_END.split(text):
        words = WORD.findall(sentence)
        if FEWEST_WORDS <= len(words) <= MOST_WORDS:
            yield " ".join(words)
