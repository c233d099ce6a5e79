"""The facets of a page of results, whose values lead to narrower searches."""

import re
from dataclasses import dataclass
from datetime import MAXYEAR

from starlette.datastructures import QueryParams

from api.contract.limits import LONG_QUERY_CHARS
from api.contract.search import Facet, SearchResponse
from api.query.parser import parse_query
from api.web.pages.addresses import search_address
from api.web.pages.type_names import type_name

__all__ = ["FacetView", "view_facets"]

IN_FOLDERS = "-path:*/*"
FACET_NAMES = {
    Facet.FOLDER: "Folder",
    Facet.TYPE: "Type",
    Facet.YEAR: "Year",
    Facet.PUBLISHED_YEAR: "Published",
    Facet.PUBLISHED_MONTH: "Month of publication",
}


@dataclass(frozen=True, slots=True)
class FacetView:
    """The values of a facet in words, with their counts.

    The addresses narrow the search to them, and are None where that is impossible.
    """

    label: str
    values: list[tuple[str, int, str | None]]


def view_facets(response: SearchResponse, parameters: QueryParams) -> list[FacetView]:
    """Return the facets that have more than one value among the hits."""
    return [
        FacetView(
            FACET_NAMES[facet],
            [
                (
                    _name(facet, each.value),
                    each.count,
                    _narrowed(facet, each.value, parameters),
                )
                for each in counts
            ],
        )
        for facet, counts in response.facets.items()
        if len(counts) > 1
    ]


def _name(facet: Facet, value: str) -> str:
    if facet is Facet.TYPE:
        return type_name(value)
    return "other files" if (facet, value) == (Facet.FOLDER, ".") else value


def _narrowed(facet: Facet, value: str, parameters: QueryParams) -> str | None:
    """Return the address of the search narrowed to this value of the facet; None if impossible."""
    if facet is Facet.FOLDER:
        if value == ".":
            return _outside_folders(parameters)
        return search_address(parameters, path=_folder_glob(value))
    if facet is Facet.TYPE:
        return search_address(parameters, type=value)
    after, before = _interval(value)
    if facet is Facet.YEAR:
        return search_address(parameters, modified_after=after, modified_before=before)
    return search_address(parameters, published_after=after, published_before=before)


def _interval(value: str) -> tuple[str, str | None]:
    """Return the first day of a year or a month, and that of the next one if there is one."""
    year, month = int(value[:4]), int(value[5:] or 1)
    months = 12 * year + month - 1 + (1 if value[5:] else 12)
    following = f"{months // 12:04}-{months % 12 + 1:02}-01" if months // 12 <= MAXYEAR else None
    return f"{year:04}-{month:02}-01", following


def _outside_folders(parameters: QueryParams) -> str | None:
    """Return the address of the search without files in folders; None if that cannot be typed.

    No glob matches only the files at the top, so the others are excluded.
    """
    q = f"{parameters.get('q', '').rstrip()} {IN_FOLDERS}"
    excludes = len(q) <= LONG_QUERY_CHARS and "*/*" in parse_query(q).filters.excluded_paths
    return search_address(parameters, q=q) if excludes else None


def _folder_glob(folder: str) -> str:
    return "/" + re.sub(r"([\\*?\[])", r"\\\1", folder) + "/"
