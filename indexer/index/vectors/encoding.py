"""An embedding -> the bytes in the store, and back."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.embedding.embeddings import PassageEmbedding
from indexer.errors import IndexDamaged

__all__ = ["EncodedEmbedding", "decode_embedding", "encode_embedding"]


@dataclass(frozen=True, slots=True)
class EncodedEmbedding:
    """An embedding as it is kept: 16 bits per dimension for the passage, 8 for its windows."""

    passage: NDArray[np.float16]
    windows: NDArray[np.int8]
    scales: NDArray[np.float32]


def encode_embedding(embedding: PassageEmbedding) -> bytes:
    """Return the embedding as bytes: passage, scales, windows."""
    largest = np.abs(embedding.windows).max(axis=1, initial=1e-12)
    scales = (largest / 127).astype(np.float32)
    windows = np.rint(embedding.windows / scales[:, None]).astype(np.int8)
    passage = embedding.passage.astype(np.float16)
    return b"".join([passage.tobytes(), scales.tobytes(), windows.tobytes()])


def decode_embedding(encoded: bytes, dimension: int) -> EncodedEmbedding:
    """Return the parts of `encode_embedding`'s bytes."""
    windows = (len(encoded) - 2 * dimension) // (dimension + 4)
    scales_end = 2 * dimension + 4 * windows
    if windows < 0 or scales_end + windows * dimension != len(encoded):
        raise IndexDamaged.with_remedy(
            f"an embedding of {len(encoded)} bytes does not fit {dimension} dimensions"
        )
    return EncodedEmbedding(
        np.frombuffer(encoded[: 2 * dimension], np.float16),
        np.frombuffer(encoded[scales_end:], np.int8).reshape(windows, dimension),
        np.frombuffer(encoded[2 * dimension : scales_end], np.float32),
    )
