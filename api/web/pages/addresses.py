"""The addresses of the web page: a search, or a place in a document.

A search has the same parameters as `/v1/search`. Empty fields of a form count as not given.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, get_origin
from urllib.parse import quote_plus, urlencode

from pydantic import AfterValidator, BaseModel, Field, ValidationError
from starlette.datastructures import QueryParams

from api.contract.errors import InvalidQuery
from api.contract.limits import MAX_QUERY_CHARS
from api.contract.lists.files import DocumentState, ListRequest
from api.contract.quotations import VerifyRequest
from api.contract.refusals.strict import Strict
from api.contract.refusals.wrong_values import complaint, unknown_parameter
from api.contract.search import Facet, SearchRequest
from api.web.query_string import require_single
from indexer.spans import Span

__all__ = [
    "FRAGMENT",
    "HASH_CHARS",
    "PAGING",
    "TYPING",
    "Place",
    "document_address",
    "given_parameters",
    "quotation_address",
    "read_place",
    "read_quotation",
    "read_search",
    "read_skipped",
    "search_address",
    "skipped_address",
]

# Asks for the results alone, without the page around them.
FRAGMENT = "fragment"
# Its value while the query is still being typed.
TYPING = "typing"
# This many hexadecimal digits of the hash distinguish the versions of a file.
HASH_CHARS = 12
PAGING = frozenset({"offset", "cursor"})
REPEATABLE = frozenset(
    name
    for name, field in SearchRequest.model_fields.items()
    if get_origin(field.annotation) is list
)

# What the page requests unless its address says otherwise.
SHOWN_BESIDE_HITS: dict[str, Any] = {"explain": True, "facets": list(Facet)}

# No document is this long, and larger numbers would overflow elsewhere.
Offset = Annotated[int, Field(ge=0, lt=2**40)]
Model = TypeVar("Model", bound=BaseModel)


def _in_order(best: str) -> str:
    start, end = map(int, best.split("-"))
    if end < start:
        raise ValueError("the end is before the start")
    return best


class Place(Strict):
    """Where a document is opened, and what is marked in it.

    `best` is the part of the span that answers best, as `start-end`. `after` and `before` choose
    the part of a long document that begins or ends there. `mark` is the number of the current
    highlight. `sha256` is the beginning of the hash of the file that the offsets refer to.
    """

    start: Offset | None = None
    end: Offset | None = None
    best: (
        Annotated[str, Field(pattern=r"^\d{1,12}-\d{1,12}$"), AfterValidator(_in_order)] | None
    ) = None
    q: Annotated[str, Field(max_length=MAX_QUERY_CHARS)] | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")] | None = None
    after: Offset | None = None
    before: Offset | None = None
    mark: Annotated[int, Field(ge=1, lt=2**40)] | None = None

    @property
    def span(self) -> Span | None:
        if self.start is None or self.end is None:
            return None
        return Span(self.start, self.end)

    @property
    def best_span(self) -> Span | None:
        if self.best is None:
            return None
        start, end = map(int, self.best.split("-"))
        return Span(start, end)


def given_parameters(parameters: QueryParams) -> list[tuple[str, str]]:
    """Return the parameters that are not empty, in order."""
    return [
        (name, value)
        for name, value in parameters.multi_items()
        if value.strip() and name != FRAGMENT
    ]


def read_search(parameters: QueryParams) -> SearchRequest | None:
    """Return the search in the address, or None if it has no query."""
    values: dict[str, Any] = {}
    given = given_parameters(parameters)
    require_single(given, but_not=REPEATABLE)
    for name, value in given:
        if name in REPEATABLE:
            values.setdefault(name, []).append(value)
        else:
            values[name] = value
    if "q" not in values:
        return None
    return _validated(SearchRequest, SHOWN_BESIDE_HITS | values)


def read_place(parameters: QueryParams) -> Place:
    """Return the place in a document that the address gives. Raises InvalidQuery."""
    given = given_parameters(parameters)
    require_single(given)
    place = _validated(Place, dict(given))
    if place.start is not None and place.end is not None and place.end < place.start:
        raise InvalidQuery(f"end {place.end} is before start {place.start}", parameter="end")
    return place


def read_skipped(parameters: QueryParams) -> ListRequest:
    """Return the part of the list of skipped files in the address. Raises InvalidQuery."""
    given = given_parameters(parameters)
    require_single(given)
    values: dict[str, Any] = {"state": DocumentState.SKIPPED}
    for name, value in given:
        values[name] = [value] if name == "reason" else value
    return _validated(ListRequest, values)


def skipped_address(**parameters: str | None) -> str:
    """Return the address of a part of the list of skipped files."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return "/index/skipped" + ("?" + urlencode(given) if given else "")


def read_quotation(fields: Mapping[str, str]) -> VerifyRequest | None:
    """Return the quotation in a form, or None if it has none. Raises InvalidQuery.

    Blanks around it are dropped, because they come along when a text is copied.
    """
    given = {name: value.strip() for name, value in fields.items() if value.strip()}
    return _validated(VerifyRequest, given) if "text" in given else None


def quotation_address(text: str) -> str:
    """Return the address of the page that checks a quotation."""
    return "/verify?" + urlencode({"text": text})


def _validated(model: type[Model], values: dict[str, Any]) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        # An error about several parameters names none; in a search it is about the offset.
        parameter = str(first["loc"][0]) if first["loc"] else "offset"
        message = f"{parameter}: {complaint(first)}"
        if first["type"] == "extra_forbidden":
            message = unknown_parameter(parameter, model.model_fields)
        raise InvalidQuery(message, parameter=parameter) from error


def search_address(parameters: QueryParams, **changes: str | int | None) -> str:
    """Return the address of the same search with some parameters set, or dropped by None.

    A changed search begins at its first page.
    """
    dropped = PAGING | changes.keys()
    kept = [(name, value) for name, value in given_parameters(parameters) if name not in dropped]
    added = [(name, str(value)) for name, value in changes.items() if value is not None]
    return "/?" + urlencode(kept + added)


def document_address(document_id: str, place: Place, anchor: str = "span") -> str:
    """Return the address of the document view at a place."""
    # A page of results has dozens of these, and urlencode would waste time quoting the numbers.
    query = "&".join(
        f"{name}={value if isinstance(value, int) else quote_plus(value)}"
        for name, value in place
        if value is not None
    )
    return f"/documents/{document_id}?{query}#{anchor}"
