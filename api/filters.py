"""Which documents a request may be answered from: path globs, media types, times. Pure."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from api.globs import path_matcher
from api.query import QueryFilters, parse_moment
from api.schemas import SearchRequest
from indexer.catalog import CatalogEntry

__all__ = ["document_filter"]

Keeps = Callable[[CatalogEntry], bool]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def document_filter(request: SearchRequest, typed: QueryFilters) -> Keeps | None:
    """Return what both the parameters and the query text keep; None where neither filters.

    Of several paths or types in one place any may match; the two places narrow each other.
    """
    conditions = [
        *_path_conditions(request.path, "path"),
        *_path_conditions(typed.paths, "q"),
        *[_not(each) for each in _path_conditions(typed.excluded_paths, "q")],
        *_type_conditions(request.type),
        *_type_conditions(typed.media_types),
        *[_not(each) for each in _type_conditions(typed.excluded_media_types)],
        *_time_conditions(_parsed(request.modified_after, "modified_after"), after=True),
        *_time_conditions(_parsed(request.modified_before, "modified_before"), after=False),
        *_time_conditions(typed.modified_after, after=True),
        *_time_conditions(typed.modified_before, after=False),
    ]
    if not conditions:
        return None
    return lambda entry: all(condition(entry) for condition in conditions)


def _path_conditions(globs: Sequence[str], parameter: str) -> list[Keeps]:
    if not globs:
        return []
    matchers = [path_matcher(glob, parameter=parameter) for glob in globs]
    return [lambda entry: any(matches(entry.path) for matches in matchers)]


def _type_conditions(types: Sequence[str]) -> list[Keeps]:
    if not types:
        return []
    wanted = frozenset(each.lower() for each in types)
    return [lambda entry: entry.media_type in wanted]


def _time_conditions(moment: datetime | None, *, after: bool) -> list[Keeps]:
    if moment is None:
        return []
    # In whole numbers: as floating-point seconds it would be up to 128 ns off.
    edge_ns = (moment - EPOCH) // timedelta(microseconds=1) * 1_000
    if after:
        return [lambda entry: entry.modified_ns >= edge_ns]
    return [lambda entry: entry.modified_ns < edge_ns]


def _parsed(text: str | None, parameter: str) -> datetime | None:
    if text is None:
        return None
    return parse_moment(text, parameter=parameter)


def _not(keeps: Keeps) -> Keeps:
    return lambda entry: not keeps(entry)
