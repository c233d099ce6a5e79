import threading

import pytest

from api.contract.errors import ModelLoading
from api.search.models.loading import Loading
from indexer.errors import ModelNotFound, ModelUnusable
from tests.panics import panic


def failing(error: Exception) -> Loading:
    def load() -> None:
        raise error

    return Loading("the model", load)


def test_it_is_loading_until_it_is_ready() -> None:
    gate = threading.Event()
    loading = Loading("the model", gate.wait)
    assert (loading.ready, loading.problem) == (False, None)
    with pytest.raises(ModelLoading, match="the model is still loading"):
        loading.require()
    loading.run_in_background()
    gate.set()
    loading.wait()
    assert (loading.ready, loading.problem) == (True, None)
    loading.require()


def test_a_failure_is_kept_as_the_problem() -> None:
    loading = failing(ModelNotFound("there is no such folder"))
    loading.run_in_background()
    loading.wait()
    assert (loading.ready, loading.problem) == (False, "there is no such folder")
    with pytest.raises(ModelUnusable, match="there is no such folder") as caught:
        loading.require()
    assert not isinstance(caught.value, ModelLoading)


def test_any_failure_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    loading = failing(MemoryError("not enough"))
    loading.run()
    assert loading.problem == "the model cannot be loaded: not enough"
    assert "MemoryError" in caplog.text


def test_a_panic_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    loading = Loading("the model", panic)
    loading.run_in_background()
    loading.wait()
    assert str(loading.problem).startswith("the model cannot be loaded: ")
    assert len(caplog.records) == 1
