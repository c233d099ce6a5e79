"""Token vectors -> the vectors of a passage and of every window inside it, from one forward pass.

This is "late chunking" (https://arxiv.org/abs/2409.04701): the passage's vector is the mean over
its tokens, and a window's vector is the mean over the tokens inside the window.

An embedding depends on its text and the model alone, so that an incremental build equals a fresh
one to the last bit. Matrix kernels round differently for different shapes. Therefore a text is
always computed in the shape given by its own length: a full batch, padded to its bucket.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.embedding.embeddings import EmbeddingInput, PassageEmbedding, Vectors
from indexer.embedding.readability import UNKNOWN_TOKENS, Piece, can_read

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

__all__ = ["LONGEST_PIECE_TOKENS", "LatePooling", "TokenBatch", "can_read_encoded"]

# The shape of a forward pass. More rows gain nothing on two cores; wider buckets cost padding.
BATCH_ROWS = 8
BUCKET_TOKENS = 32
# Even a model that reads thousands of tokens at once gets pieces of at most this many.
LONGEST_PIECE_TOKENS = 512


class TokenBatch(NamedTuple):
    """Tokens of several pieces of text, shape (rows, tokens). `attention` is 0 for padding."""

    ids: NDArray[np.int64]
    attention: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LatePooling:
    """Embeds texts with a model that pools by the mean.

    `encode` yields the token vectors of each batch, shape (rows, tokens, dimension), in order.
    `limit` is how many tokens the model reads at once; the tokenizer neither cuts nor pads.
    """

    tokenizer: "Tokenizer"
    limit: int
    dimension: int
    encode: Callable[[Iterable[TokenBatch]], Generator[Vectors]]

    def embed_passages(self, inputs: Sequence[EmbeddingInput]) -> list[PassageEmbedding]:
        return self._embed(inputs, least_rows=BATCH_ROWS)

    def embed_queries(self, texts: Sequence[str]) -> list[Vectors]:
        return [each.passage for each in self._embed([*map(EmbeddingInput, texts)], least_rows=1)]

    def _embed(
        self, inputs: Sequence[EmbeddingInput], *, least_rows: int
    ) -> list[PassageEmbedding]:
        limit = min(self.limit, LONGEST_PIECE_TOKENS)
        encodings = self.tokenizer.encode_batch([each.text for each in inputs])
        pieces = [
            piece
            for number, (each, encoding) in enumerate(zip(inputs, encodings, strict=True))
            if can_read_encoded(each.text, encoding)
            for piece in _pieces(number, encoding, limit)
        ]
        batches = list(_batches(pieces, BATCH_ROWS))
        sums = [np.zeros((1 + len(each.windows), self.dimension), np.float32) for each in inputs]
        # Closed in any case, because `encode` may hold a lock until it ends.
        with closing(self.encode(_token_batch(batch, least_rows) for batch in batches)) as encoded:
            for batch, vectors in zip(batches, encoded, strict=True):
                for piece, own in zip(batch, vectors, strict=False):
                    mask = _pooling_mask(piece, inputs[piece.text].windows)
                    sums[piece.text] += mask.astype(np.float32) @ own[: mask.shape[1]]
        return [_normalized(each) for each in sums]


def can_read_encoded(text: str, encoding: "Encoding") -> bool:
    """Return whether the model of the tokenizer that encoded the text can read it."""
    return can_read(text, _read_pieces(text, encoding))


def _read_pieces(text: str, encoding: "Encoding") -> Iterator[Piece]:
    """Yield the pieces that the tokens stand for. Several tokens may stand for one character."""
    tokens = zip(encoding.offsets, encoding.tokens, strict=True)
    for (start, end), group in groupby(tokens, key=itemgetter(0)):
        names = [name for _, name in group]
        yield Piece(text[start:end], len(names), not UNKNOWN_TOKENS.isdisjoint(names))


class _Piece(NamedTuple):
    """At most as many tokens of a text as the model reads at once, within special tokens."""

    text: int  # which of the inputs
    ids: list[int]
    offsets: list[tuple[int, int]]
    special: list[bool]
    limit: int  # of the model

    @property
    def bucket(self) -> int:
        """The width to which the piece is padded. It depends on the length of the piece alone."""
        return min(self.limit, -(-len(self.ids) // BUCKET_TOKENS) * BUCKET_TOKENS)


def _batches(pieces: Sequence[_Piece], rows: int) -> Iterator[list[_Piece]]:
    """Yield the pieces in runs of the same bucket, at most `rows` each."""
    for _, bucket in groupby(sorted(pieces, key=_bucket), key=_bucket):
        members = list(bucket)
        for start in range(0, len(members), rows):
            yield members[start : start + rows]


def _bucket(piece: _Piece) -> int:
    return piece.bucket


def _token_batch(pieces: Sequence[_Piece], least_rows: int) -> TokenBatch:
    """Return the tokens of the pieces, in one of few shapes: kernels are made for each shape."""
    rows = max(least_rows, 1 << (len(pieces) - 1).bit_length())
    ids = np.zeros((rows, pieces[0].bucket), np.int64)
    attention = np.zeros_like(ids)
    attention[:, 0] = 1  # also in rows that only fill the batch
    for row, piece in enumerate(pieces):
        ids[row, : len(piece.ids)] = piece.ids
        attention[row, : len(piece.ids)] = 1
    return TokenBatch(ids, attention)


def _pieces(text: int, encoding: "Encoding", limit: int) -> Iterator[_Piece]:
    special = encoding.special_tokens_mask
    before = next((i for i, mark in enumerate(special) if not mark), len(special))
    after = next((i for i, mark in enumerate(reversed(special)) if not mark), 0)
    body_end = len(special) - after
    step = limit - before - after
    for start in range(before, max(body_end, before + 1), step):
        chosen = [
            *range(before),
            *range(start, min(start + step, body_end)),
            *range(body_end, len(special)),
        ]
        yield _Piece(
            text,
            [encoding.ids[i] for i in chosen],
            [encoding.offsets[i] for i in chosen],
            [bool(special[i]) for i in chosen],
            limit,
        )


def _pooling_mask(piece: _Piece, windows: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
    """Return which tokens count: all of them for the passage, and those inside each window.

    The first row is for the passage.
    """
    starts = np.array([start for start, _ in piece.offsets])
    special = np.array(piece.special)
    mask = np.ones((1 + len(windows), len(piece.ids)), np.bool_)
    for row, (start, end) in enumerate(windows, start=1):
        mask[row] = (starts >= start) & (starts < end) & ~special
    return mask


def _normalized(sums: Vectors) -> PassageEmbedding:
    # A mean and a sum have the same direction. A window without a token gets its passage's vector.
    # A text that the model cannot read has no tokens here, and so the vector 0.
    empty = ~sums.any(axis=1)
    sums[empty] = sums[0]
    vectors = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    return PassageEmbedding(vectors[0], vectors[1:])
