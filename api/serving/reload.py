"""Keeps the searcher of the published generation, and replaces it when a new one is published."""

import logging
import threading
import time
from collections.abc import Callable

from api.contract.search import SearchWarning
from api.search.models.backoff import Backoff
from api.search.models.reranker import Reranker
from api.search.modes import NO_VECTOR_YET
from api.search.ranking_settings import RankingSettings, read_ranking_settings
from api.search.searcher import Searcher
from api.serving.query_models import QueryModels
from api.settings import ServerSettings
from api.telemetry.metrics import RELOADS
from indexer.embedding.embedder import Embedder
from indexer.errors import (
    IndexDamaged,
    IndexNotFound,
    IndexUnusable,
    InvalidSetting,
    ModelUnusable,
    StorageError,
    is_failure,
)
from indexer.index.folder import IndexFolder
from indexer.index.snapshot import open_snapshot
from indexer.reading.sources import folder_problem

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
        self._models = QueryModels(load_model)
        self._reranker = reranker
        self._current: Searcher | None = None
        self._tried: str | None = None
        self._retry = Backoff()
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
        if self._current is not None:
            missing = folder_problem(self._current.snapshot.folder)
            if missing is not None:
                problems.append(f"{missing}; until it is back, answers are from the last build")
        if self._saved_problem is not None:
            problems.append(self._saved_problem)
        if self._models.problem is not None:
            problems.append(self._models.problem)
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

        Also applies the settings that were saved for the index, and tries again what has failed.
        With `again`, that is tried at once, without a pause.
        """
        with self._refreshing:
            if again:
                self._retry.succeeded()
            self._refresh()

    def _refresh(self) -> None:
        self._take_up_settings()
        try:
            index = self._index.resolved()
            name = index.current_id()
            if name is None:
                self._index_problem = self._missing_index()
            elif self._answers_from(name):
                self._settle()
            elif name != self._tried or self._retry.is_due:
                self._tried = name
                self._switch(index, name)
                self._settle()
                RELOADS.labels("opened").inc()
        except IndexUnusable as error:
            self._failed(error)
        self._retry_models()

    def _answers_from(self, name: str) -> bool:
        return self._current is not None and self._current.snapshot.manifest.generation == name

    def _failed(self, error: IndexUnusable) -> None:
        """Keep answering as before, or else from an older generation, and say so."""
        is_news = str(error) != str(self._index_problem)
        self._index_problem = error
        if is_news:
            RELOADS.labels("failed").inc()
            log.error(
                "cannot answer from the published generation: %s",
                error,
                extra={"generation": self._tried, "code": error.code},
            )
        if self._current is None and (is_news or self._retry.is_due):
            self._fall_back()
            is_news = True
        if is_news and self._current is not None:
            self._current = self._current.with_notices([_older(self._current, error)])
        if self._retry.is_due:
            self._retry.failed()

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
        self._retry.succeeded()

    def _missing_index(self) -> IndexNotFound:
        """Return the problem that nothing is published here, or not any more."""
        if self._current is None:
            return _no_index(self._index)
        generation = self._current.snapshot.manifest.generation
        return IndexNotFound(
            f"{self._index.path} is empty or gone; until the server stops, answers come from "
            f"generation {generation}, which is still open; put the index back, or build it anew"
        )

    def _retry_models(self) -> None:
        """Load models again whose loading failed, because their files may be readable now."""
        if self._reranker is not None:
            self._reranker.retry()
        if self._models.retry() and self._current is not None:
            self._current = self._current.with_model(self._models.current)

    def _problem_of_index(self) -> IndexUnusable | None:
        if isinstance(self._index_problem, IndexNotFound) and self._current is None:
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
            told = (
                saved.model_dump(mode="json", include={"fusion", "semantic_weight"})
                if saved is not None
                else None
            )
            log.info("ranking settings read", extra={"saved": told})
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
        if self._models.current is not None:
            self._models.current.wait()
        if self._reranker is not None:
            try:
                self._reranker.load()
            except ModelUnusable as error:
                log.error("hits are not reranked: %s", error, extra={"code": error.code})  # noqa: TRY400

    def _fall_back(self) -> None:
        """Answer from the newest older generation that can be opened."""
        try:
            index = self._index.resolved()
            published = index.published()
        except StorageError:
            # The error that brought us here says what is wrong.
            return
        for folder in reversed(published):
            try:
                self._switch(index, folder.id)
            except IndexUnusable:
                continue
            return

    def _switch(self, index: IndexFolder, name: str) -> None:
        began = time.monotonic()
        generation = index.generation(name)
        snapshot = open_snapshot(index, generation)
        manifest = generation.manifest
        model = self._models.of(manifest)
        self._damage = None
        # The previous snapshot closes when the last request that uses it has ended.
        self._current = Searcher(snapshot, model, self._settings, self._reranker, self._saved)
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
    return index.not_found()
