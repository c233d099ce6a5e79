"""A short run of `stress.py requests`, and tests of what it counts as an error."""

import json

import pytest
import requests
import schemathesis
from schemathesis import HookContext, Response
from schemathesis.core.failures import AcceptedNegativeData

from indexer.config import NO_MODEL
from tests.stress.requests.command import try_requests
from tests.stress.requests.raw_requests import RawAnswer, RawRequest, complaints, raw_requests
from tests.stress.requests.schemathesis_hooks import (
    filter_failure,
    is_refused_for_its_meaning,
    told_by,
)

REQUEST = RawRequest("a name", b"GET / HTTP/1.1\r\n\r\n", (422,))


def test_no_request_breaks_the_server() -> None:
    # Without the phase that tries each limit of each parameter: it sends a thousand requests.
    phases = ["examples", "fuzzing", "stateful"]
    outcome = try_requests(150, seed=1, model=NO_MODEL, examples=9, phases=phases, step=3)
    assert outcome.errors == []
    for figure in ("requests", "POST /v1/search", "POST /v1/verify", "status 422", "raw requests"):
        assert float(outcome.figures[figure]) >= 9


def test_each_raw_request_has_a_unique_name() -> None:
    names = [request.name for request in raw_requests()]
    assert len(names) == len(set(names))


def answer(status: int, kind: str, body: str) -> RawAnswer:
    head = f"HTTP/1.1 {status} Any\r\nContent-Type: {kind}\r\n\r\n"
    return RawAnswer(head.encode() + body.encode())


def problem(status: int) -> str:
    return json.dumps({"status": status})


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (answer(422, "application/problem+json", problem(422)), None),
        (answer(422, "application/problem+json", problem(404)), "not a problem document"),
        (answer(422, "application/json", problem(422)), "not a problem document"),
        (answer(422, "text/html", "<p>"), None),
        (answer(500, "application/problem+json", problem(500)), "HTTP/1.1 500"),
        (answer(200, "application/json", "{}"), "not one of"),
        (RawAnswer(b""), "not one of"),
        (RawAnswer(b"", timed_out=True), "not closed within"),
    ],
)
def test_wrong_answers_are_reported(given: RawAnswer, complaint: str | None) -> None:
    found = list(complaints(REQUEST, given))
    assert bool(found) == (complaint is not None)
    assert complaint is None or any(complaint in each for each in found)


def test_without_expected_statuses_no_answer_is_accepted() -> None:
    assert not list(complaints(REQUEST._replace(statuses=()), RawAnswer(b"")))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            {
                "code": "invalid_query",
                "parameter": "q",
                "detail": "'2024-02-30' is not a date in the calendar",
            },
            True,
        ),
        ({"code": "invalid_query", "detail": "no"}, False),
        ({"code": "generation_gone", "parameter": "searches[0].cursor", "detail": ""}, True),
        ({"code": "generation_gone", "parameter": "q", "detail": ""}, False),
        ({"code": "semantic_unavailable", "parameter": "mode", "detail": ""}, True),
        ({"code": "semantic_unavailable", "detail": ""}, False),
        ({"code": "invalid_request", "detail": "offset: offset + limit must be at most"}, True),
        ({"code": "invalid_request", "parameter": "limit", "detail": "limit: too large"}, False),
    ],
)
def test_refusals_beyond_the_schema_are_recognised(told: dict[str, str], expected: bool) -> None:
    assert is_refused_for_its_meaning(told) is expected


def response_of(status: int, kind: str | None, body: bytes) -> Response:
    headers = {"content-type": [kind]} if kind else {}
    request = requests.Request("OPTIONS", "http://localhost/").prepare()
    return Response(status, headers, body, request, elapsed=0.1, verify=True)


@pytest.mark.parametrize(
    ("kind", "body", "told"),
    [
        ("application/problem+json", b'{"position": 1}', {"position": 1}),
        ("application/json; charset=utf-8", b"[]", []),
        ("text/plain; version=1.0.0", b"up 1", None),
        (None, b"", None),
    ],
)
def test_only_json_is_read_as_json(kind: str | None, body: bytes, told: object) -> None:
    assert told_by(response_of(200, kind, body)) == told


@pytest.mark.parametrize(("status", "counts"), [(200, True), (431, False)])
def test_a_refusal_with_any_status_is_one(status: int, counts: bool) -> None:
    failure = AcceptedNegativeData(
        operation="GET /", message="accepted", status_code=status, expected_statuses=["422"]
    )
    document = {"openapi": "3.1.0", "info": {}, "paths": {"/": {"get": {"responses": {}}}}}
    case = schemathesis.openapi.from_dict(document)["/"]["GET"].Case()
    response = response_of(status, None, b"")
    assert filter_failure(HookContext(), failure, case, response) is counts
