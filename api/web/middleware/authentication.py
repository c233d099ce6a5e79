"""Who sends a request: identified by an API key, in a header or in the browser's cookie."""

from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.contract.errors import KeyRequired
from api.web.access import Access
from api.web.middleware.refusing import Refuse

__all__ = ["KEY_COOKIE", "Authentication", "is_public"]

KEY_COOKIE = "spanlight_key"
# Health checks have no key, and somebody who signs in has none yet.
PUBLIC = frozenset({"/livez", "/readyz", "/sign-in"})


class Authentication:
    """Refuses requests that lack a required key, and stores the caller in the scope."""

    def __init__(self, app: ASGIApp, *, access: Access, refuse: Refuse) -> None:
        self._app = app
        self._access = access
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            secret = _secret(Headers(scope=scope))
            caller = self._access.caller(secret)
            scope.setdefault("state", {})["caller"] = caller
            if caller is None and not is_public(scope["path"]):
                said = "this API key is not valid" if secret else "an API key is required"
                error = KeyRequired(f"{said}: send it as the header Authorization: Bearer KEY")
                await self._refuse(error, scope, receive, send)
                return
        await self._app(scope, receive, send)


def is_public(path: str) -> bool:
    """Return whether the path needs no key."""
    return path in PUBLIC or path.startswith("/static/")


def _secret(headers: Headers) -> str | None:
    """Return the key of a request; a header takes precedence over the cookie."""
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if (key := headers.get("x-api-key")) is not None:
        return key.strip()
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(KEY_COOKIE)
    except CookieError:
        return None
    return cookie.value if cookie is not None else None
