"""How many requests each key, or without keys each address, may send in a minute."""

import math
import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from api.contract.errors import RateLimited
from api.web.middleware.authentication import is_public
from api.web.middleware.refusing import Refuse

__all__ = ["RateLimit"]


class RateLimit:
    """Refuses requests beyond the limit for the last minute.

    With `is_local`, a caller without a key is on this machine and has no limit.
    """

    def __init__(self, app: ASGIApp, *, per_minute: int, is_local: bool, refuse: Refuse) -> None:
        self._app = app
        self._is_local = is_local
        self._limit = RateLimitItemPerMinute(per_minute)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Callers that lack a required key have already been refused.
        if scope["type"] == "http" and self._counts(scope):
            who = _who(scope)
            if not await self._limiter.hit(self._limit, who):
                reset, _ = await self._limiter.get_window_stats(self._limit, who)
                wait_s = max(1, math.ceil(reset - time.time()))
                error = RateLimited(
                    f"the limit is {self._limit.amount} requests per minute; try again in "
                    f"{wait_s} s, or raise SPANLIGHT_RATE_LIMIT",
                    retry_after_s=wait_s,
                )
                await self._refuse(error, scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _counts(self, scope: Scope) -> bool:
        if is_public(scope["path"]):
            return False
        return not self._is_local or scope["state"]["caller"].key is not None


def _who(scope: Scope) -> str:
    caller = scope["state"]["caller"]
    if caller is not None and caller.key is not None:
        return f"key {caller.key}"
    client = scope.get("client")
    return f"address {client[0]}" if client else "address unknown"
