"""Keeps the searcher of the published generation, and takes up a new one by itself."""

import logging
import threading
from collections.abc import Callable

from api.model import QueryModel
from api.searcher import Searcher
from api.settings import ServerSettings
from indexer.config import NO_MODEL
from indexer.embedder import Embedder
from indexer.errors import IndexNotFound, IndexUnusable, ModelUnusable, SpanlightError
from indexer.generation import IndexFolder, PublishedGeneration
from indexer.open_generation import open_generation

__all__ = ["Searchers"]

log = logging.getLogger(__name__)


class Searchers:
    """The current searcher of one index. A request keeps the one that it began with.

    A generation that cannot be opened never replaces one that answers: it is kept as a problem,
    and told by `problems`.
    """

    def __init__(
        self,
        index: IndexFolder,
        settings: ServerSettings,
        load_model: Callable[[str], Embedder],
    ) -> None:
        self._index = index
        self._settings = settings
        self._load_model = load_model
        self._models: dict[str, QueryModel] = {}
        self._current: Searcher | None = None
        self._tried: str | None = None
        self._index_problem: SpanlightError | None = None
        self._model_problem: str | None = None
        self._stopping = threading.Event()
        self._watching: threading.Thread | None = None

    def start(self) -> None:
        """Open what is published, and go on looking for what will be."""
        self.refresh()
        self._watching = threading.Thread(target=self._watch, name="reload", daemon=True)
        self._watching.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._watching is not None:
            self._watching.join()
        if self._current is not None:
            self._current.close()

    def current(self) -> Searcher:
        """Return the searcher to answer with. Raises IndexUnusable where there is none."""
        if self._current is not None:
            return self._current
        raise self._index_problem or IndexNotFound(f"there is no index at {self._index.path}")

    def problems(self) -> list[str]:
        """Return what keeps the server from answering as it should, for people to read."""
        problems = [str(self._index_problem)] if self._index_problem is not None else []
        if self._model_problem is not None:
            problems.append(self._model_problem)
        return problems + [model.problem for model in self._models.values() if model.problem]

    def refresh(self) -> None:
        """Open the published generation, if it is another one than that which answers."""
        try:
            name = self._index.current_id()
            if name is None:
                if self._current is None:
                    self._index_problem = _no_index(self._index)
                return
            if name == self._tried:
                return
            self._tried = name
            self._switch(self._index.generation(name))
            self._index_problem = None
        except IndexUnusable as error:
            log.error("cannot answer from the published generation: %s", error)  # noqa: TRY400
            self._index_problem = error
            if self._current is None:
                self._fall_back()

    def _watch(self) -> None:
        while not self._stopping.wait(self._settings.reload_interval_s):
            self.refresh()

    def _fall_back(self) -> None:
        """Answer from the newest older generation that is whole."""
        for folder in reversed(self._index.published()):
            try:
                self._switch(self._index.generation(folder.id))
            except IndexUnusable:
                continue
            return

    def _switch(self, generation: PublishedGeneration) -> None:
        opened = open_generation(self._index, generation)
        model = self._model(generation)
        # The searcher before this one closes when the last request that began with it lets go.
        self._current = Searcher(opened, model, self._settings)

    def _model(self, generation: PublishedGeneration) -> QueryModel | None:
        """Return the model of the generation, loading or loaded; None where it cannot be had."""
        manifest = generation.manifest
        name = manifest.config.model
        self._model_problem = None
        if name == NO_MODEL or manifest.vectors is None:
            return None
        try:
            model = self._models.get(name) or QueryModel(self._load_model(name))
            identity = model.identity
        except ModelUnusable as error:
            self._model_problem = str(error)
            return None
        if identity != manifest.model_identity:
            self._model_problem = (
                f"model {name!r} is not the one that the index was built with; put its files "
                "back, or rebuild the index with reindex.py --full"
            )
            return None
        if name not in self._models:
            self._models = {name: model}
            model.load_in_background()
        return model


def _no_index(index: IndexFolder) -> IndexNotFound:
    return IndexNotFound(
        f"there is no index at {index.path}; build one with: "
        f"python scripts/reindex.py FOLDER --index {index.path}"
    )
