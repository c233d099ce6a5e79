"""Read reStructuredText: its section titles with their positions.

A section title has a line of one repeated punctuation mark below it, or above and below it. Each
document chooses its own marks: levels are numbered in the order in which their styles first appear
(https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html).
"""

import re

from indexer.documents import Document, Heading, SkippedFile
from indexer.reading.formats.lines import scannable
from indexer.reading.outline import MAX_HEADINGS, FileContent, Outline, document_of_text
from indexer.reading.titles.title import shortened

__all__ = ["read_restructuredtext", "restructuredtext_outline"]

_ADORNMENT = re.compile(r"\n(?P<line>(?P<mark>[!-/:-@\[-`{-~])(?P=mark)*+)[ \t]*+(?=\n|\Z)")
# List items, explicit markup (comments, directives) and indented lines are not titles.
_NO_TITLE = re.compile(r"\s|\Z|[-*+•]\s|\.\.(?:\s|\Z)")
_MAX_LINE = 1_000

# From this length on, docutils accepts a line shorter than its title as an underline, and warns.
_MIN_UNDERLINE = 4

_MARKUP = re.compile(
    r"""\\(?P<escaped>\S)
    | ``(?P<literal>[^`]++)``
    | (?::[\w.+-]{1,40}+:)?+`(?P<link>[^`<>\s][^`<>]*+)(?:<[^`<>]*+>)?+`_{0,2}+
    | (?P<stars>\*{1,2}+)(?P<strong>[^*\s](?:[^*]*[^*\s])?)(?P=stars)
    """,
    re.VERBOSE,
)


def read_restructuredtext(file: FileContent) -> Document | SkippedFile:
    """Return the document. Its title is that of the first section."""
    return document_of_text(file, media_type="text/x-rst", outline=restructuredtext_outline)


def restructuredtext_outline(text: str, body_start: int = 0) -> Outline:
    """Return the section titles, with levels from 1. A title with an overline starts there."""
    lines = scannable(text)
    headings: list[Heading] = []
    levels: dict[tuple[str, bool], int] = {}
    section_start = body_start
    above: re.Match[str] | None = None
    for line in _ADORNMENT.finditer(lines, body_start):
        title_start = lines.rfind("\n", section_start, line.start())
        overline = above if above and above.end() == title_start else None
        above = line
        title = _title(lines, section_start, title_start, overline, line)
        if not title:
            continue
        style = (line["mark"], overline is not None)
        level = levels.setdefault(style, len(levels) + 1)
        headings.append(Heading(overline.start() if overline else title_start, level, title))
        section_start, above = line.end(), None
        if len(headings) == MAX_HEADINGS:
            break
    return Outline(tuple(headings))


def _title(
    lines: str, section_start: int, start: int, overline: re.Match[str] | None, line: re.Match[str]
) -> str:
    """Return the title between the lines, or an empty string if the line is not a title."""
    if start < 0 or line.start() - start > _MAX_LINE:
        return ""
    title = lines[start + 1 : line.start()].rstrip()
    if len(line["line"]) < min(len(title), _MIN_UNDERLINE) or _ADORNMENT.match("\n" + title):
        return ""
    if overline:
        return _displayed(title) if overline["line"] == line["line"] else ""
    blank_above = lines[max(section_start, lines.rfind("\n", section_start, start)) : start]
    if _NO_TITLE.match(title) or (blank_above and not blank_above.isspace()):
        return ""
    return _displayed(title)


def _displayed(raw_title: str) -> str:
    return shortened(_MARKUP.sub(_without_markup, raw_title))


def _without_markup(markup: re.Match[str]) -> str:
    inner = markup["escaped"] or markup["literal"] or markup["link"] or markup["strong"]
    return inner.strip()
