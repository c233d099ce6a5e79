"""The page that a request asks for, by an offset or a cursor."""

from dataclasses import dataclass

from api.contract.errors import InvalidQuery
from api.contract.limits import MAX_REACH
from api.contract.search import SearchRequest
from api.documents.cursors import Cursor

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
        return str(Cursor(self.generation, following))


def page_of(request: SearchRequest, generation: str) -> Page:
    """Return the requested page. Raises InvalidQuery or GenerationGone because of its cursor."""
    if request.cursor is None:
        return Page(generation, request.offset, request.limit)
    if request.offset:
        raise InvalidQuery("give cursor or offset, not both", parameter="cursor")
    start = Cursor.parse(request.cursor, generation, below=MAX_REACH).offset
    # The last page stops at MAX_REACH, even if the limit does not divide it.
    return Page(generation, start, min(request.limit, MAX_REACH - start))
