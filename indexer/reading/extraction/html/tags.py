"""What the elements of HTML do to the text around them."""

__all__ = [
    "BREAKS",
    "ENDED_BY",
    "HEADINGS",
    "KEEPS_LINES",
    "RAW_MARKUP",
    "SKIPPED",
    "VOID",
    "ZONES",
]

_PARAGRAPHS = (
    "address article aside blockquote body center details dialog dl fieldset figure footer form"
    " header hgroup hr main menu nav p pre search section xmp listing plaintext"
)
_LINES = (
    "br caption dd div dt figcaption legend li optgroup option select summary tr noframes textarea"
)

BREAKS = dict.fromkeys(_PARAGRAPHS.split(), 2) | dict.fromkeys(_LINES.split(), 1)
"""How many line breaks there are at least before and after an element: 2 for a paragraph."""

HEADINGS = {f"h{level}": level for level in range(1, 7)}

SKIPPED = frozenset({"iframe", "noembed", "script", "style", "template", "title"})
"""Elements that are not read as text. The tokenizer gives the content of all but `template` as one
token."""

RAW_MARKUP = frozenset({"noframes", "noscript"})
"""Elements that contain markup, which the tokenizer gives as it is in the source."""

KEEPS_LINES = frozenset({"listing", "plaintext", "pre", "textarea", "xmp"})

ZONES = frozenset({"aside", "footer", "form", "nav"})
"""Elements whose text is seldom what a page is about."""

_VOID = "area base br col embed hr img input link meta param source track wbr"
VOID = frozenset(_VOID.split())
"""Elements without content, which have no end tag."""

_CELLS = frozenset({"td", "th", "tr", "tbody", "thead", "tfoot"})

ENDED_BY = {
    "p": BREAKS.keys() - {"br", "tr", "caption", "legend", "option", "optgroup"}
    | HEADINGS.keys()
    | {"table", "ul", "ol"},
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "option": frozenset({"option", "optgroup"}),
    "td": _CELLS,
    "th": _CELLS,
    "tr": _CELLS - {"td", "th"},
}
"""The elements before which an element ends whose end tag was left out."""
