"""A model that loads in the background: it is loading, ready, or has a problem.

A problem may pass, such as a file that cannot be read for a moment. So loading is tried again.
"""

import logging
import threading
from collections.abc import Callable

from api.contract.errors import ModelLoading
from api.search.models.backoff import Backoff
from indexer.errors import ModelUnusable, is_failure

__all__ = ["Loading"]

log = logging.getLogger(__name__)


class Loading:
    """The loading of one model. Safe to share between threads.

    `what` names the model in messages, as in "the embedding model".
    """

    def __init__(self, what: str, load: Callable[[], object]) -> None:
        self._what = what
        self._load = load
        self._problem: str | None = None
        self._ready = threading.Event()
        self._ended = threading.Event()
        self._turn = threading.Lock()
        self._backoff = Backoff()

    @property
    def ready(self) -> bool:
        return self._ready.is_set()

    @property
    def problem(self) -> str | None:
        """Why the model cannot be used, if it cannot."""
        return self._problem

    def run(self) -> None:
        """Load the model now; a failure is kept as the problem."""
        with self._turn:
            try:
                self._load()
            except ModelUnusable as error:
                self._failed(str(error))
            except BaseException as error:
                if not is_failure(error):
                    raise
                problem = f"{self._what} cannot be loaded: {error}"
                if problem != self._problem:
                    # Nothing else reports an exception that ends a background thread.
                    log.exception("%s cannot be loaded", self._what)
                self._failed(problem)
            else:
                self._problem = None
                self._ready.set()
            finally:
                self._ended.set()

    def run_in_background(self) -> None:
        threading.Thread(target=self.run, name="model-loading", daemon=True).start()

    def retry(self) -> None:
        """Load the model again in the background if that failed, not too often."""
        if self._problem is not None and self._backoff.is_due and not self._turn.locked():
            self.run_in_background()

    def _failed(self, problem: str) -> None:
        self._problem = problem
        self._backoff.failed()

    def wait(self) -> None:
        """Return once the model is ready, or loading has failed once."""
        self._ended.wait()

    def require(self) -> None:
        """Return if the model is ready. Raises ModelLoading or ModelUnusable otherwise."""
        if self._problem is not None:
            raise ModelUnusable(self._problem)
        if not self.ready:
            raise ModelLoading(f"{self._what} is still loading; try again in a few seconds")
