"""Index: the index of a folder, opened in this process, without a server."""

import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ValidationError

from api.contract.documents import DocumentText
from api.contract.errors import InvalidQuery
from api.contract.lists.files import DocumentList, ListRequest
from api.contract.passages import PassageContext
from api.contract.quotations import Verification, VerifyRequest
from api.contract.refusals.wrong_values import complaint, unknown_parameter
from api.contract.search import Mode, SearchRequest, SearchResponse
from api.contract.status import Status
from api.search.models.cross_encoder import load_cross_encoder
from api.search.models.query_model import QueryModel, UnusableModel
from api.search.models.reranker import reranker_of
from api.search.ranking_settings import read_ranking_settings
from api.search.searcher import Searcher
from api.serving.query_models import QueryModels
from api.serving.status import index_status
from api.settings import load_settings
from indexer.embedding.embedder import LazyEmbedder
from indexer.index.folder import IndexFolder
from indexer.index.snapshot import open_snapshot

__all__ = ["Index", "valid_request"]

Request = TypeVar("Request", bound=BaseModel)


class Index:
    """An open index. Its answers have the types of the HTTP API, and rank as a server does.

    It answers from the build that was the newest when it was opened; open it again after the next
    one. Threads may share it. Use it in a `with` block, or close it.
    """

    def __init__(self, path: Path) -> None:
        """Open the index in this folder. Raises IndexUnusable, which says what is wrong."""
        place = IndexFolder(path).resolved()
        settings = load_settings(index=path)
        reranker = reranker_of(settings, load_cross_encoder)
        if reranker is not None:
            reranker.load()
        self.path = path
        self._place = place
        self._models = QueryModels(LazyEmbedder)
        self._loading = threading.Lock()
        self._with_model: Searcher | None = None
        saved = read_ranking_settings(place)
        snapshot = open_snapshot(place, place.current())
        self._words = Searcher(snapshot, None, settings, reranker, saved)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._words.snapshot.close()

    @property
    def folder(self) -> Path:
        """The folder whose documents are in the index."""
        return self._words.snapshot.folder

    def search(
        self,
        q: str,
        *,
        mode: Mode | str | None = None,
        limit: int = 10,
        path: tuple[str, ...] = (),
        **others: Any,
    ) -> SearchResponse:
        """Return the passages that answer. All parameters are those of `GET /v1/search`.

        The first search by meaning loads the model, which takes a second or more. Raises
        InvalidQuery or SemanticUnavailable.
        """
        values = {"q": q, "mode": mode, "limit": limit, "path": list(path)} | others
        return self.answer(valid_request(SearchRequest, values))

    def answer(self, request: SearchRequest) -> SearchResponse:
        """Return the answer to a search that was put together elsewhere."""
        return self._searcher_for(request.mode).search(request)

    def read(self, document_id: str, start: int = 0, end: int | None = None) -> DocumentText:
        """Return the text of a document, or a part of it, as it was indexed.

        Raises DocumentNotFound.
        """
        return self._words.documents.text(document_id, start, end)

    def passage(self, passage_id: str, *, before: int = 0, after: int = 0) -> PassageContext:
        """Return a passage with its neighbours. Raises PassageNotFound."""
        return self._words.documents.passage(passage_id, before=before, after=after)

    def verify(
        self, text: str, *, path: str | None = None, span: tuple[int, int] | None = None
    ) -> Verification:
        """Return whether a quotation is in its file as it is now, or in any file.

        Raises InvalidQuery, or DocumentNotFound if the path is not in the index.
        """
        where = None if span is None else {"start": span[0], "end": span[1]}
        values = {"text": text, "path": path, "span": where}
        return self.check(valid_request(VerifyRequest, values))

    def check(self, request: VerifyRequest) -> Verification:
        """Return the answer to a quotation that was put together elsewhere."""
        return self._words.quotations.check(request)

    def documents(self, **parameters: Any) -> DocumentList:
        """Return a page of the documents. The parameters are those of `GET /v1/documents`."""
        return self._words.lister.files(valid_request(ListRequest, parameters))

    def status(self) -> Status:
        """Return what the index contains, and how it was built."""
        return index_status(self._words, building=self._place.is_being_written())

    def _searcher_for(self, mode: Mode | None) -> Searcher:
        """Return the searcher for a mode, with its model loaded if it needs one."""
        if mode is Mode.LEXICAL:
            return self._words
        with self._loading:
            if self._with_model is None:
                self._with_model = self._words.with_model(self._loaded_model())
            return self._with_model

    def _loaded_model(self) -> QueryModel | UnusableModel | None:
        model = self._models.of(self._words.snapshot.manifest)
        if model is not None:
            model.wait()
        return model


def valid_request(kind: type[Request], values: Mapping[str, Any]) -> Request:
    """Return the request with these values. Raises InvalidQuery, which names the wrong one."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            told = unknown_parameter(name, kind.model_fields)
        else:
            told = complaint(first, kind.model_fields[name].metadata)
        raise InvalidQuery(f"{name}: {told}", parameter=name) from error
