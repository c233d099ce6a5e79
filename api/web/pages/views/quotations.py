"""The content of the page that checks a quotation: the verdict, and both texts with differences."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from api.contract.documents import SpanOut
from api.contract.quotations import (
    Difference,
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
# What may differ in a text that is quoted word for word, in the order in which it is named.
LOOKS = {
    DifferenceKind.BLANK: "blanks",
    DifferenceKind.QUOTATION_MARK: "quotation marks",
    DifferenceKind.DASH: "dashes",
}
HYPHEN_AT_A_LINE_END = re.compile(r"[-\u2010\u00ad]\s*[\r\n]\s*")
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
    """The answer to a check. `is_found` tells that the text, or one like it, is in a file now.

    `apart_from` names all that differs if one place has every word, number and other sign; else it
    is empty.
    """

    answer: Verification
    is_found: bool
    apart_from: str
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
    return CheckView(answer, answer.verdict in FOUND, _apart_from(answer.places, text), places)


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
                KINDS[each.kind][0].capitalize(), *map(_named, _texts_of(each, place, text))
            )
            for each in listed
        ],
        unlisted=len(place.differences) - len(listed),
    )


def _apart_from(places: Sequence[QuotedPlace], text: str) -> str:
    """Return in what looks the first place differs that has the text word for word, if any does."""
    for place in places:
        if place.differences and all(_is_of_looks(each, place, text) for each in place.differences):
            kinds = {each.kind for each in place.differences}
            *others, last = [name for kind, name in LOOKS.items() if kind in kinds]
            return f"{', '.join(others)} and {last}" if others else last
    return ""


def _is_of_looks(difference: Difference, place: QuotedPlace, text: str) -> bool:
    """Return whether words, numbers and all other signs are the same in both texts.

    A dash or a quotation mark that one text lacks may change the meaning, as in -5, except
    quotation marks around the text that was given.
    """
    given, found = _texts_of(difference, place, text)
    if any(map(str.isalnum, given + found)):
        joined, other = (HYPHEN_AT_A_LINE_END.sub("", each) for each in (given, found))
        return joined == other
    if difference.kind is DifferenceKind.QUOTATION_MARK and not found:
        return difference.in_text.start == 0 or difference.in_text.end == len(text)
    return difference.kind is DifferenceKind.BLANK or (
        difference.kind in LOOKS and bool(given and found)
    )


def _texts_of(difference: Difference, place: QuotedPlace, text: str) -> tuple[str, str]:
    """Return what the quotation has, and what the document has in its place."""
    mine, theirs, offset = difference.in_text, difference.in_document, place.span.start
    return text[mine.start : mine.end], place.text[theirs.start - offset : theirs.end - offset]


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
