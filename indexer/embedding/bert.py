"""An embedder that runs BERT models on OpenVINO, in a third of the time that torch takes.

The graph is built from the model's own files, so neither torch nor an exported model is needed.
Importing torch and sentence_transformers would take seconds and hundreds of megabytes. bfloat16 is
used where the processor supports it. The cosine between these vectors and those in 32 bits is at
least 1 - 1e-4, so vectors of either precision can be compared with each other.
"""

import json
import threading
from collections.abc import Generator, Iterable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from indexer.embedding.embeddings import EmbeddingInput, PassageEmbedding, Vectors
from indexer.embedding.late_pooling import LatePooling, TokenBatch
from indexer.embedding.model_files import model_identity, unreadable
from indexer.errors import ModelNotFound
from indexer.processes import available_cores

if TYPE_CHECKING:
    import openvino

__all__ = ["BertEmbedder"]

MASKED = -1e9
# The default of transformers for configurations that do not set it.
BERT_LAYER_NORM_EPS = 1e-12
# Tokens per batch when each token is read separately: enough to keep the cores busy.
TOKENS_AT_ONCE = 256
WORD_EMBEDDINGS = "embeddings.word_embeddings.weight"


class BertEmbedder:
    """Embeds with a BERT model that pools by the mean. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._config = _read_object(folder / "config.json")
        self._prompts = _read_object(folder / "config_sentence_transformers.json").get("prompts")
        try:
            weights = _weights(folder)
            self._limit = _limit(folder, self._config)
            self._tokenizer = _tokenizer(folder, words=len(weights[WORD_EMBEDDINGS]))
            self._model = _graph(self._config, weights)
        except Exception as error:
            # Each of the libraries raises its own errors for files that it cannot read.
            raise ModelNotFound(
                f"{folder} contains no BERT model that can be loaded: {error}"
            ) from error
        self._lock = threading.Lock()

    @staticmethod
    def can_load(folder: Path) -> bool:
        """Return whether the folder contains a model of this kind, judged by its files."""
        config = _read_object(folder / "config.json")
        modules = _read_json(folder / "modules.json")
        if not isinstance(modules, list) or not all(isinstance(each, dict) for each in modules):
            return False
        kinds = [str(module.get("type")).rpartition(".")[2] for module in modules]
        return (
            (folder / "tokenizer.json").is_file()
            and _has_known_weights(folder)
            and config.get("model_type") == "bert"
            and config.get("hidden_act") == "gelu"
            and config.get("position_embedding_type", "absolute") == "absolute"
            and not config.get("is_decoder")
            and kinds in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
            and not modules[0].get("path")
            and not _transformer_settings(folder).get("do_lower_case")
            and _pools_by_mean(_read_object(folder / str(modules[1].get("path")) / "config.json"))
        )

    @cached_property
    def identity(self) -> str:
        return model_identity(self._folder)

    @property
    def dimension(self) -> int:
        return int(self._config["hidden_size"])

    @property
    def computed_by(self) -> str:
        import openvino

        return f"openvino {openvino.__version__.partition('-')[0]} {_precision()}"

    def embed_passages(self, inputs: Sequence[EmbeddingInput]) -> list[PassageEmbedding]:
        prompt = self._prompt("document", "passage")
        return self._passages.embed_passages([each.prefixed(prompt) for each in inputs])

    def embed_queries(self, texts: Sequence[str]) -> list[Vectors]:
        prompt = self._prompt("query")
        return self._queries.embed_queries([prompt + text for text in texts])

    def token_vectors(self) -> Vectors:
        """Return the vector of every token, each read alone, shape (tokens, dimension)."""
        first, last = self._tokenizer.encode("").ids
        tokens = np.arange(self._tokenizer.get_vocab_size())
        ids = np.stack([np.full_like(tokens, first), tokens, np.full_like(tokens, last)], axis=1)
        parts = np.split(ids, range(TOKENS_AT_ONCE, len(ids), TOKENS_AT_ONCE))
        batches = (TokenBatch(part, np.ones_like(part)) for part in parts)
        return np.concatenate([vectors[:, 1] for vectors in self._passages.encode(batches)])

    def _prompt(self, *names: str) -> str:
        prompts = self._prompts or {}
        return next((prompt for name in names if (prompt := prompts.get(name))), "")

    # Passages are computed in parallel, one batch per core; a query uses all cores.
    @cached_property
    def _passages(self) -> LatePooling:
        return self._late_pooling(streams=available_cores())

    @cached_property
    def _queries(self) -> LatePooling:
        return self._late_pooling(streams=1)

    def _late_pooling(self, *, streams: int) -> LatePooling:
        import openvino

        compiled = openvino.Core().compile_model(
            self._model,
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": _precision(),
                "INFERENCE_NUM_THREADS": available_cores(),
                "NUM_STREAMS": streams,
            },
        )
        requests = [compiled.create_infer_request() for _ in range(streams)]
        return LatePooling(
            self._tokenizer,
            self._limit,
            self.dimension,
            partial(self._token_vectors, requests),
        )

    def _token_vectors(
        self, requests: Sequence["openvino.InferRequest"], batches: Iterable[TokenBatch]
    ) -> Generator[Vectors]:
        """Yield the token vectors of each batch, in order. Several batches run at the same time."""
        with self._lock:
            running: list[openvino.InferRequest] = []
            try:
                for number, batch in enumerate(batches):
                    request = requests[number % len(requests)]
                    if len(running) == len(requests):
                        yield _result(running.pop(0))
                    request.start_async({0: batch.ids, 1: batch.attention})
                    running.append(request)
                while running:
                    yield _result(running.pop(0))
            finally:
                # If the caller stopped early, requests may still be running, and the next caller
                # could not start them.
                for request in running:
                    request.wait()


def _result(request: "openvino.InferRequest") -> Vectors:
    request.wait()
    # The request overwrites its output when it runs again.
    vectors: Vectors = request.get_output_tensor(0).data.copy()
    return vectors


def _precision() -> str:
    import openvino

    capabilities = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return "bf16" if "BF16" in capabilities else "f32"


def _graph(config: dict[str, Any], weights: dict[str, NDArray[np.float32]]) -> "openvino.Model":
    """Return the encoder of https://arxiv.org/abs/1810.04805: token ids -> token vectors.

    The inputs are ids and attention, shape (rows, tokens). Weights are named as in transformers.
    """
    import openvino
    from openvino import opset13 as op

    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    epsilon = config.get("layer_norm_eps", BERT_LAYER_NORM_EPS)
    int64 = partial(np.array, dtype=np.int64)

    def normalized(values: Any, name: str) -> Any:
        scaled = op.mvn(values, int64([-1]), True, epsilon, "inside_sqrt")
        return op.add(
            op.multiply(scaled, weights[f"{name}.weight"]), op.constant(weights[f"{name}.bias"])
        )

    def linear(values: Any, name: str) -> Any:
        product = op.matmul(values, op.constant(weights[f"{name}.weight"]), False, True)
        return op.add(product, op.constant(weights[f"{name}.bias"]))

    def split_heads(values: Any) -> Any:
        split = op.reshape(values, int64([0, 0, heads, hidden // heads]), True)
        return op.transpose(split, int64([0, 2, 1, 3]))

    def embedded(name: str, numbers: Any) -> Any:
        return op.gather(op.constant(weights[f"embeddings.{name}.weight"]), numbers, int64(0))

    ids = op.parameter([-1, -1], np.int64)
    attention = op.parameter([-1, -1], np.int64)
    length = op.gather(op.shape_of(ids), int64(1), int64(0))
    positions = op.range(int64(0), length, int64(1), "i64")
    vectors = op.add(
        op.add(embedded("word_embeddings", ids), embedded("position_embeddings", positions)),
        op.constant(weights["embeddings.token_type_embeddings.weight"][0]),
    )
    vectors = normalized(vectors, "embeddings.LayerNorm")
    hides = op.multiply(
        op.subtract(op.constant(np.float32(1)), op.convert(attention, "f32")), np.float32(MASKED)
    )
    hides = op.unsqueeze(hides, int64([1, 2]))
    for number in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        query, key, value = (
            split_heads(linear(vectors, f"{layer}.attention.self.{part}"))
            for part in ("query", "key", "value")
        )
        attended = op.scaled_dot_product_attention(query, key, value, hides)
        joined = op.reshape(
            op.transpose(attended, int64([0, 2, 1, 3])), int64([0, 0, hidden]), True
        )
        output = linear(joined, f"{layer}.attention.output.dense")
        vectors = normalized(op.add(output, vectors), f"{layer}.attention.output.LayerNorm")
        inner = op.gelu(linear(vectors, f"{layer}.intermediate.dense"), "erf")
        output = linear(inner, f"{layer}.output.dense")
        vectors = normalized(op.add(output, vectors), f"{layer}.output.LayerNorm")
    return openvino.Model([op.result(vectors)], [ids, attention], "bert")


def _weights(folder: Path) -> dict[str, NDArray[np.float32]]:
    from safetensors.numpy import load_file

    return {
        name.removeprefix("bert."): array.astype(np.float32, copy=False)
        for name, array in load_file(folder / "model.safetensors").items()
    }


def _has_known_weights(folder: Path) -> bool:
    """Return whether this module can read the weights, judged by their names and types.

    Old files call the parameters of layer normalisation gamma and beta. NumPy has no bfloat16.
    """
    from safetensors import SafetensorError, safe_open

    path = folder / "model.safetensors"
    try:
        with safe_open(path, framework="numpy") as file:
            names = set(file.keys())
            types = {file.get_slice(name).get_dtype() for name in names}
    except (FileNotFoundError, SafetensorError):
        return False
    except OSError as error:
        raise unreadable(path, error) from error
    plain = {name.removeprefix("bert.") for name in names}
    return {WORD_EMBEDDINGS, "embeddings.LayerNorm.weight"} <= plain and "BF16" not in types


def _limit(folder: Path, config: dict[str, Any]) -> int:
    """Return how many tokens the model reads at once. It has no vectors for later positions."""
    said = _transformer_settings(folder).get("max_seq_length")
    if said is None:
        said = _read_object(folder / "tokenizer_config.json").get("model_max_length")
    positions = int(config["max_position_embeddings"])
    return min(positions, int(said)) if said else positions


def _tokenizer(folder: Path, *, words: int) -> Any:
    """Return the tokenizer. Raises ValueError if it has tokens without a vector in the model."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    last = max(tokenizer.get_vocab().values(), default=0)
    if last >= words:
        raise ValueError(f"its tokenizer has tokens up to {last}, but it has weights for {words}")
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _transformer_settings(folder: Path) -> dict[str, Any]:
    return _read_object(folder / "sentence_bert_config.json")


def _pools_by_mean(pooling: dict[str, Any]) -> bool:
    """Return whether the configuration, in its older or newer form, says to pool by the mean."""
    older = [name for name, used in pooling.items() if name.startswith("pooling_mode_") and used]
    by_mean = pooling.get("pooling_mode") == "mean" or older == ["pooling_mode_mean_tokens"]
    return by_mean and bool(pooling.get("include_prompt", True))


def _read_object(path: Path) -> dict[str, Any]:
    """Return the object in the file, or an empty one if it contains none."""
    found = _read_json(path)
    return found if isinstance(found, dict) else {}


def _read_json(path: Path) -> Any:
    """Return the value in the file, or an empty object if it is missing or is not JSON.

    Raises ModelNotFound if it is there but cannot be read.
    """
    try:
        return json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    except OSError as error:
        raise unreadable(path, error) from error
