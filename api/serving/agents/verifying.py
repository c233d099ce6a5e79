"""The tool `verify`: quotations, compared with the files as they are now."""

from api.contract.documents import SpanOut
from api.contract.errors import DocumentNotFound, InvalidQuery
from api.contract.quotations import QuotedPlace, VerifyRequest
from api.documents.paths import document_at
from api.search.searcher import Searcher
from api.serving.agents.answers import Checked, Place, Verified, WordDifference
from api.serving.agents.parts import PartReader
from api.serving.agents.requests import VerifyInput
from api.serving.agents.wording import CHECKED, where
from indexer.errors import SpanlightError

__all__ = ["verify"]


class _QuotationError(SpanlightError):
    """An error about one of the quotations."""

    def __init__(self, number: int, error: SpanlightError) -> None:
        super().__init__(f"quotations[{number}]: {error}")
        self.code = error.code


def verify(searcher: Searcher, asked: VerifyInput) -> Verified:
    """Return the verdicts, in the order of the quotations.

    Raises SpanlightError naming the first quotation that cannot be checked.
    """
    results = []
    for number, quotation in enumerate(asked.quotations):
        try:
            results.append(_checked(searcher, quotation))
        except (InvalidQuery, DocumentNotFound) as error:
            raise _QuotationError(number, error) from error
    return Verified(results=results)


def _checked(searcher: Searcher, quotation: VerifyRequest) -> Checked:
    found = searcher.quotations.check(quotation)
    first = found.places[0] if found.places else None
    reason = f": {found.reason}" if found.reason else ""
    return Checked(
        verdict=found.verdict,
        in_words=f"{CHECKED[found.verdict]}{reason}.",
        found=_place(searcher, first) if first is not None else None,
        differences=_differences(quotation, first) if first is not None else [],
        places=len(found.places),
        more_places=found.more_places,
    )


def _place(searcher: Searcher, found: QuotedPlace) -> Place:
    document, start = found.document, found.span.start
    if found.sha256 == document.sha256:
        # The file that was indexed, whose pages are known.
        reader = PartReader(searcher, document_at(searcher.snapshot, document.path))
        return reader.place(start, found.text)
    return Place(
        path=document.path,
        sha256=found.sha256,
        state=document.state,
        span=found.span,
        lines=found.lines,
        pages=None,
        where=where(found.lines, None),
        text=found.text,
    )


def _differences(quotation: VerifyRequest, place: QuotedPlace) -> list[WordDifference]:
    return [
        WordDifference(
            kind=each.kind,
            in_quotation=_of(quotation.text, each.in_text, 0),
            in_document=_of(place.text, each.in_document, place.span.start),
        )
        for each in place.differences
    ]


def _of(text: str, span: SpanOut, start: int) -> str:
    return text[span.start - start : span.end - start]
