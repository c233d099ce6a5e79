"""Spanlight in a Python program: open the index of a folder, search, read and verify.

    import spanlight

    with spanlight.open_index("~/documents") as index:
        for hit in index.search("why was the bridge closed", limit=3).hits:
            print(hit.document.path, hit.span, hit.text)

No server is needed. The answers have the types of the HTTP API, which are exported here.
"""

from pathlib import Path

from api.contract.documents import DocumentMetadata, DocumentText
from api.contract.hits import Hit
from api.contract.lists.files import DocumentList
from api.contract.passages import PassageContext, PassageOut
from api.contract.quotations import Verdict, Verification
from api.contract.search import Mode, SearchRequest, SearchResponse
from api.contract.status import Status
from api.serving.library import Index
from indexer.command.registry import registry
from indexer.errors import IndexNotFound, SpanlightError

__all__ = [
    "DocumentList",
    "DocumentMetadata",
    "DocumentText",
    "Hit",
    "Index",
    "Mode",
    "PassageContext",
    "PassageOut",
    "SearchRequest",
    "SearchResponse",
    "SpanlightError",
    "Status",
    "Verdict",
    "Verification",
    "open_index",
]


def open_index(folder: str | Path = ".", *, index: str | Path | None = None) -> Index:
    """Open the index of a folder of documents, or of the folder around it.

    `index` names the folder of the index itself instead. Raises IndexUnusable, which says what to
    do, for example to build the index with `spanlight index FOLDER`.
    """
    if index is not None:
        return Index(Path(index).expanduser())
    place = Path(folder).expanduser()
    found = registry().around(place)
    if found is None:
        raise IndexNotFound(
            f"{place.absolute()} is in no folder that has an index; build one with: "
            f"spanlight index {place}"
        )
    return Index(found.index)
