"""`/mcp`: the tools for agents over HTTP, behind the keys, limits and checks of the server."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from api.web.keys import KeyFile, Scope
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, serve, write
from tests.api.server_process import server_process
from tests.api.serving.agents.agent_flow import FILES, answer_a_question
from tests.hashed_embedder import HashedEmbedder

ROOT = Path(__file__).parents[4]
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.fixture
def index(tmp_path: Path) -> IndexFolder:
    for path, text in FILES.items():
        write(tmp_path / "folder", path, text)
    index = IndexFolder(tmp_path / "index")
    publish(tmp_path / "folder", index)
    return index


@pytest.fixture
def client(index: IndexFolder) -> Iterator[TestClient]:
    with serve(index) as client:
        yield client


def call(client: TestClient, tool: str, arguments: dict[str, Any], **headers: str) -> Any:
    """Send one message as any client may, and return the response."""
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": tool, "arguments": arguments},
    }
    return client.post("/mcp", json=message, headers=ACCEPT | headers)


def result(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()["result"]
    return found


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_agent_answers_with_a_verified_quotation(
    mode: str, index: IndexFolder, tmp_path: Path
) -> None:
    secret = KeyFile(tmp_path / "keys.json").add("agent", frozenset({Scope.SEARCH}))

    async def talk(address: str) -> None:
        headers = {"Authorization": f"Bearer {secret}"}
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(f"{address}mcp", http_client=http), mode=mode) as client,
        ):
            await answer_a_question(client, tmp_path / "folder")

    with server_process("--index", str(index.path), SPANLIGHT_KEYS=str(tmp_path / "keys.json")) as (
        server
    ):
        asyncio.run(talk(server.address))
        server.stop()
        logged = [json.dumps(each) for each in server.every_event()]
    assert not any("bridge" in line or secret in line for line in logged)
    assert not any("Traceback" in line for line in logged)


def test_a_key_with_the_scope_search_is_needed(index: IndexFolder, tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    search = keys.add("agent", frozenset({Scope.SEARCH}))
    admin = keys.add("admin", frozenset({Scope.ADMIN}))
    with serve(index) as client:
        refused = call(client, "status", {})
        assert refused.status_code == 401
        assert refused.json()["code"] == "key_required"
        lacking = call(client, "status", {}, Authorization=f"Bearer {admin}")
        assert (lacking.status_code, lacking.json()["code"]) == (403, "scope_missing")
        for header in ({"Authorization": f"Bearer {search}"}, {"X-API-Key": search}):
            assert result(call(client, "status", {}, **header))["structuredContent"]


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        ({"Origin": "https://evil.example"}, 403, "origin_not_allowed"),
        ({"Host": "evil.example"}, 421, "host_not_allowed"),
    ],
)
def test_other_sites_and_other_names_are_refused(
    header: dict[str, str], status: int, code: str, client: TestClient
) -> None:
    refused = call(client, "status", {}, **header)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_an_allowed_site_may_ask(index: IndexFolder) -> None:
    origin = "https://intranet.example"
    with serve(index, allowed_origins=(origin,)) as client:
        asked = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type, mcp-protocol-version",
        }
        allowed = client.options("/mcp", headers=asked)
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == origin
        assert result(call(client, "status", {}, Origin=origin))


def test_requests_are_counted_and_limited(index: IndexFolder, tmp_path: Path) -> None:
    secret = KeyFile(tmp_path / "keys.json").add("agent", frozenset({Scope.SEARCH}))
    with serve(index, rate_limit=5) as client:
        statuses = [
            call(client, "status", {}, **{"X-API-Key": secret}).status_code for _ in range(12)
        ]
    assert statuses[0] == 200
    assert statuses[-1] == 429


def test_a_large_body_is_refused(client: TestClient) -> None:
    refused = call(client, "search", {"query": "x" * 1_100_000})
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")


def test_the_time_limit_of_the_server_holds(index: IndexFolder) -> None:
    with serve(index, time_limit_s=1e-6, ready=False) as client:
        refused = call(client, "search", {"query": "bridge"})
        assert refused.status_code == 503


def test_errors_of_tools_are_told_to_the_agent(client: TestClient) -> None:
    told = result(call(client, "read", {"path": "none.md"}))
    assert told["isError"]
    assert told["content"][0]["text"] == (
        "document_not_found: there is no document at the path 'none.md'"
    )
    unknown = call(client, "sarch", {}).json()["error"]
    assert unknown["message"].startswith("there is no tool 'sarch'; there are search, read, ")


def test_without_an_index_the_tools_say_so(tmp_path: Path) -> None:
    with serve(IndexFolder(tmp_path / "none"), ready=False) as client:
        told = result(call(client, "search", {"query": "bridge"}))
        assert told["isError"]
        assert told["content"][0]["text"].startswith("index_not_found: ")


def test_an_unexpected_failure_says_nothing_of_the_inside(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr("api.documents.quotations.checker.QuotationChecker.check", fail)
    told = result(call(client, "verify", {"quotations": [{"text": "bridge"}]}))
    assert told["isError"]
    assert told["content"][0]["text"].startswith("internal_error: something went wrong")


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_there_are_no_sessions_to_follow_or_end(method: str, client: TestClient) -> None:
    refused = client.request(method, "/mcp")
    assert refused.status_code == 405
    assert set(refused.headers["allow"].split(", ")) == {"OPTIONS", "POST"}


def test_what_is_not_the_protocol_is_refused_in_its_words(client: TestClient) -> None:
    refused = client.post(
        "/mcp", content=b"{", headers=ACCEPT | {"Content-Type": "application/json"}
    )
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == -32700


def test_meaning_answers_too(tmp_path: Path) -> None:
    write(tmp_path / "folder", "a.txt", "The bridge was closed.\n")
    index = IndexFolder(tmp_path / "index")
    publish(tmp_path / "folder", index, HashedEmbedder())
    with serve(index) as client:
        told = result(call(client, "search", {"query": "bridge closed"}))
        assert told["structuredContent"]["warnings"] == []


def test_the_sdk_is_loaded_only_for_agents(index: IndexFolder) -> None:
    script = (
        "import sys, api.web.app, api.command.spanlight as main; main.main(['--help']); "
        "print({'mcp', 'mcp_types'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.endswith("set()\n")
