"""Which of several files with the same text is the one that a person looks for. Pure."""

import re
from typing import NamedTuple

__all__ = ["Originality", "originality"]

# What programs and people add to the name of a copy, and the folders that they keep copies in.
_COPY = re.compile(
    r"(?<![^\W\d_])(?:copy|copies|backup|backups|bak|old|archive|archived|trash|duplicate"
    r"|kopie|copie|copia|cópia)(?![^\W\d_])|\(\d{1,3}\)(?=\.[^./]*\Z|\Z)",
    re.IGNORECASE,
)
# The members of an archive, and the files attached to a mail.
_INSIDE = "!/"


class Originality(NamedTuple):
    """The smaller, the more likely it is that a file is the original.

    Files that were asked for by name come first, then files that are not inside others, names that
    are not those of copies, the newest, the shortest path.
    """

    is_unnamed: bool
    is_inside: bool
    is_copy: bool
    age: int
    path_chars: int


def originality(path: str, modified_us: int, *, is_named: bool = False) -> Originality:
    """Return how original the file at a path is that was last modified then."""
    is_copy = _COPY.search(path) is not None
    return Originality(not is_named, _INSIDE in path, is_copy, -modified_us, len(path))
