"""Which documents may answer a request: path globs, media types, authors, times. Pure.

Each condition tests all documents of a catalog at once.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from api.query.globs import PathGlob, parse_glob
from api.query.media_types import media_types_of
from api.query.query import QueryFilters
from indexer.index.catalog import UNKNOWN_US, Catalog

__all__ = ["Keeps", "document_filter"]

Kept = NDArray[np.bool_]
Keeps = Callable[[Catalog], Kept]
WORD = re.compile(r"\w+")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def document_filter(parameters: QueryFilters, typed: QueryFilters) -> Keeps | None:
    """Return a condition that documents must meet; None if there are no filters.

    Filters come from the parameters and from the query text. Among several paths, types or
    extensions in one of these places, any may match. A document must pass the filters of both
    places. Titles are looked up elsewhere. Raises InvalidQuery.
    """
    conditions = [*_conditions(parameters, "path"), *_conditions(typed, "q")]
    if not conditions:
        return None
    return lambda catalog: np.logical_and.reduce([keeps(catalog) for keeps in conditions])


def _conditions(filters: QueryFilters, parameter: str) -> Iterator[Keeps]:
    if filters.paths:
        yield _path_condition(filters.paths, parameter)
    if filters.excluded_paths:
        yield _not(_path_condition(filters.excluded_paths, parameter))
    if filters.media_types:
        yield _type_condition(filters.media_types)
    if filters.excluded_media_types:
        yield _not(_type_condition(filters.excluded_media_types))
    if filters.extensions:
        yield _extension_condition(filters.extensions)
    if filters.excluded_extensions:
        yield _not(_extension_condition(filters.excluded_extensions))
    if filters.authors:
        yield _author_condition(filters.authors)
    if filters.excluded_authors:
        yield _not(_author_condition(filters.excluded_authors))
    if filters.published_after is not None:
        published_after_us = _microseconds(filters.published_after)
        yield lambda catalog: catalog.published_us >= published_after_us
    if filters.published_before is not None:
        published_before_us = _microseconds(filters.published_before)
        yield (
            lambda catalog: (
                (catalog.published_us < published_before_us) & (catalog.published_us != UNKNOWN_US)
            )
        )
    if filters.modified_after is not None:
        after_us = _microseconds(filters.modified_after)
        yield lambda catalog: catalog.modified_us >= after_us
    if filters.modified_before is not None:
        before_us = _microseconds(filters.modified_before)
        yield lambda catalog: catalog.modified_us < before_us


def _path_condition(globs: Sequence[str], parameter: str) -> Keeps:
    parsed = [parse_glob(glob, parameter=parameter) for glob in globs]
    return lambda catalog: np.logical_or.reduce([_matching(catalog, glob) for glob in parsed])


def _matching(catalog: Catalog, glob: PathGlob) -> Kept:
    """Return which paths match. File names are read only where their folder does not decide."""
    states = {"": glob.start}
    for folder in islice(catalog.folders, 1, None):
        above, _, name = folder.rpartition("/")
        states[folder] = glob.after(states[above], name)
    of_folder = list(states.values())
    kept = np.array([glob.matched(state) for state in of_folder])[catalog.folder_of]
    left_open = np.array([glob.needs_an_end(state) for state in of_folder])[catalog.folder_of]
    places = np.flatnonzero(left_open)
    names = [catalog.entries[place].path.rpartition("/")[2] for place in places.tolist()]
    kept[places] = glob.ending(names)
    return kept


def _type_condition(media_types: Sequence[str]) -> Keeps:
    wanted = frozenset(found for each in media_types for found in media_types_of(each))
    return lambda catalog: np.isin(
        catalog.media_type_of,
        [number for each, number in catalog.media_types.items() if each in wanted],
    )


def _extension_condition(extensions: Sequence[str]) -> Keeps:
    endings = tuple(f".{each}" for each in extensions)
    return lambda catalog: np.array(
        [entry.path.lower().endswith(endings) for entry in catalog.entries], np.bool_
    )


def _author_condition(authors: Sequence[str]) -> Keeps:
    """Return a condition that holds for authors whose names have the words of one in a row."""
    wanted = [_words(each) for each in authors]
    return lambda catalog: np.isin(
        catalog.author_of,
        [
            number
            for author, number in catalog.authors.items()
            if author is not None and any(words in _words(author) for words in wanted)
        ],
    )


def _words(name: str) -> str:
    """Return the words of a name between blanks, whatever their case and accents are."""
    bare = "".join(
        each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each)
    )
    return f" {' '.join(WORD.findall(bare.casefold()))} "


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def _not(keeps: Keeps) -> Keeps:
    return lambda catalog: ~keeps(catalog)
