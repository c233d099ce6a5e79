"""The embedding model of the generation that answers."""

from collections.abc import Callable

from api.search.models.backoff import Backoff
from api.search.models.query_model import QueryModel, UnusableModel
from indexer.config import NO_MODEL
from indexer.embedding.embedder import Embedder
from indexer.errors import REMEDY, ModelUnusable
from indexer.index.manifest import Manifest

__all__ = ["QueryModels"]


class QueryModels:
    """The model of one generation after the other. Generations with the same model share it.

    `current` may still load. It is None if the generation has no vectors.
    """

    def __init__(self, load_model: Callable[[str], Embedder]) -> None:
        self._load_model = load_model
        self._backoff = Backoff()
        self._manifest: Manifest | None = None
        # The last model that could be used, by its name.
        self._loaded: dict[str, QueryModel] = {}
        self.current: QueryModel | UnusableModel | None = None

    @property
    def problem(self) -> str | None:
        """Why the model cannot be used, if it cannot."""
        return self.current.problem if self.current is not None else None

    def of(self, manifest: Manifest) -> QueryModel | UnusableModel | None:
        """Return the model of the generation, and make it the current one."""
        self._manifest = manifest
        self.current = self._found(manifest)
        self._backoff.succeeded()
        return self.current

    def retry(self) -> bool:
        """Try again to use a model that could not be used; return whether `current` is another.

        Its files may have been unreadable only for a moment, or may have been restored.
        """
        if isinstance(self.current, QueryModel):
            self.current.retry()
        elif self.current is not None and self._manifest is not None and self._backoff.is_due:
            self._backoff.failed()
            self.current = self._found(self._manifest)
            return True
        return False

    def _found(self, manifest: Manifest) -> QueryModel | UnusableModel | None:
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
