"""The form of the search page, and the searches that it leads to."""

import re
from dataclasses import dataclass

from starlette.datastructures import QueryParams

from api.contract.search import SearchWarning
from api.query.typography import NO_QUOTE, QUOTE, plain_marks
from api.web.pages.addresses import PAGING, given_parameters, quotation_address, search_address

__all__ = ["SearchForm"]

# A filter or an exclusion as it is typed: everything up to a blank outside quotation marks.
TYPED_FILTER = re.compile(r'(?:"[^"]*"?|\([^)]*\)?|[^\s"(])+')
# A quotation in a query; the last one may not be closed.
QUOTED = re.compile(rf"{QUOTE}({NO_QUOTE}+){QUOTE}?")
# The filters that have fields in the form, and those that only addresses have.
FILTER_FIELDS = frozenset({"path", "type", "modified_after", "modified_before"})
FILTERS = FILTER_FIELDS | {"author", "published_after", "published_before"}
FIELDS = FILTER_FIELDS | {"q", "mode", "group_by", "fold_duplicates"}


@dataclass(frozen=True, slots=True)
class SearchForm:
    """The form as it was filled in, even if it is not valid."""

    parameters: QueryParams

    def value(self, name: str) -> str:
        return self.parameters.get(name, "")

    def values(self, name: str) -> list[str]:
        """Return the values of a repeatable field; an empty one if there is none."""
        return [value for value in self.parameters.getlist(name) if value.strip()] or [""]

    @property
    def filtered(self) -> bool:
        return bool(self.filters)

    @property
    def filters(self) -> list[str]:
        """The filters of the form, such as `path=notes/`."""
        given = given_parameters(self.parameters)
        return [f"{name}={value}" for name, value in given if name in FILTERS]

    @property
    def others(self) -> list[tuple[str, str]]:
        """Parameters without a field in the form, which the next search keeps."""
        left_out = FIELDS | PAGING
        return [
            (name, value)
            for name, value in given_parameters(self.parameters)
            if name not in left_out
        ]

    @property
    def first_page(self) -> str:
        return search_address(self.parameters)

    @property
    def without_filters(self) -> str:
        return search_address(self.parameters, **dict.fromkeys(FILTERS))

    def without(self, warning: SearchWarning) -> str | None:
        """Return the address of the search without what a warning is about, if that is a filter."""
        if warning.code != "filter_leaves_nothing":
            return None
        if warning.parameter in FILTERS:
            return search_address(self.parameters, **{warning.parameter: None})
        q, place = self.value("q"), warning.position
        part = None if place is None else TYPED_FILTER.match(q, place)
        rest = None if part is None else " ".join((q[:place] + q[part.end() :]).split())
        return self.asking(rest) if rest else None

    @property
    def check(self) -> str | None:
        """The address that checks the longest quotation in the query, if it has one."""
        q = self.value("q")
        found = (q[slice(*match.span(1))].strip() for match in QUOTED.finditer(plain_marks(q)))
        quoted = max(found, key=len, default="")
        return quotation_address(quoted) if quoted else None

    def asking(self, q: str) -> str:
        return search_address(self.parameters, q=q)

    def in_mode(self, mode: str) -> str:
        return search_address(self.parameters, mode=mode)
