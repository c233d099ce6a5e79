"""The facets of a page of results, whose values lead to narrower searches."""

import re
from dataclasses import dataclass
from datetime import MAXYEAR

from starlette.datastructures import QueryParams

from api.contract.limits import LONG_QUERY_CHARS
from api.contract.search import Facet, FacetCount, SearchResponse
from api.query.parser import parse_query
from api.web.pages.addresses import search_address

__all__ = ["FacetView", "view_facets"]

IN_FOLDERS = "-path:*/*"
FACET_NAMES = {Facet.FOLDER: "Folder", Facet.TYPE: "Type", Facet.YEAR: "Year"}


@dataclass(frozen=True, slots=True)
class FacetView:
    """The values of a facet with their counts, and addresses that narrow the search to them."""

    label: str
    values: list[tuple[FacetCount, str | None]]


def view_facets(response: SearchResponse, parameters: QueryParams) -> list[FacetView]:
    """Return the facets that have more than one value among the hits."""
    return [
        FacetView(
            FACET_NAMES[facet],
            [(each, _narrowed(facet, each.value, parameters)) for each in counts],
        )
        for facet, counts in response.facets.items()
        if len(counts) > 1
    ]


def _narrowed(facet: Facet, value: str, parameters: QueryParams) -> str | None:
    """Return the address of the search narrowed to this value of the facet; None if impossible."""
    if facet is Facet.FOLDER:
        if value == ".":
            return _outside_folders(parameters)
        return search_address(parameters, path=_folder_glob(value))
    if facet is Facet.TYPE:
        return search_address(parameters, type=value)
    following = f"{int(value) + 1:04}-01-01" if int(value) < MAXYEAR else None
    return search_address(
        parameters, modified_after=f"{int(value):04}-01-01", modified_before=following
    )


def _outside_folders(parameters: QueryParams) -> str | None:
    """Return the address of the search without files in folders; None if that cannot be typed.

    No glob matches only the files at the top, so the others are excluded.
    """
    q = f"{parameters.get('q', '').rstrip()} {IN_FOLDERS}"
    excludes = len(q) <= LONG_QUERY_CHARS and "*/*" in parse_query(q).filters.excluded_paths
    return search_address(parameters, q=q) if excludes else None


def _folder_glob(folder: str) -> str:
    return "/" + re.sub(r"([\\*?\[])", r"\\\1", folder) + "/"
