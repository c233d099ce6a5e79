"""Static embeddings: a text's vector is a weighted sum of token vectors, looked up in a table.

The table is computed from a BERT model alone. The model reads each token alone, the directions
that all tokens share are removed (https://openreview.net/forum?id=SyK00v5xx), and rarer tokens get
longer vectors. Embedding a text takes a fortieth of the time of a forward pass, but most of what
the model knows about words in context is lost. Hybrid search with these vectors is better than
BM25; semantic search alone is worse.

Computing the table takes about ten seconds, so it is kept in the user's cache folder:
`$XDG_CACHE_HOME/spanlight`, or `~/.cache/spanlight`.
"""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate, chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from indexer.embedding.bert import BertEmbedder
from indexer.embedding.embeddings import EmbeddingInput, PassageEmbedding, Vectors
from indexer.embedding.model_files import model_identity
from indexer.embedding.readability import UNKNOWN_TOKENS, Piece, can_read

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["StaticEmbedder"]

# Part of the identity. Any change that alters a vector must change it.
RECIPE = "static 2"
# The number of directions removed. What all tokens share says nothing about any of them.
SHARED_DIRECTIONS = 3
# The number of words whose tokens are cached. A look-up takes a seventh of the time of tokenizing.
REMEMBERED_WORDS = 200_000
WORD = re.compile(r"\w+")


class StaticEmbedder:
    """Embeds by looking up tokens. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tokenizer = _tokenizer(folder)
        self._unknown = next(filter(None, map(self._tokenizer.token_to_id, UNKNOWN_TOKENS)), None)
        self._table = self._kept_table()
        self._tokens_of: dict[str, list[int]] = {}

    @staticmethod
    def identity_of(folder: Path) -> str:
        """Return the identity of the static vectors of the model in the folder."""
        return hashlib.sha256(f"{RECIPE}\0{model_identity(folder)}".encode()).hexdigest()[:32]

    @cached_property
    def identity(self) -> str:
        return self.identity_of(self._folder)

    @property
    def dimension(self) -> int:
        return int(self._table.shape[1])

    @property
    def computed_by(self) -> str:
        return f"numpy {np.__version__} f32"

    def embed_passages(self, inputs: Sequence[EmbeddingInput]) -> list[PassageEmbedding]:
        return [self._embed(each.text, each.windows) for each in inputs]

    def embed_queries(self, texts: Sequence[str]) -> list[Vectors]:
        return [each.passage for each in self.embed_passages(list(map(EmbeddingInput, texts)))]

    def _embed(self, text: str, windows: Sequence[tuple[int, int]]) -> PassageEmbedding:
        """Return the vectors of a text and its windows, 0 if it has no words that can be read."""
        words = list(WORD.finditer(text))
        tokens = self._tokens([word[0] for word in words])
        if not can_read(text, self._pieces(words, tokens)):
            words, tokens = [], []
        # Where the tokens of each word begin, and finally where the last ones end.
        places = np.array([0, *accumulate(map(len, tokens))])
        ids = np.fromiter(chain.from_iterable(tokens), np.int64, places[-1])
        starts = [word.start() for word in words]
        inside = np.searchsorted(starts, np.array(windows, np.int64).reshape(-1, 2))
        distinct, which = np.unique(ids, return_inverse=True)
        parts = [which, *(which[start:end] for start, end in places[inside].tolist())]
        counts = np.stack([np.bincount(part, minlength=len(distinct)) for part in parts])
        # The second occurrence of a token adds less than the first.
        sums = (counts / (counts + 1)).astype(np.float32) @ self._table[distinct]
        # A window without a word gets its passage's vector.
        sums[~counts.any(axis=1)] = sums[0]
        vectors = _unit(sums)
        return PassageEmbedding(vectors[0], vectors[1:])

    def _pieces(
        self, words: Iterable[re.Match[str]], tokens: Iterable[list[int]]
    ) -> Iterator[Piece]:
        for word, ids in zip(words, tokens, strict=True):
            yield Piece(word[0], len(ids), self._unknown in ids)

    def _tokens(self, words: Sequence[str]) -> list[list[int]]:
        """Return the tokens of each word."""
        known = self._tokens_of
        if len(known) > REMEMBERED_WORDS:
            # Other threads may still be reading the old dictionary.
            known = self._tokens_of = {}
        new = [word for word in dict.fromkeys(words) if word not in known]
        if new:
            encodings = self._tokenizer.encode_batch_fast(new, add_special_tokens=False)
            known.update((word, each.ids) for word, each in zip(new, encodings, strict=True))
        return [known[word] for word in words]

    def _kept_table(self) -> Vectors:
        """Return the table from the cache folder, memory-mapped. If there is none, compute it."""
        folder = _cache_folder()
        if folder is None:
            return self._made_table()
        path = folder / f"static-{self.identity}.npy"
        table = _read(path, self._tokenizer.get_vocab_size())
        if table is None:
            table = self._made_table()
            _keep(path, table)
        return table

    def _made_table(self) -> Vectors:
        vectors = _unit(BertEmbedder(self._folder).token_vectors())
        table: Vectors = _weights(self._tokenizer)[:, None] * _without_shared_directions(vectors)
        return table


def _without_shared_directions(vectors: Vectors) -> Vectors:
    centred = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    shared = directions[:, -SHARED_DIRECTIONS:]
    rest: Vectors = centred - centred @ shared @ shared.T
    return rest


def _weights(tokenizer: "Tokenizer") -> Vectors:
    """Return the weight of each token: the logarithm of its rank by frequency.

    A vocabulary of word pieces lists special tokens and single characters first, and then words by
    falling frequency (https://arxiv.org/abs/1609.08144).
    """
    vocabulary = tokenizer.get_vocab()
    first_word = min(
        (id for token, id in vocabulary.items() if len(token) > 1 and token.isalpha()), default=0
    )
    ranks = np.maximum(np.arange(tokenizer.get_vocab_size()) - first_word, 0) + 1
    weights: Vectors = np.log(1 + ranks).astype(np.float32)
    return weights


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = vectors / np.maximum(lengths, np.float32(1e-12))
    return unit


def _tokenizer(folder: Path) -> "Tokenizer":
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _cache_folder() -> Path | None:
    """Return the cache folder, or None if the user has no home."""
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return None
    return base / "spanlight"


def _read(path: Path, tokens: int) -> Vectors | None:
    """Return the table in the file, memory-mapped, or None if it has none for this many tokens."""
    try:
        # A plain array over the map, because taking rows from a memmap is slow.
        table: Vectors = np.asarray(np.load(path, mmap_mode="r"))
    except (OSError, ValueError, EOFError):
        return None
    is_table = table.ndim == 2 and len(table) == tokens and table.dtype == np.float32
    return table if is_table else None


def _keep(path: Path, table: Vectors) -> None:
    """Write the file in one step. If that is impossible, the table is computed again each time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Always the same name, so that the next process overwrites what a killed one left behind.
        new = path.with_suffix(".new")
        with new.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.path.samestat(os.fstat(file.fileno()), new.stat()):
                return  # another process has just renamed this file to be the table
            file.truncate(0)
            np.save(file, table)
            file.flush()
            os.fsync(file.fileno())
            new.replace(path)
    except OSError:  # also raised when another process is writing the file
        return
