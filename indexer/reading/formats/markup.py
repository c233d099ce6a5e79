"""Inline markup -> the text that it displays: Markdown, a few tags of HTML, and links of wikis.

Every part of the expressions is linear, and only the beginning of a long line is looked at.
"""

import html
import re

__all__ = ["MAX_LINE", "displayed"]

# Only this much of a line is cleaned for display as a title.
MAX_LINE = 1_000

_MARKUP_CHARACTER = re.compile(r"[\\`*_\[<&{]")
_MARKUP = re.compile(
    r"""\\(?P<escaped>[!-/:-@\[-`{-~])
    | (?<!`)`++(?P<code>[^`]++)`++
    | !?\[\[(?:[^\[\]|]*+(?:\||\]\[))?+(?P<wiki>[^\[\]|]++)\]\]
    | !?\[(?P<link>[^\[\]]*+)\]\([^()]*+\)
    | </?(?:a|b|br|code|em|i|img|kbd|span|strong|sub|sup)\b[^<>]*+>
    | (?P<stars>\*{1,3})(?P<strong>[^*\s](?:[^*]*[^*\s])?)(?P=stars)
    | (?<!\w)(?P<lines>_{1,3})(?P<stressed>[^_\s](?:[^_]*[^_\s])?)(?P=lines)(?!\w)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def displayed(raw_title: str) -> str:
    """Return the title without its markup and without an attribute such as `{#name}` at its end.

    Of `[[target|label]]` and of `[[target][label]]` the label is displayed.
    """
    raw_title = raw_title[:MAX_LINE]
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
    inner = markup["wiki"] or markup["link"] or markup["strong"] or markup["stressed"] or ""
    return _MARKUP.sub(_without_markup, inner)
