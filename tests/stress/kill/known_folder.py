"""A folder whose texts are always known, because each follows from a file's path and edition.

The folder changes its state between builds only, so each generation has exactly one state.
"""

import hashlib
import random
from bisect import bisect_left
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

__all__ = ["EDITION_PREFIX", "KnownFolder", "State", "edition_word", "known_text", "known_words"]

# The number of words that all editions share.
VOCABULARY = 400
PARAGRAPHS = 6
SENTENCES = 4
SYLLABLES = ["ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo"]
# The word of an edition begins like this, and no word of the vocabulary does.
EDITION_PREFIX = "xyq"
SUBFOLDERS = 5
# If not all files are rewritten, these shares are rewritten, and replaced by new files.
REWRITTEN_SHARE = 0.2
REPLACED_SHARE = 0.1

# The edition of each file, by its path.
State = Mapping[str, int]


@lru_cache(1)
def known_words() -> list[str]:
    """Return the words that any text may have."""
    drawn = random.Random("words")
    words = {"".join(drawn.choices(SYLLABLES, k=3)) for _ in range(VOCABULARY)}
    return sorted(words)


def edition_word(edition: int) -> str:
    """Return a word that occurs in every passage of this edition, and in no other."""
    letters = ""
    while True:
        edition, letter = divmod(edition, 26)
        letters = chr(ord("a") + letter) + letters
        if not edition:
            return EDITION_PREFIX + letters


@lru_cache(4_096)
def known_text(path: str, edition: int) -> str:
    """Return the whole text of a file in an edition."""
    drawn = random.Random(f"{path} {edition}")
    word = edition_word(edition)

    def sentence() -> str:
        return " ".join([*drawn.choices(known_words(), k=10), word]).capitalize() + "."

    paragraphs = [
        " ".join(sentence() for _ in range(SENTENCES)) for _ in range(drawn.randint(2, PARAGRAPHS))
    ]
    return "\n\n".join(paragraphs) + "\n"


class KnownFolder:
    """The folder, and the state of each generation. Only the thread that builds changes it."""

    def __init__(self, path: Path, files: int, seed: str) -> None:
        self.path = path
        self._random = random.Random(seed)
        self._edition = 0
        self._named = files
        self._states: list[State] = [dict.fromkeys(map(_path, range(files)), 0)]
        # The last generation of each past state.
        self._last_numbers: list[int] = []
        path.mkdir()
        self._write({}, self._states[0])

    @property
    def newest(self) -> int:
        """The number of the folder's current state."""
        return len(self._states) - 1

    def state(self, number: int) -> State:
        return self._states[number]

    def state_of(self, generation: int) -> int:
        """Return the number of this generation's state."""
        return bisect_left(self._last_numbers, generation)

    def sha256s(self) -> dict[str, str]:
        """Return the current hash of each file."""
        return {
            path: hashlib.sha256(known_text(path, edition).encode()).hexdigest()
            for path, edition in self._states[-1].items()
        }

    def rewrite_all(self, published: int) -> None:
        """Rewrite every file; the generations up to `published` have the previous state."""
        self._edition += 1
        self._change(dict.fromkeys(self._states[-1], self._edition), published)

    def change_some(self, published: int) -> None:
        """Rewrite, remove and add some files; see `rewrite_all`."""
        self._edition += 1
        state = dict(self._states[-1])
        replaced = max(1, int(len(state) * REPLACED_SHARE))
        for path in self._random.sample(sorted(state), replaced):
            del state[path]
        for path in self._random.sample(sorted(state), max(1, int(len(state) * REWRITTEN_SHARE))):
            state[path] = self._edition
        for _ in range(replaced):
            state[_path(self._named)] = self._edition
            self._named += 1
        self._change(state, published)

    def _change(self, state: State, published: int) -> None:
        # In this order, a client that looks in between gives later generations the new state.
        self._last_numbers.append(published)
        self._states.append(state)
        self._write(self._states[-2], state)

    def _write(self, before: State, state: State) -> None:
        for path in before.keys() - state.keys():
            (self.path / path).unlink()
        for path, edition in state.items():
            if before.get(path) != edition:
                target = self.path / path
                target.parent.mkdir(exist_ok=True)
                target.write_text(known_text(path, edition), encoding="utf-8")


def _path(number: int) -> str:
    return f"{number % SUBFOLDERS}/{number:04}.txt"
