"""Where the best sentence of a hit is: lines of a text file, or a page, a slide or cells."""

from dataclasses import dataclass

from api.command.asking.answering import Answerer
from api.command.asking.remote import Json

__all__ = ["Quoted", "quoted"]

# Few lines are longer.
MOST_LINES_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Quoted:
    """The best sentence of a hit: its text as it is in the document, and where that is.

    `start` and `end` count code points of the document; `matches` those of the sentence. `lines`
    are those of the document's text. A file that is more than text has a `part` instead, such as
    `page 12`.
    """

    hit: Json
    text: str
    start: int
    end: int
    lines: tuple[int, int]
    part: str | None
    page: int | None
    matches: tuple[tuple[int, int], ...]

    @property
    def document(self) -> Json:
        return dict(self.hit["document"])

    @property
    def where(self) -> str:
        """The place inside the file, in words."""
        if self.part is not None:
            return self.part
        first, last = self.lines
        return f"line {first}" if first == last else f"lines {first}–{last}"

    def place(self, file: object) -> str:
        """Return the file with the place inside it, in the form that compilers use for lines."""
        if self.part is not None:
            return f"{file}, {self.part}" if self.part else str(file)
        first, last = self.lines
        return f"{file}:{first}" if first == last else f"{file}:{first}-{last}"

    def column(self, answerer: Answerer) -> int:
        """Return the byte of its line at which the sentence begins, from 1, as editors count."""
        before = str(self.hit["text"])[: self.start - self.hit["span"]["start"]]
        if "\n" not in before:
            least = max(0, self.start - MOST_LINES_CHARS)
            before = answerer.text(self.document["id"], least, self.start)
            if "\n" not in before and least:
                before = answerer.text(self.document["id"], 0, self.start)
        return len(before.rpartition("\n")[2].encode()) + 1


def quoted(hit: Json) -> Quoted:
    """Return the best sentence of a hit."""
    offset, best = hit["span"]["start"], hit["best"]
    start, end = best["start"], best["end"]
    text = str(hit["text"])
    sentence = text[start - offset : end - offset]
    first = hit["lines"]["start"] + text[: start - offset].count("\n")
    matches = tuple(
        (each["start"] - start, each["end"] - start)
        for each in hit["highlights"]
        if start <= each["start"] and each["end"] <= end
    )
    source = hit["source"]
    pages = source.get("pages", ()) if source else ()
    return Quoted(
        hit,
        sentence,
        start,
        end,
        (first, first + sentence[:-1].count("\n")),
        _part(source) if source else None,
        pages[0]["page"] if pages else None,
        matches,
    )


def _part(source: Json) -> str:
    """Return the part of a file in words; empty if nothing is known but the bytes."""
    match source:
        case {"kind": "pdf", "pages": [{"label": first}]}:
            return f"page {first}"
        case {"kind": "pdf", "pages": [{"label": first}, *_, {"label": last}]}:
            return f"pages {first}–{last}"
        case {"kind": "cells", "sheet": sheet, "range": cells}:
            return f"{sheet}!{cells}"
        case {"kind": "subtitles", "cue": str(cue)}:
            return f"at {cue}"
        case {"kind": "json", "cell": int(cell)}:
            return f"cell {cell}"
        case {"kind": "xml", "mark": {"kind": str(kind), "label": label}}:
            return f"{kind} {label}"
        case _:
            return ""
