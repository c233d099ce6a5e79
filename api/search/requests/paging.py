"""Pages and cursors. A cursor is valid for one generation only."""

import base64
import binascii
from dataclasses import dataclass

from api.contract.errors import GenerationGone, InvalidQuery
from api.contract.limits import MAX_REACH
from api.contract.search import SearchRequest

__all__ = ["Page", "page_of"]


@dataclass(frozen=True, slots=True)
class Page:
    """The part of a ranking to show, and the generation it comes from."""

    generation: str
    offset: int
    limit: int

    def next_cursor(self, reach: int) -> str | None:
        """Return the cursor of the page after this one; None after the last one."""
        following = self.offset + self.limit
        if following >= reach:
            return None
        text = f"{self.generation}.{following}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def page_of(request: SearchRequest, generation: str) -> Page:
    """Return the requested page. Raises InvalidQuery or GenerationGone because of its cursor."""
    if request.cursor is None:
        return Page(generation, request.offset, request.limit)
    if request.offset:
        raise InvalidQuery("give cursor or offset, not both", parameter="cursor")
    try:
        padded = request.cursor + "=" * (-len(request.cursor) % 4)
        named, _, offset = base64.urlsafe_b64decode(padded.encode()).decode().rpartition(".")
        start = int(offset)
    except (ValueError, binascii.Error):
        start, named = -1, ""
    if not named or not 0 <= start < MAX_REACH:
        raise InvalidQuery(
            f"{request.cursor!r} is not a valid cursor; use the next_cursor of an earlier answer",
            parameter="cursor",
        )
    if named != generation:
        raise GenerationGone(
            f"the cursor belongs to generation {named}, and the index is now at {generation}; "
            "search again from the start"
        )
    # The last page stops at MAX_REACH, even if the limit does not divide it.
    return Page(generation, start, min(request.limit, MAX_REACH - start))
