"""Spans, and the one place where their units are converted.

A span counts Unicode code points of a document's decoded text. Byte offsets refer to the file on
disk, in its own encoding, with the byte order mark. Browsers count UTF-16 units. Lines are 1-based
and end at LF.
"""

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Span", "bom_length", "byte_length", "merge_spans", "utf16_length"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open `[start, end)` in code points, from the start of the document's decoded text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """Return the text that the span covers."""
        return text[self.start : self.end]

    def shifted(self, offset: int) -> "Span":
        """Return the span moved by `offset` code points."""
        return Span(self.start + offset, self.end + offset)

    def contains(self, other: "Span") -> bool:
        return self.start <= other.start and other.end <= self.end


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """Return the union of the spans, sorted and disjoint.

    Spans that touch are joined; empty ones are dropped.
    """
    merged: list[Span] = []
    for span in sorted(spans):
        if not len(span):
            continue
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def utf16_length(text: str) -> int:
    """Return the length of the text in UTF-16 code units, as JavaScript's `length` counts it."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le")) // 2


def bom_length(encoding: str | None) -> int:
    """Return the length in bytes of the byte order mark in a file of this encoding."""
    return {"utf-8-sig": 3, "utf-16": 2}.get(encoding, 0) if encoding else 0


def byte_length(text: str, encoding: str | None) -> int:
    """Return the number of bytes that the text takes in a file of this encoding, without a BOM.

    It is 0 without an encoding: the text is not that of the file, so it has no bytes of its own.
    """
    if encoding is None:
        return 0
    if encoding == "utf-16":
        return 2 * utf16_length(text)
    if encoding in {"utf-8", "utf-8-sig"}:
        return len(text) if text.isascii() else len(text.encode("utf-8"))
    return len(text.encode(encoding))
