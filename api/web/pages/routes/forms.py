"""The fields of a form that a browser sends."""

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Depends, Request

__all__ = ["Form"]

# Much longer than any form.
MAX_FORM_BYTES = 10_000


async def _form(request: Request) -> dict[str, str]:
    body = (await request.body())[:MAX_FORM_BYTES].decode("utf-8", "replace")
    return {name: values[-1] for name, values in parse_qs(body).items()}


Form = Annotated[dict[str, str], Depends(_form)]
"""The fields by name; if several have the same name, the last one."""
