"""Large answers are compressed for clients that ask for it.

An answer that a page of another site asked for is not: from the sizes of answers to chosen queries,
somebody who can read the traffic could guess the text beside them. https://www.breachattack.com/
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Compression"]

# Smaller answers fit into one or two packets anyway.
LEAST_BYTES = 1_024
# Higher levels take half as long again or more, and save a few percent.
LEVEL = 1
STREAM = "text/event-stream"


class Compression:
    """Compresses answers with gzip, except streams of events, which are sent as they come."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = GZipMiddleware(app, LEAST_BYTES, LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                _mark(MutableHeaders(scope=message))
            await send(message)

        headers = MutableHeaders(raw=list(scope["headers"]))
        accepted = "gzip" if _accepts_gzip(headers) else "identity"
        # The framework looks for the name alone, and would compress for `gzip;q=0`.
        headers["Accept-Encoding"] = accepted
        await self._app({**scope, "headers": headers.raw}, receive, send_marked)


def _accepts_gzip(headers: Headers) -> bool:
    if headers.get("sec-fetch-site") == "cross-site":
        return False
    weights: dict[str, bool] = {}
    for each in ",".join(headers.getlist("accept-encoding")).split(","):
        name, _, parameters = each.partition(";")
        weights[name.strip().lower()] = _is_wanted(parameters)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", False)))


def _is_wanted(parameters: str) -> bool:
    """Return whether the weight of an encoding is above 0, as it is without one."""
    name, _, weight = parameters.replace(" ", "").partition("=")
    return name.lower() != "q" or bool(weight.strip("0."))


def _mark(headers: MutableHeaders) -> None:
    """Say that the answer depends on the encoding, and that its tag is not one of its bytes."""
    if headers.get("content-type", "").startswith(STREAM):
        return
    if "accept-encoding" not in headers.get("vary", "").lower():
        headers.add_vary_header("Accept-Encoding")
    tag = headers.get("etag")
    if tag is not None and "content-encoding" in headers and not tag.startswith("W/"):
        headers["etag"] = f"W/{tag}"
