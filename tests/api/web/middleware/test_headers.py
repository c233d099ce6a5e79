"""Every answer has the security headers."""

import asyncio

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message

from api.web.middleware.headers import SecurityHeaders
from tests.api.web.asgi import Client, scope_of


def headers_of(
    own: dict[str, str] | None = None, *, shared: bool = False, path: str = "/"
) -> dict[str, str]:
    client = Client()
    app = SecurityHeaders(PlainTextResponse("hello", headers=own), shared=shared)
    asyncio.run(client.ask(app, scope_of(path)))
    start: Message = client.sent[0]
    return {name.decode(): value.decode() for name, value in start["headers"]}


def test_headers_forbid_framing_sniffing_and_loading() -> None:
    found = headers_of()
    assert found["x-frame-options"] == "DENY"
    assert found["x-content-type-options"] == "nosniff"
    assert found["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert found["cache-control"] == "no-store"


def test_a_page_may_override_only_its_loading_policy() -> None:
    own = {"Content-Security-Policy": "default-src 'self'", "X-Frame-Options": "ALLOWALL"}
    found = headers_of(own)
    assert found["content-security-policy"] == "default-src 'self'"
    assert found["x-frame-options"] == "DENY"


@pytest.mark.parametrize(("shared", "policy"), [(False, "same-origin"), (True, "cross-origin")])
def test_only_allowed_origins_can_read_answers(shared: bool, policy: str) -> None:
    assert headers_of(shared=shared)["cross-origin-resource-policy"] == policy


def test_browsers_cache_the_files_of_the_page() -> None:
    assert "cache-control" not in headers_of(path="/static/page.css")
