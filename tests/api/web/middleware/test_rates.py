"""Each key has its own limit, and a refusal says when to retry."""

import asyncio

from api.web.access import Caller
from api.web.keys import ALL_SCOPES
from api.web.middleware.rates import RateLimit
from tests.api.web.asgi import Client, answering, refuse, scope_of


async def hello(_: object) -> str:
    return "hello"


async def ask(limit: RateLimit, key: str | None, path: str = "/v1/search") -> Client:
    client = Client()
    scope = scope_of(path)
    scope["state"]["caller"] = Caller(key, ALL_SCOPES)
    await client.ask(limit, scope)
    return client


def test_beyond_the_limit_the_answer_says_when_to_retry() -> None:
    async def scene() -> None:
        limit = RateLimit(answering(hello), per_minute=2, is_local=False, refuse=refuse)
        assert [(await ask(limit, "anna")).status for _ in range(3)] == [200, 200, 429]
        refused = await ask(limit, "anna")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert '"code":"rate_limited"' in refused.text
        # Other keys, and requests without a key, have separate limits.
        assert (await ask(limit, "bert")).status == 200
        assert [(await ask(limit, None)).status for _ in range(3)] == [200, 200, 429]
        # Health checks do not count.
        assert (await ask(limit, "anna", "/livez")).status == 200

    asyncio.run(scene())


def test_without_keys_this_machine_has_no_limit() -> None:
    async def scene() -> None:
        limit = RateLimit(answering(hello), per_minute=2, is_local=True, refuse=refuse)
        assert [(await ask(limit, None)).status for _ in range(4)] == [200] * 4
        assert [(await ask(limit, "anna")).status for _ in range(3)] == [200, 200, 429]

    asyncio.run(scene())
