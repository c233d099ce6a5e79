"""The text that is embedded for a passage, and the vectors that result."""

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.documents import Document, Passage, TitleSource

__all__ = [
    "KEY_BYTES",
    "EmbeddingInput",
    "PassageEmbedding",
    "Vectors",
    "embedding_input",
    "embedding_key",
]

Vectors = NDArray[np.float32]

KEY_BYTES = 16


class EmbeddingInput(NamedTuple):
    """A text to embed and the windows inside it, as offsets into this text."""

    text: str
    windows: tuple[tuple[int, int], ...] = ()

    def prefixed(self, prompt: str) -> "EmbeddingInput":
        """Return the input with the prompt before its text."""
        if not prompt:
            return self
        shift = len(prompt)
        windows = tuple((start + shift, end + shift) for start, end in self.windows)
        return EmbeddingInput(prompt + self.text, windows)


def embedding_input(
    document: Document, passage: Passage, *, repeated_title: bool = False
) -> EmbeddingInput:
    """Return the text that is embedded for a passage: its headings or title, then its content.

    A title that is not the document's own adds nothing to its text, and neither does a title that
    many files share. Both are left out.
    """
    content = passage.content(document.text)
    title, heading = document.title, passage.heading
    if repeated_title:
        heading = f"{heading} > ".removeprefix(f"{title} > ").removesuffix(" > ")
    if repeated_title or document.title_source is not TitleSource.DOCUMENT:
        title = ""
    context = heading or title
    if not context or content.startswith(context):
        return EmbeddingInput(content, passage.content_windows())
    shift = len(context) + 1
    windows = tuple((start + shift, end + shift) for start, end in passage.content_windows())
    return EmbeddingInput(f"{context}\n{content}", windows)


def embedding_key(text: EmbeddingInput, identity: str) -> bytes:
    """Return the hash of all that the vectors depend on. `identity` is that of the model."""
    described = f"{identity}\0{text.windows}\0{text.text}"
    return hashlib.sha256(described.encode()).digest()[:KEY_BYTES]


@dataclass(frozen=True, slots=True)
class PassageEmbedding:
    """Unit vectors: `passage` has shape (dimension,), `windows` (number of windows, dimension).

    They are 0 if the model cannot read the text.
    """

    passage: Vectors
    windows: Vectors
