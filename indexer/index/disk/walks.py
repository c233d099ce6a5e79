"""When the folder of documents was last walked, and on which device it was."""

import json
from contextlib import suppress
from pathlib import Path

from indexer.index.disk.files import give_to_owner, replacement_of

__all__ = ["WalkRecord"]


class WalkRecord:
    """The record of the last walk that the index is up to date with."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, number: int, walked_ns: int, device: int | None) -> None:
        """Record when the walk for a generation began, and the folder's device.

        If it cannot be written, only the age of the last comparison and the device are unknown.
        """
        noted = json.dumps({"number": number, "walked_ns": walked_ns, "device": device})
        temporary = replacement_of(self._path)
        with suppress(OSError):
            temporary.write_text(noted, "utf-8")
            give_to_owner(temporary)
            temporary.replace(self._path)

    def walked_ns(self, number: int) -> int | None:
        """Return when the walk for a generation, or for one before it, began; None if unknown.

        Nanoseconds since the epoch. The record of a later generation does not count. It remains
        when an index is set back to an older generation.
        """
        noted = self._noted()
        return noted.get("walked_ns") if noted.get("number", number + 1) <= number else None

    def device(self) -> int | None:
        """Return the device that the folder was on when it was last walked; None if unknown."""
        return self._noted().get("device")

    def _noted(self) -> dict[str, int]:
        """Return the numbers that the last walk recorded, as far as they can be read."""
        try:
            noted = json.loads(self._path.read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(noted, dict):
            return {}
        return {name: value for name, value in noted.items() if type(value) is int}
