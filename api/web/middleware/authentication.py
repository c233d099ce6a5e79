"""Who sends a request: identified by an API key, in a header or in the browser's cookie.

Who it is, and whether it needs to be somebody, are two steps, so that attempts without a valid key
are counted between them.
"""

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from api.contract.errors import KeyRequired, KeysMissing, KeysUnusable
from api.web.access import Access, Caller
from api.web.middleware.refusing import Refuse

__all__ = ["HEALTH", "KEY_COOKIE", "Authentication", "KeyCheck", "is_public", "key_cookies"]

# The beginning of the cookie's name, which ends with the id of the key: browsers send a cookie to
# every server of a host, whatever its port, and two servers must not sign people out of each other.
KEY_COOKIE = "spanlight_key"
# Headers that proxies add.
FORWARDED = frozenset({"forwarded", "via", "x-real-ip"})
FORWARDED_PREFIX = "x-forwarded-"
# What monitors and load balancers ask for, however busy the server is. Only the metrics need a key.
HEALTH = frozenset({"/livez", "/readyz", "/metrics"})
# Health checks have no key, and somebody who signs in has none yet.
PUBLIC = frozenset({"/livez", "/readyz", "/sign-in"})


class Authentication:
    """Stores the caller in the scope, or None and the error that says why there is none."""

    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            state = scope.setdefault("state", {})
            state["caller"] = state["stranger"] = None
            try:
                state["caller"] = self._caller(Headers(scope=scope))
            except (KeyRequired, KeysMissing, KeysUnusable) as error:
                state["stranger"] = error
        await self._app(scope, receive, send)

    def _caller(self, headers: Headers) -> Caller:
        """Return who sends the request. Raises KeyRequired, KeysMissing or KeysUnusable."""
        if _is_forwarded(headers):
            self._access.require_no_proxy()
        secret = _secret(headers)
        candidates = key_cookies(headers).values() if secret is None else [secret]
        for candidate in [*candidates, None]:
            if (caller := self._access.caller(candidate)) is not None:
                return caller
        self._access.require_readable_keys()
        said = "this API key is not valid" if secret else "an API key is required"
        raise KeyRequired(f"{said}: send it as the header Authorization: Bearer KEY")


class KeyCheck:
    """Refuses requests that lack a required key, unless what they ask for is public."""

    def __init__(self, app: ASGIApp, *, refuse: Refuse) -> None:
        self._app = app
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = scope["state"]["stranger"] if scope["type"] == "http" else None
        # Load balancers check whether a server is there with OPTIONS, without a key.
        if error is None or scope["method"] == "OPTIONS" or is_public(scope["path"]):
            await self._app(scope, receive, send)
        else:
            await self._refuse(error, scope, receive, send)


def is_public(path: str) -> bool:
    """Return whether the path needs no key."""
    return path in PUBLIC or path.startswith("/static/")


def key_cookies(headers: Headers) -> dict[str, str]:
    """Return the cookies with keys, by name: of this server, and of others on the same host."""
    # Python's own parser drops all cookies if one of them, of any program, is unusual.
    cookies = cookie_parser("; ".join(headers.getlist("cookie")))
    return {name: value for name, value in cookies.items() if name.startswith(KEY_COOKIE)}


def _is_forwarded(headers: Headers) -> bool:
    """Return whether a proxy has sent the request on."""
    return any(name in FORWARDED or name.startswith(FORWARDED_PREFIX) for name in headers)


def _secret(headers: Headers) -> str | None:
    """Return the key in a header, which takes precedence over cookies."""
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    key = headers.get("x-api-key")
    return key.strip() if key is not None else None
