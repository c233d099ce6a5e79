import threading

import numpy as np
import pytest

from api.model import QueryModel, UnusableModel
from indexer.errors import ModelLoading, ModelNotFound, ModelUnusable
from tests.api.gated_embedder import GatedEmbedder
from tests.api.serving import wait_until
from tests.hashed_embedder import HashedEmbedder


def test_a_loaded_model_embeds_as_its_embedder_does() -> None:
    model = QueryModel(HashedEmbedder("some weights"))
    model.load()
    assert (model.ready, model.problem, model.identity) == (True, None, "some weights")
    np.testing.assert_array_equal(
        model.embed_query("a ferry"), HashedEmbedder().embed_query("a ferry")
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


def test_whatever_fails_while_it_loads_is_told() -> None:
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
    assert found == [HashedEmbedder().embed_query("a ferry").tolist()] * 8


def test_a_model_that_cannot_be_had_is_never_ready() -> None:
    model = UnusableModel("it was built with another one")
    assert not model.ready
    with pytest.raises(ModelUnusable, match="it was built with another one"):
        model.embed_query("a ferry")
