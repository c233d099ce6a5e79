"""Our embedder against sentence-transformers on the same texts, turn by turn in one process."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from indexer.config import DEFAULT_MODEL
from indexer.embedding.embedder import LazyEmbedder
from indexer.embedding.embeddings import EmbeddingInput
from indexer.embedding.model_files import model_folder
from indexer.errors import UsageError
from scripts.benchmarking.corpus.copied import copy_corpus
from scripts.benchmarking.corpus.passages import folder_passages
from scripts.benchmarking.corpus.queries import UnseenQueries, sentences_of
from scripts.benchmarking.embedding.options import EmbeddingOptions
from scripts.benchmarking.embedding.reference import ReferenceEmbedder
from scripts.benchmarking.figures.latency import Comparison, Latency
from scripts.benchmarking.figures.machine import describe_machine
from scripts.benchmarking.figures.output import console_beside, write_json

__all__ = ["EmbeddingFigures", "PassageFigures", "measure_embedding", "run"]

T = TypeVar("T")

# The size of a batch for both, as in a build: enough to sort by length.
PASSAGES_AT_ONCE = 256
# Several queries in each turn, because one embedder's threads take a moment to go to sleep.
QUERIES_AT_ONCE = 10
WARM_UP = 20


@dataclass(frozen=True, slots=True)
class PassageFigures:
    """Seconds for the same passages; ours also makes the vectors of their windows.

    `tokenizing_seconds` is the time for tokenizing alone. The cosines compare the two vectors of a
    passage. They leave out the `cut` passages, which are too long for the model: the reference
    drops their ends.
    """

    passages: int
    tokens: int
    seconds: float
    reference_seconds: float
    tokenizing_seconds: float
    cut: int
    smallest_cosine: float
    mean_cosine: float

    @property
    def ratio(self) -> float:
        """How many times as fast our embedder is."""
        return self.reference_seconds / self.seconds

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio}


@dataclass(frozen=True, slots=True)
class EmbeddingFigures:
    """The figures of `measure_embedding`; `queries` compares ours with the reference."""

    computed_by: str
    passages: PassageFigures
    queries: Comparison

    def as_json(self) -> dict[str, Any]:
        return {
            "computed_by": self.computed_by,
            "passages": self.passages.as_json(),
            "queries": self.queries.as_json(),
        }


def run(options: EmbeddingOptions) -> None:
    """Measure, print the table, and write the figures if a file was given."""
    machine = describe_machine()
    with tempfile.TemporaryDirectory(prefix="spanlight-benchmark-") as work:
        corpus = copy_corpus(options.data, options.files, Path(work))
        inputs = list(dict.fromkeys(each.embedded for each in folder_passages(corpus.folder)))
    queries = UnseenQueries(sentences_of(options.data))
    queries.reserve(2 * (WARM_UP + options.queries))
    if not inputs:
        raise UsageError(f"{options.data} contains no text to embed")
    sample = inputs[:: -(-len(inputs) // options.passages)]
    figures = measure_embedding(sample, queries, options.queries)
    console = console_beside(options.json)
    console.print(str(machine), highlight=False)
    console.print(_table(figures))
    write_json(options.json, {"machine": machine.as_json(), "embedding": figures.as_json()})


def measure_embedding(
    inputs: Sequence[EmbeddingInput], queries: UnseenQueries, count: int
) -> EmbeddingFigures:
    """Return the figures of embedding the inputs and `count` queries, turn by turn."""
    ours = LazyEmbedder(DEFAULT_MODEL)
    reference = ReferenceEmbedder(model_folder(DEFAULT_MODEL))
    for query in queries.take(WARM_UP):
        ours.embed_queries([query])
    for query in queries.take(WARM_UP):
        reference.encode([query])
    passages = _measure_passages(ours, reference, inputs)
    return EmbeddingFigures(
        ours.computed_by, passages, _measure_queries(ours, reference, queries, count)
    )


def _measure_passages(
    ours: LazyEmbedder, reference: ReferenceEmbedder, inputs: Sequence[EmbeddingInput]
) -> PassageFigures:
    seconds = reference_seconds = 0.0
    vectors, expected = [], []
    ours.embed_passages(inputs[:1])  # compiles the model for passages
    for number, some in enumerate(_batches(inputs, PASSAGES_AT_ONCE)):
        embed = partial(ours.embed_passages, some)
        encode = partial(reference.encode, [each.text for each in some])
        if number % 2:
            (embedded, own_time), (encoded, other_time) = _timed(embed), _timed(encode)
        else:  # the order alternates, because a machine that warms up favours the second
            (encoded, other_time), (embedded, own_time) = _timed(encode), _timed(embed)
        seconds += own_time
        reference_seconds += other_time
        vectors += [each.passage for each in embedded]
        expected.append(encoded)
    texts = [each.text for each in inputs]
    tokens, tokenizing_seconds = _timed(partial(reference.token_counts, texts))
    whole = np.array(tokens) <= reference.limit
    cosines = _cosines(np.array(vectors), np.concatenate(expected))[whole]
    return PassageFigures(
        passages=len(inputs),
        tokens=sum(tokens),
        seconds=seconds,
        reference_seconds=reference_seconds,
        tokenizing_seconds=tokenizing_seconds,
        cut=int(np.count_nonzero(~whole)),
        smallest_cosine=float(cosines.min(initial=1.0)),
        mean_cosine=float(cosines.mean()) if len(cosines) else 1.0,
    )


def _measure_queries(
    ours: LazyEmbedder, reference: ReferenceEmbedder, queries: UnseenQueries, count: int
) -> Comparison:
    own: list[float] = []
    other: list[float] = []
    for _ in range(0, count, QUERIES_AT_ONCE):
        turn = min(QUERIES_AT_ONCE, count - len(own))
        own += [_timed(partial(ours.embed_queries, [each]))[1] for each in queries.take(turn)]
        other += [_timed(partial(reference.encode, [each]))[1] for each in queries.take(turn)]
    return Comparison(_latency(own), _latency(other))


def _latency(seconds: Sequence[float]) -> Latency:
    return Latency.of([1_000 * each for each in seconds], sum(seconds))


def _cosines(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float64]:
    products = np.einsum("ij,ij->i", one, other, dtype=np.float64)
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    cosines: NDArray[np.float64] = products / lengths
    return cosines


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


def _table(figures: EmbeddingFigures) -> Table:
    passages, queries = figures.passages, figures.queries
    title = f"The default model by {figures.computed_by} and by sentence-transformers"
    table = Table(title=title, title_justify="left")
    table.add_column("", no_wrap=True)
    for column in ("ours", "sentence-transformers", "ratio"):
        table.add_column(column, justify="right")
    count = passages.passages
    table.add_row(
        "passages/s",
        f"{count / passages.seconds:.0f}",
        f"{count / passages.reference_seconds:.0f}",
        f"{passages.ratio:.2f}",
    )
    for name in ("p50", "p99"):
        one, other = getattr(queries.measured, name), getattr(queries.against, name)
        table.add_row(f"query, {name}, ms", f"{one:.2f}", f"{other:.2f}", f"{one / other:.2f}")
    table.add_row("passages", f"{count:,}")
    table.add_row("tokens a passage", f"{passages.tokens / count:.0f}")
    table.add_row("tokenizing, share", f"{passages.tokenizing_seconds / passages.seconds:.1%}")
    table.add_row("cosine, smallest", f"{passages.smallest_cosine:.5f}")
    table.add_row("cosine, mean", f"{passages.mean_cosine:.5f}")
    table.add_row("passages cut by the reference", f"{passages.cut:,}")
    return table
