"""The content of the page that checks a quotation: the verdict, and both texts with differences."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from api.contract.documents import SpanOut
from api.contract.quotations import (
    DifferenceKind,
    QuotedPlace,
    Verdict,
    Verification,
    VerifyRequest,
)
from api.documents.quotations.checker import QuotationChecker
from api.web.pages.addresses import HASH_CHARS, Place, document_address
from api.web.pages.marked_text import exact

__all__ = ["CheckView", "DifferenceView", "PlaceView", "check_quotation"]

# Both texts are shown for this many places, and so many differences are listed; the others are
# links.
COMPARED_PLACES = 3
LISTED_DIFFERENCES = 50
FOUND = frozenset({Verdict.EXACT, Verdict.SIMILAR})
KINDS = {
    DifferenceKind.QUOTATION_MARK: ("quotation mark", "quotation marks"),
    DifferenceKind.DASH: ("dash", "dashes"),
    DifferenceKind.BLANK: ("blank", "blanks"),
    DifferenceKind.PUNCTUATION: ("punctuation mark", "punctuation marks"),
    DifferenceKind.CASE: ("capital or small letter", "capital or small letters"),
    DifferenceKind.FORM: ("form of letters", "forms of letters"),
    DifferenceKind.OMISSION: ("omission", "omissions"),
    DifferenceKind.WORD: ("change of words", "changes of words"),
}
BLANKS = {
    " ": "blank",
    "\n": "line break",
    "\r\n": "line break",
    "\t": "tab",
    "\u00a0": "no-break space",
    "\u202f": "narrow no-break space",
    "\u2009": "thin space",
}


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """A difference: its kind in words, and what each text has; a blank or nothing is named."""

    kind: str
    given: str
    found: str


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A place with the address that opens it. Both texts have their differences marked.

    `counted` says how many differences of each kind there are. The texts are None for a place that
    is only listed.
    """

    place: QuotedPlace
    address: str
    counted: str
    given: Markup | None
    found: Markup | None
    differences: list[DifferenceView]
    unlisted: int


@dataclass(frozen=True, slots=True)
class CheckView:
    """The answer to a check. `is_found` tells that the text, or one like it, is in a file now."""

    answer: Verification
    is_found: bool
    places: list[PlaceView]


def check_quotation(quotations: QuotationChecker, request: VerifyRequest) -> CheckView:
    """Return the answer about a quotation whose line breaks may be those of either kind.

    A browser sends every line break of a form as CRLF, whatever was typed.
    """
    text = request.text.replace("\r\n", "\n")
    answer = quotations.check(request.model_copy(update={"text": text}))
    if answer.verdict is not Verdict.EXACT and "\n" in text:
        other = text.replace("\n", "\r\n")
        verbatim = quotations.check(request.model_copy(update={"text": other}))
        if verbatim.verdict is Verdict.EXACT:
            text, answer = other, verbatim
    places = [
        _place_view(place, text, compared=number < COMPARED_PLACES)
        for number, place in enumerate(answer.places)
    ]
    return CheckView(answer, answer.verdict in FOUND, places)


def _place_view(place: QuotedPlace, text: str, *, compared: bool) -> PlaceView:
    span, sha256 = place.span, place.sha256[:HASH_CHARS]
    there = Place(start=span.start, end=span.end, sha256=sha256)
    mine = [each.in_text for each in place.differences]
    theirs = [each.in_document for each in place.differences]
    listed = place.differences[:LISTED_DIFFERENCES] if compared else []
    return PlaceView(
        place=place,
        address=document_address(place.document.id, there),
        counted=_counted([each.kind for each in place.differences]),
        given=_marked(text, 0, mine, "del") if compared else None,
        found=_marked(place.text, span.start, theirs, "ins") if compared else None,
        differences=[
            DifferenceView(
                kind=KINDS[each.kind][0].capitalize(),
                given=_named(text[each.in_text.start : each.in_text.end]),
                found=_named(
                    place.text[each.in_document.start - span.start :][
                        : each.in_document.end - each.in_document.start
                    ]
                ),
            )
            for each in listed
        ],
        unlisted=len(place.differences) - len(listed),
    )


def _counted(kinds: Sequence[DifferenceKind]) -> str:
    """Return how many differences of each kind there are, in words."""
    return ", ".join(
        f"{count:,} {KINDS[kind][count > 1]}" for kind, count in sorted(Counter(kinds).items())
    )


def _marked(text: str, offset: int, spans: Sequence[SpanOut], tag: Literal["del", "ins"]) -> Markup:
    """Return the text with each span, counted from the offset, in an element.

    Blanks get a class, because a line through them would look like a dash.
    """
    parts, done = [], 0
    for span in spans:
        start, end = span.start - offset, span.end - offset
        parts.append(exact(text[done:start]))
        if start < end:
            marked = text[start:end]
            blank = Markup("" if marked.strip() else ' class="blank"')
            parts.append(Markup("<{0}{1}>{2}</{0}>").format(Markup(tag), blank, exact(marked)))
        done = end
    return Markup("").join([*parts, exact(text[done:])])


def _named(text: str) -> str:
    """Return the text; if nobody could see it, what it is."""
    if text.strip():
        return text
    if not text:
        return "nothing"
    counted = Counter(text.replace("\r\n", "\n"))
    return ", ".join(
        f"{count} {BLANKS.get(each, f'U+{ord(each):04X}')}{'s' if count > 1 else ''}"
        for each, count in counted.items()
    )
