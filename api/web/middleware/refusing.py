"""How the middleware refuses a request: with an answer that suits who asks."""

from collections.abc import Awaitable, Callable

from starlette.types import Receive, Scope, Send

from indexer.errors import SpanlightError

__all__ = ["Refuse"]

Refuse = Callable[[SpanlightError, Scope, Receive, Send], Awaitable[None]]
