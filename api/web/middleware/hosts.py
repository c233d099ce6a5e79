"""Whether a request is meant for this server, and was not sent by a page of another site.

A site can point its own name at the user's machine (DNS rebinding). Its pages then reach a server
there and have the same origin as the server. Only the name in the request gives this away.
"""

import ipaddress
import socket
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.contract.errors import (
    HostNotAllowed,
    MalformedRequest,
    OriginNotAllowed,
    RequestRefused,
)
from api.web.middleware.refusing import Refuse

__all__ = ["HostCheck"]


class HostCheck:
    """Refuses requests that name another host, or that come from pages of another origin.

    Numeric addresses are always accepted, because they cannot be pointed elsewhere.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Collection[str],
        origins: Collection[str],
        refuse: Refuse,
    ) -> None:
        self._app = app
        self._hosts = frozenset({"localhost", socket.gethostname().lower(), *hosts})
        self._origins = frozenset(origins)
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = self._error(scope) if scope["type"] == "http" else None
        if error is not None:
            await self._refuse(error, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _error(self, scope: Scope) -> RequestRefused | None:
        headers = Headers(scope=scope)
        host, origin = headers.get("host"), headers.get("origin")
        if len(headers.getlist("host")) > 1:
            # A proxy in front might have read another one of them.
            return MalformedRequest("the request has several Host headers; send one")
        if host is None:
            if not _may_lack_host(scope):
                return HostNotAllowed("the request has no Host header, which HTTP/1.1 requires")
            host = ""
        elif not self._is_own(host):
            return HostNotAllowed(
                f"{_name(host)!r} is not a name of this server; if it should be, add it to "
                "SPANLIGHT_ALLOWED_HOSTS"
            )
        if origin is not None and not self._may_ask(origin, host):
            return OriginNotAllowed(
                f"the browser says that this page is at {origin!r}, but the request names the host "
                f"{host!r}; if both are this server, let the proxy pass on Host with its port "
                "(docker/README.md, Behind a proxy); if it is another site that may send requests, "
                "add it to SPANLIGHT_ALLOWED_ORIGINS"
            )
        return None

    def _is_own(self, host: str) -> bool:
        name = _name(host)
        return name in self._hosts or _is_address(name)

    def _may_ask(self, origin: str, host: str) -> bool:
        # The scheme is ignored, because a proxy may use TLS while this server does not.
        return origin.lower().partition("://")[2] == host.lower() or origin.lower() in self._origins


def _may_lack_host(scope: Scope) -> bool:
    # Load balancers check health with HTTP/1.0, which has no such header. Browsers always send it.
    return scope.get("http_version") == "1.0"


def _name(host: str) -> str:
    """Return the host without its port, and without the brackets of an IPv6 address."""
    host = host.lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].removesuffix(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
