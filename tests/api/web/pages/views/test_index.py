"""The content of the page about the index, depending on the status."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from api.contract.jobs import Job, JobError, JobReport, JobState
from api.contract.status import Drift, Status
from api.ranking.fusion import FusionMethod
from api.web.pages.views.index import IndexView
from indexer.index.folder import IndexFolder
from tests.api.served_index import serve

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LATER = datetime(2026, 1, 3, tzinfo=UTC)
REPORT = JobReport(
    generation="00000010-ab12cd34",
    published=True,
    added=0,
    changed=0,
    removed=0,
    unchanged=0,
    passages=0,
    embedded=0,
    skipped=[],
    skipped_count=0,
    detected=[],
    detected_count=0,
)
STATUS = Status(
    generation="00000009-ab12cd34",
    folder="/documents",
    built=NOW,
    building=False,
    documents=0,
    passages=0,
    with_vectors=0,
    model="none",
    language="english",
    vector_index=None,
    fusion=FusionMethod.WEIGHTED,
    semantic_weight=0.7,
    reranker=None,
    format_version=3,
    version="1",
    python="3",
    engines={},
    built_with={},
)


def job(
    state: JobState,
    *,
    stage: str | None = None,
    report: JobReport | None = None,
    error: JobError | None = None,
) -> Job:
    return Job(
        id="0",
        state=state,
        started=NOW,
        ended=None,
        seconds=1,
        stage=stage,
        done=None,
        total=None,
        report=report,
        error=error,
    )


def view(status: Status | None = None, last: Job | None = None) -> IndexView:
    return IndexView(status, "/documents", None, False, [], last, None)


@pytest.mark.parametrize(
    ("drift", "words"),
    [
        (None, []),
        (Drift(checked=NOW, problem="gone"), []),
        (Drift(checked=NOW, added=0, changed=0, removed=0), []),
        (Drift(checked=NOW, added=3, changed=1, removed=0), ["3 files added", "1 changed"]),
        (Drift(checked=NOW, added=0, changed=1, removed=2), ["1 file changed", "2 removed"]),
        (Drift(checked=NOW, added=0, changed=0, removed=1_234), ["1,234 files removed"]),
    ],
)
def test_differences_are_described_in_words(drift: Drift | None, words: list[str]) -> None:
    assert view(STATUS.model_copy(update={"drift": drift})).differences == words


def test_the_page_waits_until_a_published_or_later_generation_answers() -> None:
    done = job(JobState.SUCCEEDED, report=REPORT)
    assert view(None, done).awaits_generation
    assert view(STATUS, done).awaits_generation
    for number in (10, 11, 100):
        later = STATUS.model_copy(update={"generation": f"{number:08}-ffffffff"})
        assert not view(later, done).awaits_generation
    unchanged = REPORT.model_copy(update={"published": False})
    assert not view(STATUS, job(JobState.SUCCEEDED, report=unchanged)).awaits_generation
    assert not view(STATUS, job(JobState.RUNNING)).awaits_generation
    assert not view(STATUS).awaits_generation


def test_an_outcome_is_told_until_another_build_comes_later() -> None:
    unchanged = REPORT.model_copy(update={"published": False, "generation": STATUS.generation})
    later = STATUS.model_copy(update={"generation": "00000011-ffffffff", "built": LATER})
    for report in (unchanged, REPORT):
        done = job(JobState.SUCCEEDED, report=report)
        assert view(STATUS, done).tells_job
        assert view(None, done).tells_job
        assert not view(later, done).tells_job
    failed = job(JobState.FAILED, error=JobError(code="internal_error", message="it failed"))
    failed = failed.model_copy(update={"ended": NOW})
    assert view(STATUS, failed).tells_job
    assert not view(later, failed).tells_job
    assert view(later, job(JobState.RUNNING)).tells_job
    assert not view(STATUS).tells_job


def test_the_page_waits_for_the_comparison_with_the_current_generation() -> None:
    assert view(STATUS).awaits_drift
    assert not view(STATUS.model_copy(update={"drift": Drift(checked=NOW)})).awaits_drift
    assert not view(None).awaits_drift


@pytest.mark.parametrize(
    ("stage", "words"),
    [(None, "Starting"), ("embedding", "Computing vectors"), ("checking files", "Checking files")],
)
def test_stages_have_names(stage: str | None, words: str) -> None:
    assert view(STATUS, job(JobState.RUNNING, stage=stage)).stage == words


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("folder_not_found", "tick “Read every file again”"),
        ("config_mismatch", "replaces the index"),
        ("wrong_folder", "with the folder alone"),
        ("index_locked", "when that build is done"),
        # Their messages say what to do.
        ("removals_refused", None),
        ("internal_error", None),
    ],
)
def test_errors_that_can_be_fixed_have_advice(code: str, words: str | None) -> None:
    failed = job(JobState.FAILED, error=JobError(code=code, message="x"))
    advice = view(STATUS, failed).advice
    assert advice is None if words is None else words in (advice or "")


@pytest.fixture
def client(index: IndexFolder) -> Iterator[TestClient]:
    """A server without a folder, which refuses every job."""
    with serve(index, ready=False) as client:
        yield client


@pytest.mark.parametrize("form", [b"", b"full=true", b"full=%ff", b"\xff", b"x" * 5_000])
def test_a_refused_start_is_a_page_for_any_request(client: TestClient, form: bytes) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    response = client.post("/index/reindex", content=form, headers=headers)
    assert response.status_code == 422
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    assert 'data-code="invalid_setting"' in response.text
    assert "<p>This server does not know which folder to index; build an index, or" in response.text
