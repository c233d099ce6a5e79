"""The fields of a form that a browser sends."""

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Depends, Request

__all__ = ["Form"]

# More than any form has.
MOST_FIELDS = 20


async def _form(request: Request) -> dict[str, str]:
    # The length of a body is limited before.
    body = (await request.body()).decode("utf-8", "replace")
    try:
        fields = parse_qs(body, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    return {name: values[-1] for name, values in fields.items()}


Form = Annotated[dict[str, str], Depends(_form)]
"""The fields by name; if several have the same name, the last one. None if there are too many."""
