"""A place in a file that is more than text: in words, and as the fragment of an address."""

from urllib.parse import quote

from api.contract.sources import (
    CellsSource,
    HtmlSource,
    JsonSource,
    MailSource,
    MarkOut,
    PageSource,
    PdfSource,
    Source,
    SubtitlesSource,
    XmlSource,
)
from indexer.reading.extraction.pieces import MarkKind

__all__ = ["fragment_of", "mark_words", "page_name", "place_words", "text_directive"]

# A text fragment names the first and the last words of a text that is longer than both.
FRAGMENT_WORDS = 5


def place_words(source: Source | None) -> str:
    """Return the place in words, such as "page 12"; nothing if the file has no such places."""
    match source:
        case PdfSource():
            return _pages(source.pages)
        case XmlSource(mark=MarkOut() as mark):
            return mark_words(mark.kind, mark.label)
        case CellsSource():
            return f"{mark_words(MarkKind.SHEET, source.sheet)}, {source.range}"
        case JsonSource(cell=int() as cell):
            return mark_words(MarkKind.CELL, str(cell))
        case SubtitlesSource(cue=str() as cue):
            return mark_words(MarkKind.CUE, cue)
        case MailSource() if "/" in source.part:
            return mark_words(MarkKind.MESSAGE, source.part.partition("/")[0])
    return ""


def mark_words(kind: MarkKind, label: str) -> str:
    """Return what begins at a mark, in words."""
    if kind is MarkKind.CUE:
        return label
    if kind is MarkKind.SHEET or (kind is MarkKind.CHAPTER and not label.isdecimal()):
        return f"{kind} “{label}”"
    return f"{kind} {label}"


def page_name(number: int, label: str) -> str:
    """Return what a page is called, and its number where that is another one."""
    return f"{number:,}" if label in ("", str(number)) else f"{label} ({number:,})"


def fragment_of(source: Source | None, text: str) -> str:
    """Return what to add to the address of a file so that a browser opens it at a text."""
    match source:
        case PdfSource(pages=[first, *_]):
            return f"#page={first.page}"
        case HtmlSource():
            return "#" + text_directive(text)
    return ""


def text_directive(text: str) -> str:
    """Return the directive of a URL that selects a text on a web page.

    https://wicg.github.io/scroll-to-text-fragment/. Its first and its last words are enough, and
    they must not reach across a line, because a browser looks for them inside one element.
    """
    lines = [line.split() for line in text.splitlines() if line.strip()]
    if not lines:
        return ""
    first, last = lines[0][:FRAGMENT_WORDS], lines[-1][-FRAGMENT_WORDS:]
    if len(lines) == 1 and len(lines[0]) <= 2 * FRAGMENT_WORDS:
        return f":~:text={_encoded(lines[0])}"
    return f":~:text={_encoded(first)},{_encoded(last)}"


def _encoded(words: list[str]) -> str:
    # A hyphen would separate the text from its context.
    return quote(" ".join(words), safe="").replace("-", "%2D")


def _pages(pages: list[PageSource]) -> str:
    if not pages:
        return ""
    names = [page_name(page.page, page.label) for page in pages]
    return f"page {names[0]}" if len(names) == 1 else f"pages {names[0]}–{names[-1]}"
