"""Read AsciiDoc: its title, and its headings with their positions.

Headings are lines that begin with equals signs, or lines above an underline of the same length,
outside delimited blocks. A block that is not closed reaches to the end of the text. It follows
https://docs.asciidoctor.org/asciidoc/latest/.
"""

import re

from indexer.documents import Document, Heading, SkippedFile
from indexer.reading.formats.lines import scannable
from indexer.reading.formats.markup import MAX_LINE, displayed
from indexer.reading.outline import MAX_HEADINGS, FileContent, Outline, document_of_text
from indexer.reading.titles.title import shortened

__all__ = ["asciidoc_outline", "read_asciidoc"]

_LANDMARK = re.compile(
    r"""\n(?:
      (?P<marks>={1,6}+|\#{1,6}+)[ \t]++(?P<heading>[^\n]++)
    | (?P<line>(?P<mark>[-=.+/*_~^])(?P=mark){3,}+|[|,:!]={3,}+)[ \t]*+(?=\n|\Z)
    | (?P<fence>```)[^`\n]*+(?=\n|\Z)
    )""",
    re.VERBOSE,
)
# The level of a heading by the mark of its underline.
_UNDERLINES = {"=": 1, "-": 2, "~": 3, "^": 4, "+": 5}
_BLOCKS = frozenset("=-.+/*_`|,:!")
# Attribute lists, block titles, items, comments and directives are not titles.
_NO_TITLE = re.compile(r"[\[.|*:/+=-]|\S+::")
_WORD = re.compile(r"\w")
_DOCTITLE = re.compile(r"\n:(?:doc)?title:[ \t]++([^\n]++)")
_ANCHOR = re.compile(r"\[\[[^\[\]]*+\]\]|\[#[^\[\]]*+\]")
_LINK = re.compile(r"(?:\b(?:link|xref|mailto):|\bhttps?://)[^\s\[\]]*+\[([^\[\]]*+)\]")
_CROSS_REFERENCE = re.compile(r"<<[^<>,]*+(?:,\s*+)?([^<>]*+)>>")


def read_asciidoc(file: FileContent) -> Document | SkippedFile:
    """Return the document with its headings and the title that it sets."""
    return document_of_text(file, media_type="text/x-asciidoc", outline=asciidoc_outline)


def asciidoc_outline(text: str, body_start: int = 0) -> Outline:
    """Return the headings; the title of the document has level 1, and its sections begin at 2."""
    lines = scannable(text)
    headings: list[Heading] = []
    block = ""
    for landmark in _LANDMARK.finditer(lines, body_start):
        line = landmark["line"] or landmark["fence"]
        if block:
            block = "" if line == block else block
            continue
        if line is None:
            title = _displayed(landmark["heading"].removesuffix(" " + landmark["marks"]))
            heading = Heading(landmark.start(), len(landmark["marks"]), title)
        else:
            found = None if landmark["fence"] else _underlined(lines, body_start, landmark)
            if found is None:
                block = line if line[0] in _BLOCKS else ""
                continue
            heading = found
        if heading.title:
            headings.append(heading)
        if len(headings) == MAX_HEADINGS:
            break
    named = _DOCTITLE.search(lines, body_start, headings[0].start if headings else len(lines))
    return Outline(tuple(headings), _displayed(named[1]) if named else "")


def _underlined(lines: str, body_start: int, underline: re.Match[str]) -> Heading | None:
    """Return the heading above the line, or None if the line delimits a block."""
    marks = underline["line"]
    start = lines.rfind("\n", body_start, underline.start())
    above = lines[start + 1 : underline.start()].rstrip()
    if start < 0 or marks[0] not in _UNDERLINES or abs(len(above) - len(marks)) > 1:
        return None
    if not _WORD.search(above) or _NO_TITLE.match(above):
        return None
    before = lines[max(body_start, lines.rfind("\n", body_start, start)) : start]
    if before and not before.isspace() and not before.strip().startswith(("[", ".")):
        return None
    return Heading(start, _UNDERLINES[marks[0]], _displayed(above))


def _displayed(raw_title: str) -> str:
    title = _ANCHOR.sub("", raw_title[:MAX_LINE])
    title = _CROSS_REFERENCE.sub(r"\1", _LINK.sub(r"\1", title))
    return shortened(displayed(title))
