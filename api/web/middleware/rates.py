"""How many requests each key, and without a key each address, may send in a minute."""

import math
import time
from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from api.contract.errors import RateLimited
from api.web.connections.addresses import client_of, is_this_machine
from api.web.middleware.authentication import HEALTH, is_public
from api.web.middleware.refusing import Refuse

__all__ = ["RateLimit"]

MINUTE_S = 60.0
# For what needs no key, and for attempts without a valid one. Checks of health have as many again.
PUBLIC_PER_MINUTE = 1_200
# Addresses share this many places, so that a flood from any number of them takes no more memory.
ADDRESS_PLACES = 65_536
# Two times that should be the same differ by less.
ROUNDING_S = 1e-6


class RateLimit:
    """Refuses requests beyond the limit, each with the time after which to try again.

    `per_minute` counts for each key, or for each address if the server needs no key; 0 is no limit.
    Public requests, and attempts without a valid key, have a limit of their own for each address.
    Programs on this machine may always check its health, and send what they like to a server that
    needs no key.
    """

    def __init__(self, app: ASGIApp, *, per_minute: int, refuse: Refuse) -> None:
        self._app = app
        self._allowances = _Allowances(per_minute) if per_minute else None
        self._public_allowances = _Allowances(PUBLIC_PER_MINUTE)
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = self._error(scope) if scope["type"] == "http" else None
        if error is not None:
            await self._refuse(error, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _error(self, scope: Scope) -> RateLimited | None:
        """Count the request; return the error to refuse it with, if any."""
        caller, peer = scope["state"]["caller"], scope.get("client")
        is_health, is_static = scope["path"] in HEALTH, scope["path"].startswith("/static/")
        if caller is not None and caller.key is not None:
            is_counted = not is_health and not is_static
            return self._take(self._allowances, f"key {caller.key}") if is_counted else None
        if is_this_machine(peer) and (is_health or caller is not None):
            return None
        if is_health:
            return self._take(self._public_allowances, _place("health", peer))
        if caller is None or is_public(scope["path"]):
            return self._take(self._public_allowances, _place("public", peer))
        return self._take(self._allowances, _place("open", peer))

    def _take(self, allowances: "_Allowances | None", who: str | int) -> RateLimited | None:
        if allowances is None or not (wait_s := allowances.wait_s(who, time.monotonic())):
            return None
        retry_s = math.ceil(wait_s)
        advice = ", or raise SPANLIGHT_RATE_LIMIT" if allowances is self._allowances else ""
        return RateLimited(
            f"the limit is {allowances.per_minute} requests per minute; try again in {retry_s} s"
            f"{advice}",
            retry_after_s=retry_s,
        )


class _Allowances:
    """How much each sender may still send.

    A sender that was quiet for a minute may send a minute's requests at once. Only one number is
    kept for each: when its next request would be due if all came evenly.
    https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
    """

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._interval_s = MINUTE_S / per_minute
        self._ahead_s = MINUTE_S - self._interval_s + ROUNDING_S
        self._due: dict[str | int, float] = {}

    def wait_s(self, who: str | int, now: float) -> float:
        """Return 0 and count the request, or return how long its sender has to wait."""
        due = max(now, self._due.get(who, now))
        if due - now > self._ahead_s:
            return due - now - self._ahead_s
        self._due[who] = due + self._interval_s
        return 0.0


def _place(purpose: str, peer: Sequence[object] | None) -> int:
    # Hashes differ from process to process, so nobody can aim at the place of somebody else.
    return hash((purpose, client_of(peer))) % ADDRESS_PLACES
