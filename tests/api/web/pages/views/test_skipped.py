"""The list of skipped files says why each is left out and what would help."""

import pytest

from api.contract.documents import SkippedOut
from api.contract.lists.files import DocumentList, DocumentState, ListRequest
from api.web.pages.views.skipped import SkippedView, view_skipped
from indexer.documents import SkipReason

# Nobody needs help with these.
ON_PURPOSE = {SkipReason.EMPTY, SkipReason.IGNORED, SkipReason.TEMPORARY}


def view(
    *skipped: SkippedOut, reason: SkipReason | None = None, cursor: str | None = None
) -> SkippedView:
    request = ListRequest(state=DocumentState.SKIPPED, reason=[reason] if reason else [])
    found = DocumentList(
        generation="1",
        total=len(skipped),
        next_cursor=cursor,
        documents=[],
        skipped=list(skipped),
        reasons={"no text": 3, "too large": 1},
    )
    return view_skipped(request, found)


@pytest.mark.parametrize("reason", SkipReason)
def test_every_reason_has_a_remedy_unless_it_is_on_purpose(reason: SkipReason) -> None:
    (file,) = view(SkippedOut(path="a", reason=reason.value)).files
    assert bool(file.help) == (reason not in ON_PURPOSE)


def test_a_file_is_told_with_its_format_and_the_detail() -> None:
    scan = SkippedOut(path="a.pdf", reason="no text", detail="3 of its 3 pages", format="pdf")
    assert view(scan).files[0].why == "PDF, no text: 3 of its 3 pages"
    assert view(SkippedOut(path="a", reason="binary")).files[0].why == "binary"


def test_a_picture_is_not_to_be_saved_as_text() -> None:
    photo, old = [
        SkippedOut(path="a", reason="unsupported", detail=detail) for detail in ("JPEG", ".doc")
    ]
    assert "picture" in view(photo).files[0].help
    assert "save it as" in view(old).files[0].help


def test_reasons_lead_to_their_files_and_pages_keep_them() -> None:
    found = view(reason=SkipReason.NO_TEXT, cursor="abc")
    assert [(each.address, each.is_chosen) for each in found.reasons] == [
        ("/index/skipped?reason=no+text", True),
        ("/index/skipped?reason=too+large", False),
    ]
    assert found.following == "/index/skipped?reason=no+text&cursor=abc"
    assert view().following is None
