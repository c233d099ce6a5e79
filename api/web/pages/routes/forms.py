"""The fields of a form that a browser sends."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from api.web.query_string import require_single

__all__ = ["Form"]

# More than any form has.
MOST_FIELDS = 20


async def _form(request: Request) -> dict[str, str]:
    # The length of a body is limited before.
    body = (await request.body()).decode("utf-8", "replace")
    try:
        fields = parse_qsl(body, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    require_single(fields)
    return dict(fields)


Form = Annotated[dict[str, str], Depends(_form)]
"""The fields by name; none if there are too many. A repeated field is refused."""
