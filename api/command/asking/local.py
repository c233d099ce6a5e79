"""An index that is opened in this process."""

from pathlib import Path

from api.command.asking.remote import Json
from api.contract.quotations import VerifyRequest
from api.contract.search import SearchRequest
from api.serving.library import Index, valid_request

__all__ = ["Local"]


class Local:
    """Answers as a server would, in JSON."""

    def __init__(self, index: Path) -> None:
        self._index = Index(index)

    def search(self, request: Json) -> Json:
        answer = self._index.answer(valid_request(SearchRequest, request))
        return answer.model_dump(mode="json")

    def verify(self, request: Json) -> Json:
        return self._index.check(valid_request(VerifyRequest, request)).model_dump(mode="json")

    def text(self, document_id: str, start: int, end: int) -> str:
        return self._index.read(document_id, start, end).text

    def close(self) -> None:
        self._index.close()
