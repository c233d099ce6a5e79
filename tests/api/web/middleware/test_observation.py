"""Ids, logs, metrics and traces describe requests without their queries."""

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.telemetry import stages
from api.web.middleware import observation
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, serve, wait_until, write
from tests.hashed_embedder import HashedEmbedder

SECRET = "xylophone"


@pytest.fixture
def client(folder: Path, index: IndexFolder) -> Iterator[TestClient]:
    write(folder, "a.txt", "The ferry sails at noon.\n")
    publish(folder, index, HashedEmbedder())
    with serve(index) as client:
        yield client


def metric(client: TestClient, name: str, **labels: str) -> float:
    found = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
    pattern = rf"^{name}{re.escape('{' + found + '}') if found else ''} (\S+)$"
    lines = re.findall(pattern, client.get("/metrics").text, re.MULTILINE)
    return float(lines[0]) if lines else 0.0


# Ids


def test_every_answer_has_a_unique_id(client: TestClient) -> None:
    ids = {client.get("/v1/status").headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


def test_a_valid_request_id_is_kept(client: TestClient) -> None:
    def told(sent: str) -> str:
        return client.get("/livez", headers={"X-Request-ID": sent}).headers["x-request-id"]

    assert told("7f3a.b-c_d1") == "7f3a.b-c_d1"
    for unsound in ("short", "x" * 65, 'quote"inside', "blank inside"):
        assert told(unsound) != unsound


# Logs


def test_a_log_line_describes_the_request_without_the_query(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, observation.__name__)
    client.get("/v1/search", params={"q": SECRET})
    client.get(f"/documents/{SECRET}")
    client.get(f"/{SECRET}")
    found = [vars(record) for record in caplog.records if record.message == "request"]
    assert [(each["method"], each["route"], each["status"]) for each in found] == [
        ("GET", "/v1/search", 200),
        ("GET", "/documents/{document_id}", 404),
        ("GET", "other", 404),
    ]
    assert SECRET not in repr(found)
    assert [each.get("code") for each in found] == [None, "document_not_found", "not_found"]
    assert {each["levelname"] for each in found} == {"INFO"}
    # Liveness is checked every few seconds.
    before = len(caplog.records)
    client.get("/livez")
    assert len(caplog.records) == before


@pytest.mark.parametrize(
    ("method", "address", "headers", "status", "code"),
    [
        ("GET", "/v1/search", {}, 422, "invalid_request"),
        ("GET", "/v1/search?q=ferry&mode=semantic", {}, 422, "semantic_unavailable"),
        ("GET", "/?q=ferry&mode=semantic", {}, 422, "semantic_unavailable"),
        ("PUT", "/v1/search", {}, 405, "method_not_allowed"),
        ("GET", "/static/nothing.css", {}, 404, "not_found"),
        ("GET", "/livez", {"Host": "evil.example"}, 421, "host_not_allowed"),
        ("POST", "/index/reindex", {}, 422, "invalid_setting"),
        ("POST", "/v1/search", {"Origin": "https://evil.example"}, 403, "origin_not_allowed"),
    ],
)
def test_the_line_of_a_refused_request_has_its_code(
    folder: Path,
    index: IndexFolder,
    caplog: pytest.LogCaptureFixture,
    method: str,
    address: str,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    if address != "/index/reindex":
        publish(folder, index)
    caplog.set_level(logging.INFO, observation.__name__)
    with serve(index, ready=False) as client:
        before = metric(client, "spanlight_refusals_total", code=code)
        client.request(method, address, headers=headers)
        assert metric(client, "spanlight_refusals_total", code=code) == before + 1
    (line,) = [vars(record) for record in caplog.records if record.message == "request"]
    assert (line["status"], line["code"]) == (status, code)
    # In text, an enumeration would be shown by its name.
    assert type(line["status"]) is int


def test_queries_are_logged_if_the_settings_say_so(
    folder: Path, index: IndexFolder, caplog: pytest.LogCaptureFixture
) -> None:
    publish(folder, index)
    caplog.set_level(logging.INFO, observation.__name__)
    with serve(index, log_queries=True) as client:
        client.get("/v1/search", params={"q": SECRET})
    assert vars(caplog.records[-1])["query"] == f"q={SECRET}"


SERVE_ONE = """
import logging, sys
from api.telemetry.logs import configure_logs, name_request
from api.settings import ServerSettings
configure_logs(ServerSettings(log_format=sys.argv[1], log_level=sys.argv[2]))
name_request("an-id-of-it", "203.0.113.7")
secret = "xylophone"
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("api.test").exception("it failed")
logging.getLogger("api.test").info("told", extra={"route": "/v1/search"})
logging.getLogger("some.library").info("nobody asked")
"""


def log_lines(*arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SERVE_ONE, *arguments],
        cwd=Path(__file__).parents[4],
        env=os.environ | {"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    # The values of variables contain the query.
    assert "xylophone" not in done.stderr
    return done.stderr.splitlines()


def test_a_json_log_has_one_object_per_line() -> None:
    failed, told = map(json.loads, log_lines("json", "info"))
    assert (
        failed.items()
        >= {
            "event": "it failed",
            "level": "error",
            "request_id": "an-id-of-it",
            "client": "203.0.113.7",
        }.items()
    )
    assert "ZeroDivisionError" in failed["exception"]
    assert (told["event"], told["route"], told["logger"]) == ("told", "/v1/search", "api.test")


def test_a_text_log_has_readable_lines() -> None:
    text = "\n".join(log_lines("text", "info"))
    assert "it failed" in text
    assert "ZeroDivisionError" in text
    assert "route=/v1/search" in text


def test_the_level_is_a_setting() -> None:
    assert [json.loads(line)["event"] for line in log_lines("json", "error")] == ["it failed"]


# Metrics


def test_requests_are_counted_by_route_and_status(client: TestClient) -> None:
    labels = {"method": "GET", "route": "/v1/search", "status": "200"}
    before = metric(client, "spanlight_requests_total", **labels)
    client.get("/v1/search", params={"q": "ferry"})
    assert metric(client, "spanlight_requests_total", **labels) == before + 1
    assert metric(client, "spanlight_request_seconds_count", route="/v1/search") >= 1


def test_a_refused_request_is_counted_under_its_route(client: TestClient) -> None:
    def counted(status: str) -> float:
        route = {"route": "/v1/documents/{document_id}", "status": status}
        return metric(client, "spanlight_requests_total", method="GET", **route)

    before = counted("421")
    client.get("/v1/documents/0123", headers={"Host": "evil.example"})
    assert counted("421") == before + 1
    wrong = {"method": "DELETE", "route": "/v1/status", "status": "405"}
    before = metric(client, "spanlight_requests_total", **wrong)
    client.delete("/v1/status")
    assert metric(client, "spanlight_requests_total", **wrong) == before + 1


def test_labels_contain_nothing_that_clients_sent(client: TestClient) -> None:
    client.request("ODDITY", f"/{SECRET}")
    client.get(f"/static/{SECRET}")
    text = client.get("/metrics").text
    assert SECRET not in text
    assert "ODDITY" not in text


def test_metrics_cover_stages_refusals_and_the_index(client: TestClient) -> None:
    refused = metric(client, "spanlight_refusals_total", code="invalid_request")
    client.get("/v1/search", params={"q": "ferry"})
    client.get("/v1/search", params={"q": "ferry", "limit": "-1"})
    for stage in ("spelling", "embedding", "lexical", "semantic", "ranking", "hits"):
        assert metric(client, "spanlight_stage_seconds_count", stage=stage) >= 1
    assert metric(client, "spanlight_refusals_total", code="invalid_request") == refused + 1
    assert metric(client, "spanlight_index_passages") == 1
    assert metric(client, "spanlight_index_generation") == 1
    assert metric(client, "spanlight_requests_running") == 0


def test_reloads_are_counted(client: TestClient, folder: Path, index: IndexFolder) -> None:
    before = metric(client, "spanlight_reloads_total", outcome="opened")
    write(folder, "b.txt", "Another ferry.\n")
    publish(folder, index, HashedEmbedder())
    wait_until(lambda: metric(client, "spanlight_index_generation") == 2)
    assert metric(client, "spanlight_reloads_total", outcome="opened") == before + 1


# Traces


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """What the spans of this process are sent to."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    monkeypatch.setattr(stages, "tracer", tracer)
    monkeypatch.setattr(observation, "tracer", tracer)
    return exporter


def test_a_request_and_its_stages_are_traced(
    client: TestClient, exporter: InMemorySpanExporter
) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    client.get("/v1/search", params={"q": SECRET}, headers={"traceparent": parent})
    spans = {span.name: span for span in exporter.get_finished_spans()}
    request = spans["GET /v1/search"]
    assert request.context.trace_id == 0x0AF7651916CD43DD8448EB211C80319C
    assert request.parent is not None
    assert request.attributes is not None
    assert request.attributes == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": "/v1/search",
        "url.scheme": "http",
        "client.address": "testclient",
    }
    for stage in ("embedding", "lexical", "semantic", "ranking", "hits"):
        parent_of_stage = spans[stage].parent
        assert parent_of_stage is not None
        assert parent_of_stage.span_id == request.context.span_id
    assert SECRET not in "".join(span.to_json() for span in spans.values())


def test_the_span_of_a_failed_request_names_the_error(
    index: IndexFolder, exporter: InMemorySpanExporter
) -> None:
    with serve(index, ready=False) as client:
        client.request("ODDITY", f"/{SECRET}")
        client.get("/v1/search", params={"q": SECRET})
    unknown, failed = exporter.get_finished_spans()
    assert unknown.attributes is not None
    assert failed.attributes is not None
    # A mistake of the client is not an error of the server.
    assert (unknown.name, unknown.status.is_ok) == ("HTTP", True)
    assert unknown.attributes["http.request.method"] == "_OTHER"
    assert "error.type" not in unknown.attributes
    assert (failed.name, failed.status.is_ok) == ("GET /v1/search", False)
    assert failed.attributes["error.type"] == "index_not_found"


# Unexpected errors


def test_every_answer_has_the_security_headers(client: TestClient) -> None:
    for address in ("/", "/v1/status", "/nothing", "/static/page.css", "/livez", "/v1/search"):
        headers = client.get(address).headers
        assert headers["x-content-type-options"] == "nosniff", address
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in client.get("/v1/status").headers


def test_other_sites_may_send_requests_if_the_settings_say_so(
    folder: Path, index: IndexFolder
) -> None:
    publish(folder, index)
    site = "https://intranet.example"
    with serve(index, allowed_origins=(site,)) as client:
        headers = client.get("/v1/status", headers={"Origin": site}).headers
        assert headers["access-control-allow-origin"] == site
        asked = {"Origin": site, "Access-Control-Request-Method": "POST"}
        assert client.options("/v1/search", headers=asked).status_code == 200
        other = client.get("/v1/status", headers={"Origin": "https://evil.example"})
        assert other.status_code == 403
