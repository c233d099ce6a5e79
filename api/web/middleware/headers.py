"""Headers that tell browsers what to refuse. https://owasp.org/www-project-secure-headers/"""

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["SecurityHeaders", "add_security_headers"]

# Only pages are meant to be shown, and they set their own policy.
NOTHING = "default-src 'none'; frame-ancestors 'none'"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SecurityHeaders:
    """Adds the headers to every answer."""

    def __init__(self, app: ASGIApp, *, shared: bool) -> None:
        """With `shared`, pages of other origins may read answers if CORS allows them."""
        self._app = app
        self._always = ALWAYS | ({"Cross-Origin-Resource-Policy": "cross-origin"} if shared else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                add_security_headers(headers, self._always)
                # The names of static files change with their content, so browsers keep them.
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)


def add_security_headers(headers: MutableHeaders, always: Mapping[str, str] = ALWAYS) -> None:
    """Add them to the headers of an answer; its own policy for what it loads is kept."""
    headers.update(always)
    headers.setdefault("Content-Security-Policy", NOTHING)
