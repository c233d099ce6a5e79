"""Suggestions of all kinds -> those that are shown, with places for each kind."""

from collections.abc import Iterable

from api.contract.limits import LONG_QUERY_CHARS
from api.contract.lists.suggestions import Suggestion, SuggestionKind

__all__ = ["chosen"]


def chosen(ranked: Iterable[tuple[str, SuggestionKind]], limit: int) -> list[Suggestion]:
    """Return the best suggestions in their order, with places reserved for each kind."""
    texts: dict[str, Suggestion] = {}
    for text, kind in ranked:
        suggestion = Suggestion(text=text.lstrip(), kind=kind)
        if len(suggestion.text) <= LONG_QUERY_CHARS:
            texts.setdefault(suggestion.text.casefold(), suggestion)
    terms, titles = (limit + 1) // 2, max(1, limit // 4)
    places = {
        SuggestionKind.TERM: terms,
        SuggestionKind.TITLE: titles,
        SuggestionKind.PHRASE: max(1, limit - terms - titles),
    }
    with_place: list[int] = []
    others: list[int] = []
    distinct = list(texts.values())
    for number, each in enumerate(distinct):
        places[each.kind] -= 1
        (with_place if places[each.kind] >= 0 else others).append(number)
    return [distinct[number] for number in sorted([*with_place, *others][:limit])]
