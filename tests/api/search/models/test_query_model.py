import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from api.contract.errors import ModelLoading
from api.search.models.query_model import QueryModel, UnusableModel
from indexer.errors import ModelNotFound, ModelUnusable
from tests.api.gated_embedder import GatedEmbedder
from tests.api.served_index import wait_until
from tests.hashed_embedder import HashedEmbedder
from tests.panics import panic


def test_a_loaded_model_embeds_as_its_embedder_does() -> None:
    model = QueryModel(HashedEmbedder("some weights"))
    model.load()
    assert (model.ready, model.problem, model.identity) == (True, None, "some weights")
    np.testing.assert_array_equal(
        model.embed_query("a ferry"), HashedEmbedder().embed_queries(["a ferry"])[0]
    )


def test_a_model_that_is_loading_says_so_at_once() -> None:
    embedder = GatedEmbedder()
    model = QueryModel(embedder)
    model.load_in_background()
    assert embedder.asked.wait(10)
    assert not model.ready
    with pytest.raises(ModelLoading):
        model.embed_query("a ferry")
    embedder.gate.set()
    wait_until(lambda: model.ready)
    assert len(model.embed_query("a ferry")) == HashedEmbedder.dimension


def test_a_model_that_cannot_be_loaded_says_why() -> None:
    embedder = GatedEmbedder(error=ModelNotFound("there is no model folder"))
    embedder.gate.set()
    model = QueryModel(embedder)
    model.load()
    assert (model.ready, model.problem) == (False, "there is no model folder")
    with pytest.raises(ModelUnusable, match="there is no model folder") as caught:
        model.embed_query("a ferry")
    assert not isinstance(caught.value, ModelLoading)


def test_any_failure_during_loading_is_reported() -> None:
    embedder = GatedEmbedder(error=MemoryError("not enough for 90 MB"))
    embedder.gate.set()
    model = QueryModel(embedder)
    model.load()
    assert model.problem is not None
    assert "not enough for 90 MB" in model.problem
    with pytest.raises(ModelUnusable):
        model.embed_query("a ferry")


def test_threads_share_a_model() -> None:
    model = QueryModel(HashedEmbedder())
    model.load()
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(model.embed_query("a ferry").tolist()))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [HashedEmbedder().embed_queries(["a ferry"])[0].tolist()] * 8


def test_an_unavailable_model_is_never_ready() -> None:
    model = UnusableModel("it was built with another one")
    assert not model.ready
    with pytest.raises(ModelUnusable, match="it was built with another one"):
        model.embed_query("a ferry")


class CountingEmbedder(HashedEmbedder):
    """Blocks its first computation until a gate opens, and records the texts of each one."""

    def __init__(self, error: BaseException | None = None) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.computed: list[list[str]] = []
        self._error = error

    def embed_queries(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        self.computed.append(list(texts))
        if texts[0] == "first":
            assert self.gate.wait(10)
        if "broken" in texts and self._error is not None:
            raise self._error
        return super().embed_queries(texts)


def test_queries_that_arrive_during_a_computation_are_batched() -> None:
    embedder = CountingEmbedder()
    model = QueryModel(embedder)
    model.load()
    with ThreadPoolExecutor(20) as threads:
        first = threads.submit(model.embed_query, "first")
        wait_until(lambda: ["first"] in embedder.computed)
        others = [threads.submit(model.embed_query, f"query {number}") for number in range(12)]
        wait_until(lambda: len(model._waiting) == 12)
        embedder.gate.set()
        found = [each.result() for each in (first, *others)]
    expected = HashedEmbedder().embed_queries(["first", *(f"query {n}" for n in range(12))])
    np.testing.assert_array_equal(found, expected)
    # After the warm-up and the first single query: a batch of eight, and the remaining four.
    assert [len(texts) for texts in embedder.computed] == [1, 1, 8, 4]


class Panic(BaseException):
    """A panic of an extension module, which is not an Exception."""


@pytest.mark.parametrize("error", [RuntimeError("cannot be computed"), Panic("cannot be computed")])
def test_every_waiting_caller_learns_of_a_failed_computation(error: BaseException) -> None:
    embedder = CountingEmbedder(error)
    model = QueryModel(embedder)
    model.load()
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(model.embed_query, "first")
        wait_until(lambda: ["first"] in embedder.computed)
        others = [threads.submit(model.embed_query, text) for text in ("broken", "whole")]
        wait_until(lambda: len(model._waiting) == 2)
        embedder.gate.set()
        assert len(first.result()) == HashedEmbedder.dimension
        for each in others:
            with pytest.raises(type(error), match="cannot be computed"):
                each.result(10)
    assert len(model.embed_query("afterwards")) == HashedEmbedder.dimension


class PanickingEmbedder(HashedEmbedder):
    """Loads, and then panics."""

    def embed_queries(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        if texts != ["warm up"]:
            panic()
        return super().embed_queries(texts)


def test_a_panic_over_a_query_is_named() -> None:
    model = QueryModel(PanickingEmbedder())
    model.load()
    with pytest.raises(ModelUnusable, match="the embedding model failed: "):
        model.embed_query("a query")
    assert model.ready
