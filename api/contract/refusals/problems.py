"""Errors as clients see them."""

from pydantic import BaseModel

__all__ = ["Problem"]


class Problem(BaseModel):
    """An error, as RFC 9457 `application/problem+json` with a stable `code`."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    parameter: str | None = None
    position: int | None = None
