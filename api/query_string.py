"""Refuses addresses whose bytes are no UTF-8, which would otherwise be read as other text."""

from urllib.parse import unquote_to_bytes

from fastapi import Request

from indexer.errors import InvalidQuery

__all__ = ["require_utf8"]


def require_utf8(request: Request) -> None:
    """Raise InvalidQuery naming the first parameter whose value cannot be decoded."""
    raw: bytes = request.scope.get("query_string", b"")
    for pair in raw.split(b"&"):
        name, _, value = pair.partition(b"=")
        try:
            unquote_to_bytes(value.replace(b"+", b" ")).decode()
            unquote_to_bytes(name).decode()
        except UnicodeDecodeError as error:
            raise InvalidQuery(
                f"the address holds bytes that are no UTF-8 (at byte {error.start} of a value)",
                parameter=name.decode("ascii", "backslashreplace"),
            ) from error
