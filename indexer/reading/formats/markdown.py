"""Read Markdown: its headings with their positions, and its title.

A line scanner that recognises what can hide a heading (front matter, fenced code, comments and
verbatim HTML) and otherwise leaves the text alone. It makes one pass, linear in the length of any
text. It follows CommonMark, https://spec.commonmark.org/0.31.2/, with two exceptions: a paragraph
of several lines above a rule is not a heading, and headings inside lists and quotations are
ignored.
"""

import html
import re

from indexer.documents import Document, Heading, SkippedFile
from indexer.reading.outline import MAX_HEADINGS, Outline, document_of_text, scannable, shortened

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

_FRONT_MATTER = re.compile(r"\n---[ \t]*\n(?=(?:\s*+#[^\n]*+\n)*+\s*+[\w.-]+[ \t]*:)")
_FRONT_MATTER_END = re.compile(r"\n(?:---|\.\.\.)[ \t]*(?=\n|\Z)")
_FRONT_MATTER_TITLE = re.compile(r"\ntitle:[ \t]*+([^\n>|][^\n]{0,999}+)", re.IGNORECASE)

# Only this much of a line is cleaned for display as a title. Every part of the pattern is linear.
_MAX_LINE = 1_000
_MARKUP_CHARACTER = re.compile(r"[\\`*_\[<&{]")
_MARKUP = re.compile(
    r"""\\(?P<escaped>[!-/:-@\[-`{-~])
    | (?<!`)`++(?P<code>[^`]++)`++
    | !?\[(?P<link>[^\[\]]*+)\]\([^()]*+\)
    | </?(?:a|b|br|code|em|i|img|kbd|span|strong|sub|sup)\b[^<>]*+>
    | (?P<stars>\*{1,3})(?P<strong>[^*\s](?:[^*]*[^*\s])?)(?P=stars)
    | (?<!\w)(?P<lines>_{1,3})(?P<stressed>[^_\s](?:[^_]*[^_\s])?)(?P=lines)(?!\w)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def read_markdown(path: str, content: bytes) -> Document | SkippedFile:
    """Return the document. Its title is the first heading, else the title in the front matter."""
    return document_of_text(path, content, media_type="text/markdown", outline=markdown_outline)


def markdown_outline(text: str) -> Outline:
    """Return the ATX and setext headings, with their titles as they are displayed."""
    lines = scannable(text)
    title, body_start = _read_front_matter(lines)
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
    return Outline(tuple(headings), title, body_start)


def _read_front_matter(lines: str) -> tuple[str, int]:
    """Return the title in the YAML block at the start of the text, and where that block ends."""
    opening = _FRONT_MATTER.match(lines)
    closing = opening and _FRONT_MATTER_END.search(lines, opening.end() - 1)
    if not opening or not closing:
        return "", 0
    named = _FRONT_MATTER_TITLE.search(lines, opening.end() - 1, closing.start())
    title = named[1].strip() if named else ""
    if title[:1] in {'"', "'"} and title.endswith(title[0]):
        title = title[1:-1]
    return shortened(_displayed(title)), closing.end()


def _without_closing_marks(title: str) -> str:
    title = title.strip()
    unclosed = title.rstrip("#")
    return unclosed if not unclosed or unclosed[-1] in " \t" else title


def _setext_heading(lines: str, block_end: int, underline: re.Match[str]) -> Heading | None:
    """Return the underlined heading, or None if the line above is not a paragraph."""
    start = lines.rfind("\n", block_end, underline.start())
    if start < 0 or underline.start() - start > _MAX_LINE:
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
    title = shortened(_displayed(raw_title[:_MAX_LINE]))
    return Heading(start, level, title) if title else None


def _displayed(raw_title: str) -> str:
    """Return the title without its markup and without an attribute such as `{#name}` at its end."""
    if not _MARKUP_CHARACTER.search(raw_title):
        return raw_title
    before, _, attribute = raw_title.rstrip().rpartition("{")
    if attribute.startswith("#") and attribute.endswith("}"):
        raw_title = before
    return html.unescape(_MARKUP.sub(_without_markup, raw_title))


def _without_markup(markup: re.Match[str]) -> str:
    literal = markup["escaped"] or markup["code"]
    if literal:
        return literal
    inner = markup["link"] or markup["strong"] or markup["stressed"] or ""
    return _MARKUP.sub(_without_markup, inner)
