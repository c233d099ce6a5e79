"""Warnings for people about pages whose text is missing or cannot be trusted."""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from indexer.reading.extraction.pdf.engine import PageText

__all__ = ["Trouble", "troubles_of", "unreadable_share", "warnings_of"]

# Shares of the characters of a page.
GARBLED = 0.1
RIGHT_TO_LEFT = 0.05
_UNREADABLE = re.compile(r"[\0-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd-\uffff]")
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


class Trouble(StrEnum):
    """What is wrong with a page. The value follows "page 3 " or "pages 3 to 5 "."""

    NO_TEXT = "no text: a scan or a drawing"
    GARBLED = "characters that cannot be read: a font does not tell its letters"
    RIGHT_TO_LEFT = "right-to-left text, whose letters or words may be in the wrong order"
    DAMAGED = "damage, and could not be read"


def unreadable_share(page: PageText) -> float:
    """Return the share of the characters of a page that nobody can read."""
    characters = _characters(page)
    unreadable = len(_UNREADABLE.findall(page.text)) / characters if characters else 0.0
    return max(unreadable, page.unknown_share())


def troubles_of(page: PageText, unreadable: float) -> Iterator[Trouble]:
    """Yield what is wrong with a page, given its `unreadable_share`. An empty one is all right."""
    characters = _characters(page)
    if not characters:
        if page.draws:
            yield Trouble.NO_TEXT
        return
    if unreadable > GARBLED:
        yield Trouble.GARBLED
    if len(_RIGHT_TO_LEFT.findall(page.text)) / characters > RIGHT_TO_LEFT:
        yield Trouble.RIGHT_TO_LEFT


def _characters(page: PageText) -> int:
    return len(page.text) - sum(map(str.isspace, page.text))


def warnings_of(troubles: Mapping[Trouble, list[int]]) -> list[str]:
    """Return a sentence for each trouble, with the numbers of its pages, counted from 1."""
    return [_sentence(trouble, pages) for trouble, pages in troubles.items() if pages]


def _sentence(trouble: Trouble, pages: list[int]) -> str:
    runs: list[list[int]] = []
    for page in pages:
        if runs and runs[-1][-1] == page - 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    *others, last = [part for run in runs for part in _parts(run)]
    if not others:
        noun, verb = ("Page", "has") if len(pages) == 1 else ("Pages", "have")
        return f"{noun} {last} {verb} {trouble}."
    return f"Pages {', '.join(others)} and {last} have {trouble}."


def _parts(run: list[int]) -> list[str]:
    """Return the numbers of pages that follow each other, as they are listed."""
    if len(run) < 3:
        return [f"{page:,}" for page in run]
    return [f"{run[0]:,} to {run[-1]:,}"]
