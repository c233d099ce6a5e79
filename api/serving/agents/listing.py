"""The tools `list_documents` and `status`."""

from api.contract.documents import DocumentMetadata
from api.contract.lists.files import ListRequest
from api.search.searcher import Searcher
from api.serving.agents.answers import Listed, Listing, StatusReport
from api.serving.agents.requests import ListInput
from api.serving.drift import DriftWatch
from api.serving.reload import Searchers
from api.serving.status import index_status

__all__ = ["list_documents", "report_status"]

# How long to wait for the first comparison of the folder with the index.
DRIFT_WAIT_S = 0.5


def list_documents(searcher: Searcher, asked: ListInput) -> Listing:
    """Return one page of the documents, or of the files that the index has not."""
    found = searcher.lister.files(ListRequest(**dict(asked)))
    return Listing(
        total=found.total,
        documents=[_listed(each) for each in found.documents],
        skipped=found.skipped,
        reasons=found.reasons,
        next_cursor=found.next_cursor,
    )


def report_status(searcher: Searcher, searchers: Searchers, drift: DriftWatch) -> StatusReport:
    """Return the state of the index, and what is wrong with it."""
    changes = drift.drift_of(searcher.snapshot.manifest, wait_s=DRIFT_WAIT_S)
    status = index_status(searcher, building=searchers.building, drift=changes)
    shown = status.model_dump(include=set(StatusReport.model_fields) - {"drift", "problems"})
    return StatusReport(**shown, drift=changes, problems=searchers.problems())


def _listed(document: DocumentMetadata) -> Listed:
    return Listed(
        path=document.path,
        title=document.title,
        type=document.media_type,
        size_bytes=document.size_bytes,
        modified=document.modified,
        published=document.published,
        sha256=document.sha256,
        state=document.state,
    )
