"""Which documents a request may be answered from: path globs, media types, times. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime

from pathspec import PathSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from api.query import QueryFilters, parse_moment
from api.schemas import SearchRequest
from indexer.catalog import CatalogEntry
from indexer.errors import InvalidQuery

__all__ = ["document_filter"]

Keeps = Callable[[CatalogEntry], bool]


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
    try:
        # The syntax of gitignore, as in .spanlightignore: a name matches at any depth, a folder
        # everything below it, `*` stays inside a folder and `**` does not.
        spec = PathSpec.from_lines(GitIgnoreSpecPattern, [_plain_glob(glob) for glob in globs])
    except ValueError as error:
        raise InvalidQuery(
            f"{', '.join(map(repr, globs))} is no path glob: {error}", parameter=parameter
        ) from error
    return [lambda entry: spec.match_file(entry.path)]


def _plain_glob(glob: str) -> str:
    """Return the glob with what gitignore would read as a comment or a negation escaped."""
    return f"\\{glob}" if glob.startswith(("!", "#")) else glob


def _type_conditions(types: Sequence[str]) -> list[Keeps]:
    if not types:
        return []
    wanted = frozenset(each.lower() for each in types)
    return [lambda entry: entry.media_type in wanted]


def _time_conditions(moment: datetime | None, *, after: bool) -> list[Keeps]:
    if moment is None:
        return []
    edge_ns = int(moment.timestamp() * 1_000_000_000)
    if after:
        return [lambda entry: entry.modified_ns >= edge_ns]
    return [lambda entry: entry.modified_ns < edge_ns]


def _parsed(text: str | None, parameter: str) -> datetime | None:
    if text is None:
        return None
    return parse_moment(text, parameter=parameter)


def _not(keeps: Keeps) -> Keeps:
    return lambda entry: not keeps(entry)
