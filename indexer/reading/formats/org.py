"""Read Org: its title, and its headings with their positions.

Headings are lines that begin with stars, outside blocks such as `#+BEGIN_SRC`. A block without an
end is none. It follows https://orgmode.org/worg/org-syntax.html.
"""

import re

from indexer.documents import Document, Heading, SkippedFile
from indexer.reading.formats.lines import scannable
from indexer.reading.formats.markup import MAX_LINE, displayed
from indexer.reading.outline import MAX_HEADINGS, FileContent, Outline, document_of_text
from indexer.reading.titles.title import shortened

__all__ = ["org_outline", "read_org"]

_LANDMARK = re.compile(
    r"""\n(?:
      (?P<stars>\*++)[ \t]++(?P<heading>[^\n]++)
    | [ \t]*+\#\+begin_(?P<begin>\S++)
    | [ \t]*+\#\+end_(?P<end>\S++)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_END = re.compile(r"\n[ \t]*+#\+end_(\S++)", re.IGNORECASE)
# The lines of keywords and properties before the text.
_PREAMBLE = re.compile(
    r"(?:\n[ \t]*+(?:\#\+(?!begin_)[\w-]++(?:\[[^\]\n]*+\])?:[^\n]*+|\#(?:[ \t][^\n]*+)?"
    r"|:[\w-]++:[^\n]*+)?(?=\n|\Z))++",
    re.IGNORECASE,
)
_TITLE = re.compile(r"\n[ \t]*+#\+title:([^\n]*+)", re.IGNORECASE)
_KEYWORD = re.compile(r"(?:TODO|DONE|NEXT|WAITING|CANCELLED)(?:\s++|\Z)")
_PRIORITY = re.compile(r"\[#\w\]\s*+")
_TAGS = re.compile(r"(?:(?<=\s)|\A):(?:[\w@#%]+:)+\s*\Z")
_EMPHASIS = re.compile(r"(?<![\w/])([/=~+*])(?=\S)([^/=~+*\n]+)(?<=\S)\1(?!\w)")


def read_org(file: FileContent) -> Document | SkippedFile:
    """Return the document with its headings and the title that it sets."""
    return document_of_text(file, media_type="text/x-org", outline=org_outline)


def org_outline(text: str, body_start: int = 0) -> Outline:
    """Return the headings, without keywords and tags, the title, and the end of the preamble."""
    lines = scannable(text)
    headings: list[Heading] = []
    last_ends = {each[1].lower(): each.start() for each in _END.finditer(lines, body_start)}
    block = None
    for landmark in _LANDMARK.finditer(lines, body_start):
        begin, end = landmark["begin"], landmark["end"]
        if block is not None:
            if end and end.lower() == block:
                block = None
        elif begin and last_ends.get(begin.lower(), -1) > landmark.start():
            block = begin.lower()
        elif landmark["stars"] and len(headings) < MAX_HEADINGS:
            title = _title(landmark["heading"][:MAX_LINE])
            if title:
                headings.append(Heading(landmark.start(), len(landmark["stars"]), title))
    title, end = _preamble(lines, body_start)
    return Outline(tuple(headings), title, min(end, len(text)))


def _preamble(lines: str, body_start: int) -> tuple[str, int]:
    """Return the title, which may have several lines, and the end of what precedes the text."""
    found = _PREAMBLE.match(lines, body_start)
    if not found or found[0].isspace():
        return "", body_start
    titles = _TITLE.findall(lines, body_start, found.end())
    return _displayed(" ".join(each.strip() for each in titles)[:MAX_LINE]), found.end()


def _title(heading: str) -> str:
    for part in (_KEYWORD, _PRIORITY):
        found = part.match(heading)
        heading = heading[found.end() :] if found else heading
    return _displayed(_TAGS.sub("", heading))


def _displayed(raw_title: str) -> str:
    return shortened(_EMPHASIS.sub(r"\2", displayed(raw_title)))
