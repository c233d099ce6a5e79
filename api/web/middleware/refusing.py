"""How the middleware refuses a request: with a page for browsers, or a problem document."""

from collections.abc import Awaitable, Callable

from starlette.types import Receive, Scope, Send

from indexer.errors import SpanlightError

__all__ = ["Refuse"]

Refuse = Callable[[SpanlightError, Scope, Receive, Send], Awaitable[None]]
