"""Keeps the searcher of the published generation, and replaces it when a new one is published."""

import logging
import threading
import time
from collections.abc import Callable

from api.contract.search import SearchWarning
from api.search.models.query_model import QueryModel, UnusableModel
from api.search.models.reranker import Reranker
from api.search.modes import NO_VECTOR_YET
from api.search.ranking_settings import RankingSettings, read_ranking_settings
from api.search.searcher import Searcher
from api.settings import ServerSettings
from api.telemetry.metrics import RELOADS
from indexer.config import NO_MODEL
from indexer.embedding.embedder import Embedder
from indexer.errors import (
    REMEDY,
    IndexDamaged,
    IndexNotFound,
    IndexUnusable,
    InvalidSetting,
    ModelUnusable,
    StorageError,
    is_failure,
)
from indexer.index.generation import IndexFolder, PublishedGeneration
from indexer.index.snapshot import open_snapshot

__all__ = ["Searchers"]

log = logging.getLogger(__name__)


class Searchers:
    """The current searcher of one index. A request keeps the one that it began with.

    A generation that cannot be opened never replaces one that answers. `problems` reports it
    instead.
    """

    def __init__(
        self,
        index: IndexFolder,
        settings: ServerSettings,
        load_model: Callable[[str], Embedder],
        reranker: Reranker | None = None,
    ) -> None:
        self._index = index
        self._settings = settings
        self._load_model = load_model
        self._reranker = reranker
        # The last model by its name. Generations with the same model share it.
        self._loaded: dict[str, QueryModel] = {}
        self._model: QueryModel | UnusableModel | None = None
        self._current: Searcher | None = None
        self._tried: str | None = None
        self._index_problem: IndexUnusable | None = None
        self._damage: str | None = None
        self._saved: RankingSettings | None = None
        self._saved_problem: str | None = None
        self._refreshing = threading.Lock()
        self._stopping = threading.Event()
        self._watching: threading.Thread | None = None

    def start(self) -> None:
        """Open the published generation, and watch for the next one."""
        self.refresh()
        self._watching = threading.Thread(target=self._watch, name="reload", daemon=True)
        self._watching.start()
        if self._reranker is not None and not self._reranker.ready:
            threading.Thread(target=self._load_reranker, name="reranker", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        if self._watching is not None:
            self._watching.join()
        if self._current is not None:
            self._current.snapshot.close()

    def current(self) -> Searcher:
        """Return the searcher to answer with. Raises IndexUnusable if there is none."""
        if self._current is not None:
            return self._current
        raise self._problem_of_index() or _no_index(self._index)

    def problems(self) -> list[str]:
        """Return messages about everything that keeps the server from answering as it should."""
        index_problem = self._problem_of_index()
        problems = [str(index_problem)] if index_problem is not None else []
        if self._damage is not None and self._damage not in problems:
            problems.append(self._damage)
        if self._saved_problem is not None:
            problems.append(self._saved_problem)
        if self._model is not None and self._model.problem is not None:
            problems.append(self._model.problem)
        if self._current is not None and self._current.snapshot.manifest.lacks_vectors:
            problems.append(NO_VECTOR_YET)
        if self._reranker is not None and self._reranker.problem is not None:
            problems.append(self._reranker.problem)
        return problems

    @property
    def building(self) -> bool:
        """Whether a new generation is being built now."""
        return self._index.is_being_written()

    @property
    def lacks_reranker(self) -> bool:
        """Whether the settings require a reranker that is not ready."""
        reranker = self._reranker
        return self._settings.reranker_required and reranker is not None and not reranker.ready

    def require_reranker(self) -> None:
        """Load the reranker now if the settings require it. Raises ModelUnusable."""
        if self._settings.reranker_required and self._reranker is not None:
            self._reranker.load()

    def refresh(self, *, again: bool = False) -> None:
        """Open the published generation if it is not the one that answers.

        Also applies the settings that were saved for the index. With `again`, tries even a
        generation that could not be opened.
        """
        with self._refreshing:
            if again and self._index_problem is not None:
                self._tried = None
            self._refresh()

    def _refresh(self) -> None:
        self._take_up_settings()
        try:
            name = self._index.current_id()
            if name is None:
                if self._current is None:
                    self._index_problem = _no_index(self._index)
                return
            if name == self._tried:
                if self._current is not None and self._current.snapshot.manifest.generation == name:
                    self._settle()
                return
            self._tried = name
            self._switch(name)
            self._settle()
            RELOADS.labels("opened").inc()
        except IndexUnusable as error:
            is_news = str(error) != str(self._index_problem)
            if is_news:
                RELOADS.labels("failed").inc()
                log.error(  # noqa: TRY400
                    "cannot answer from the published generation: %s",
                    error,
                    extra={"generation": self._tried, "code": error.code},
                )
            self._index_problem = error
            if self._current is None:
                self._fall_back()
                is_news = True
            if is_news and self._current is not None:
                self._current = self._current.with_notices([_older(self._current, error)])

    def report_damage(self, error: IndexDamaged) -> None:
        """Report damage as a problem until another generation is opened."""
        if self._damage != str(error):
            log.error("damage was found while answering: %s", error, extra={"code": error.code})
            self._damage = str(error)

    def _settle(self) -> None:
        """Forget the problem of the published generation, which now answers."""
        if self._index_problem is not None and self._current is not None:
            self._current = self._current.with_notices(())
        self._index_problem = None

    def _problem_of_index(self) -> IndexUnusable | None:
        if isinstance(self._index_problem, IndexNotFound):
            # A build may have started or ended since, and the message says so.
            return _no_index(self._index)
        return self._index_problem

    def _take_up_settings(self) -> None:
        """Apply the settings saved for the index; settings that cannot be read become a problem."""
        saved, problem = None, None
        try:
            saved = read_ranking_settings(self._index)
        except (InvalidSetting, StorageError) as error:
            problem = f"the saved ranking settings cannot be used, so defaults apply: {error}"
            if problem != self._saved_problem:
                log.error(problem, extra={"code": error.code})  # noqa: TRY400
        self._saved_problem = problem
        if saved != self._saved:
            self._saved = saved
            if self._current is not None:
                self._current = self._current.with_settings(saved)

    def _watch(self) -> None:
        while not self._stopping.wait(self._settings.reload_interval_s):
            try:
                self.refresh()
            except BaseException as error:
                if not is_failure(error):
                    raise
                # The server goes on answering and watching after any failure.
                log.exception("looking for a new generation failed")

    def _load_reranker(self) -> None:
        # Loading both models at once would delay hybrid search for twice as long.
        if self._model is not None:
            self._model.wait()
        if self._reranker is not None:
            try:
                self._reranker.load()
            except ModelUnusable as error:
                log.error("hits are not reranked: %s", error, extra={"code": error.code})  # noqa: TRY400

    def _fall_back(self) -> None:
        """Answer from the newest older generation that can be opened."""
        try:
            published = self._index.published()
        except StorageError:
            # The error that brought us here says what is wrong.
            return
        for folder in reversed(published):
            try:
                self._switch(folder.id)
            except IndexUnusable:
                continue
            return

    def _switch(self, name: str) -> None:
        began = time.monotonic()
        generation = self._index.generation(name)
        snapshot = open_snapshot(self._index, generation)
        self._model = self._model_of(generation)
        self._damage = None
        # The previous snapshot closes when the last request that uses it has ended.
        self._current = Searcher(snapshot, self._model, self._settings, self._reranker, self._saved)
        manifest = generation.manifest
        log.info(
            "generation opened",
            extra={
                "generation": name,
                "documents": manifest.documents,
                "passages": manifest.passages,
                "with_vectors": manifest.with_vectors,
                "seconds": round(time.monotonic() - began, 3),
            },
        )

    def _model_of(self, generation: PublishedGeneration) -> QueryModel | UnusableModel | None:
        """Return the model of the generation, which may still load; None if it has no vectors."""
        manifest = generation.manifest
        name = manifest.config.model
        if name == NO_MODEL or manifest.vectors is None:
            return None
        try:
            model = self._loaded.get(name)
            if model is None or model.identity != manifest.model_identity:
                # The model's files may have been replaced, and the index rebuilt with them.
                model = QueryModel(self._load_model(name))
            identity = model.identity
        except ModelUnusable as error:
            return UnusableModel(str(error))
        if identity != manifest.model_identity:
            return UnusableModel(
                f"the files of model {name!r} are not the ones that the index was built with; "
                f"restore them, or {REMEDY}"
            )
        if self._loaded.get(name) is not model:
            self._loaded = {name: model}
            model.load_in_background()
        return model


def _older(searcher: Searcher, problem: IndexUnusable) -> SearchWarning:
    """Return the warning that answers come from an older generation than the published one."""
    manifest = searcher.snapshot.manifest
    return SearchWarning(
        code="older_generation",
        message=f"Answered from generation {manifest.generation}, built "
        f"{manifest.built}: the published one cannot be opened. "
        f"{str(problem).removesuffix('.')}.",
    )


def _no_index(index: IndexFolder) -> IndexNotFound:
    if index.is_being_written():
        return IndexNotFound(
            f"there is no index at {index.path} yet, but its first build is running; try again "
            "when it is done"
        )
    return IndexNotFound(
        f"there is no index at {index.path}; build one with: "
        f"python scripts/reindex.py FOLDER --index {index.path}"
    )
