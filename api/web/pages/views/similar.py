"""The content of the page of similar passages: the passage, and the similar ones as hits."""

from dataclasses import dataclass

from api.contract.passages import PassageOut
from api.contract.search import SearchWarning
from api.search.searcher import Searcher
from api.web.pages.addresses import HASH_CHARS, Place, document_address
from api.web.pages.views.hits import DuplicateView, beginning, place_of, view_duplicates, view_hits
from api.web.pages.views.search import Section

__all__ = ["SimilarView", "view_similar"]

SHOWN = 20


@dataclass(frozen=True, slots=True)
class SimilarView:
    """A passage and similar ones. `address` opens it, and `beginning` is its first words.

    `place` is where in its file the passage is, in words.

    `elsewhere` says whether its own document is left out.
    """

    passage: PassageOut
    place: str
    address: str
    beginning: str
    elsewhere: bool
    duplicates: list[DuplicateView]
    warnings: list[SearchWarning]
    sections: list[Section]


def view_similar(
    searcher: Searcher, passage_id: str, origin: str, *, elsewhere: bool
) -> SimilarView:
    """Return the view of a passage and similar ones. Raises PassageNotFound."""
    answer = searcher.similar.find(passage_id, limit=SHOWN, other_documents=elsewhere, explain=True)
    passage = answer.passage
    place = Place(
        start=passage.span.start,
        end=passage.span.end,
        sha256=passage.document.sha256[:HASH_CHARS],
    )
    hits = view_hits(answer.hits, None, origin=origin, documents=searcher.documents)
    return SimilarView(
        passage=passage,
        place=place_of(passage),
        address=document_address(passage.document.id, place),
        beginning=beginning(passage.text),
        elsewhere=elsewhere,
        duplicates=view_duplicates(answer.duplicates, None, searcher.documents),
        warnings=answer.warnings,
        sections=[Section(None, hits)],
    )
