"""Cursors: where the next page of a list begins. A cursor is valid for one generation only."""

import base64
import binascii
from typing import NamedTuple

from api.contract.errors import GenerationGone, InvalidQuery

__all__ = ["Cursor"]


class Cursor(NamedTuple):
    """A place in a list that one generation gives."""

    generation: str
    offset: int

    def __str__(self) -> str:
        text = f"{self.generation}.{self.offset}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, cursor: str, generation: str, *, below: int) -> "Cursor":
        """Return a cursor that was given out by this generation, with an offset below a limit.

        Raises InvalidQuery or GenerationGone.
        """
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            named, _, offset = base64.urlsafe_b64decode(padded.encode()).decode().rpartition(".")
            start = int(offset)
        except (ValueError, binascii.Error):
            start, named = -1, ""
        if not named or not 0 <= start < below:
            raise InvalidQuery(
                f"{cursor!r} is not a valid cursor; use the next_cursor of an earlier answer",
                parameter="cursor",
            )
        if named != generation:
            raise GenerationGone(
                f"the cursor belongs to generation {named}, and the index is now at {generation}; "
                "search again from the start"
            )
        return cls(named, start)
