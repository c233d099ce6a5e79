"""Read Markdown: its headings with their positions.

A line scanner that recognises what can hide a heading (fenced code, comments and verbatim HTML) and
otherwise leaves the text alone. It makes one pass, linear in the length of any text. It follows
CommonMark, https://spec.commonmark.org/0.31.2/, with two exceptions: a paragraph of several lines
above a rule is not a heading, and headings inside lists and quotations are ignored.
"""

import re

from indexer.documents import Document, Heading, SkippedFile
from indexer.reading.formats.lines import scannable
from indexer.reading.formats.markup import MAX_LINE, displayed
from indexer.reading.outline import MAX_HEADINGS, FileContent, Outline, document_of_text
from indexer.reading.titles.title import shortened

__all__ = ["markdown_outline", "read_markdown"]

_LANDMARK = re.compile(
    r"""\n\ {0,3}+(?:
      (?P<marks>\#{1,6}+)(?P<atx>(?:[ \t][^\n]*+)?+)(?=\n|\Z)
    | (?P<fence>`{3,}+(?=[^`\n]*+(?:\n|\Z))|~{3,}+)
    | (?P<underline>=++|-++)[ \t]*+(?=\n|\Z)
    | (?P<comment><!--)
    | (?P<verbatim><(?i:pre|script|style|textarea)(?=[\s>]))
    )""",
    re.VERBOSE,
)
_CLOSING_FENCE = re.compile(r"\n {0,3}+(`{3,}+|~{3,}+)[ \t]*+(?=\n|\Z)")
_CLOSING_TAG = re.compile(r"</(?:pre|script|style|textarea)>", re.IGNORECASE)
_NO_PARAGRAPH = re.compile(r" {4}| *(?:\t|[<>|]|[-+*]\s|\d{1,9}[.)]\s)")


def read_markdown(file: FileContent) -> Document | SkippedFile:
    """Return the document with its headings."""
    return document_of_text(file, media_type="text/markdown", outline=markdown_outline)


def markdown_outline(text: str, body_start: int = 0) -> Outline:
    """Return the ATX and setext headings, with their titles as they are displayed."""
    lines = scannable(text)
    headings: list[Heading] = []
    position = body_start
    while len(headings) < MAX_HEADINGS and (landmark := _LANDMARK.search(lines, position)):
        heading = None
        if landmark["marks"]:
            raw_title = _without_closing_marks(landmark["atx"])
            heading = _heading(landmark.start(), len(landmark["marks"]), raw_title)
        elif landmark["underline"]:
            heading = _setext_heading(lines, position, landmark)
        if heading:
            headings.append(heading)
        position = _end_of_block(lines, landmark)
    return Outline(tuple(headings))


def _without_closing_marks(title: str) -> str:
    title = title.strip()
    unclosed = title.rstrip("#")
    return unclosed if not unclosed or unclosed[-1] in " \t" else title


def _setext_heading(lines: str, block_end: int, underline: re.Match[str]) -> Heading | None:
    """Return the underlined heading, or None if the line above is not a paragraph."""
    start = lines.rfind("\n", block_end, underline.start())
    if start < 0 or underline.start() - start > MAX_LINE:
        return None
    paragraph = lines[start + 1 : underline.start()]
    if _NO_PARAGRAPH.match(paragraph) or not _is_blank_above(lines, block_end, start):
        return None
    return _heading(start, 1 if underline["underline"].startswith("=") else 2, paragraph)


def _is_blank_above(lines: str, block_end: int, start: int) -> bool:
    above = lines[max(block_end, lines.rfind("\n", block_end, start)) : start]
    return not above or above.isspace()


def _end_of_block(lines: str, landmark: re.Match[str]) -> int:
    """Return the end of the landmark and of all that it hides: the whole rest if it is unclosed."""
    end = landmark.end()
    if landmark["fence"]:
        closings = _CLOSING_FENCE.finditer(lines, end)
        closed = (found.end() for found in closings if found[1].startswith(landmark["fence"]))
        return next(closed, len(lines))
    if landmark["comment"]:
        return _end_of_line(lines, lines.find("-->", end))
    if landmark["verbatim"]:
        tag = _CLOSING_TAG.search(lines, end)
        return _end_of_line(lines, tag.end() if tag else -1)
    return end


def _end_of_line(lines: str, position: int) -> int:
    end = lines.find("\n", position) if position >= 0 else -1
    return end if end >= 0 else len(lines)


def _heading(start: int, level: int, raw_title: str) -> Heading | None:
    title = shortened(displayed(raw_title))
    return Heading(start, level, title) if title else None
