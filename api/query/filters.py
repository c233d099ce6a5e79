"""Tokens such as `path:2024/*` -> the filters of a query. Pure."""

import re
from collections import defaultdict
from datetime import UTC, datetime

from api.contract.errors import InvalidQuery
from api.contract.limits import MAX_FILTERS
from api.query.media_types import TYPE_WORDS, media_types_of
from api.query.notices import Notice, Warnings
from api.query.query import QueryFilters
from api.query.query_tokens import FIELDS, Token, unquoted

__all__ = ["FilterReader", "parse_moment"]

MOMENT = re.compile(
    r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII | re.IGNORECASE,
)

# The ending of a file's name, with several parts in `tar.gz`.
EXTENSION = re.compile(r"\.?(\w[\w.+-]{0,15})")


def parse_moment(text: str, *, parameter: str, position: int | None = None) -> datetime:
    """Return the start of a year, month or day, or an RFC 3339 time, in UTC by default."""
    if not MOMENT.fullmatch(text):
        problem = f"{text!r} is not a date; write 2024, 2024-06, 2024-06-01 or an RFC 3339 time"
        raise InvalidQuery(problem, parameter=parameter, position=position)
    rest_of_date = "-01-01"[len(text) - len("2024") :]
    try:
        moment = datetime.fromisoformat(text.upper() + rest_of_date)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        problem = f"{text!r} is not a date in the calendar"
        raise InvalidQuery(problem, parameter=parameter, position=position) from error


class FilterReader:
    """Collects the filters of one query, in the order of its tokens."""

    def __init__(self, warnings: Warnings) -> None:
        self._warnings = warnings
        self._listed: defaultdict[str, list[str]] = defaultdict(list)
        self._moments: defaultdict[str, list[datetime]] = defaultdict(list)

    def filters(self) -> QueryFilters:
        """Return the filters that were taken."""
        return QueryFilters(
            paths=tuple(self._listed["path"]),
            excluded_paths=tuple(self._listed["-path"]),
            titles=tuple(self._listed["title"]),
            excluded_titles=tuple(self._listed["-title"]),
            media_types=tuple(self._listed["type"]),
            excluded_media_types=tuple(self._listed["-type"]),
            extensions=tuple(self._listed["ext"]),
            excluded_extensions=tuple(self._listed["-ext"]),
            authors=tuple(self._listed["author"]),
            excluded_authors=tuple(self._listed["-author"]),
            modified_after=max(self._moments["after"], default=None),
            modified_before=min(self._moments["before"], default=None),
        )

    def take(self, token: Token) -> bool:
        """Add the token to the filters and return True, if it is a filter."""
        if token.kind != "filter" or not token.spaced:
            return False
        name, _, value = token.unmarked.partition(":")
        field, value = FIELDS[name.lower()], unquoted(value)
        if field in {"after", "before"}:
            return self._take_moment(token, field, value)
        read = self._filter_values(token, field, value)
        if not read:
            return False
        if sum(map(len, self._listed.values())) + len(read) > MAX_FILTERS:
            message = f"Only the first {MAX_FILTERS} filters count; the rest was read as words"
            self._warn("too_many_filters", message, token)
            return False
        self._listed[token.mark.strip("+") + field.replace("folder", "path")].extend(read)
        return True

    def _filter_values(self, token: Token, field: str, value: str) -> tuple[str, ...]:
        """Return the values as the filter needs them; none if this filter cannot take it."""
        match field:
            case "folder":
                return (value.rstrip("/") + "/",)
            case "title" | "author":
                return (value,) if any(map(str.isalnum, value)) else ()
            case "ext":
                extension = EXTENSION.fullmatch(value)
                return (extension[1].lower(),) if extension else ()
            case "type":
                media_types = media_types_of(value)
                if "/" in media_types[0]:
                    return media_types
                known = ", ".join(TYPE_WORDS)
                message = (
                    f"{token.text} was read as words: a type is one of {known}, or a media type "
                    "such as text/x-rust"
                )
                self._warn("unknown_type", message, token)
                return ()
        return (value,)

    def _take_moment(self, token: Token, field: str, value: str) -> bool:
        if not MOMENT.fullmatch(value):
            message = f"{token.text} was read as words: write dates as 2024-06-01"
            self._warn("not_a_date", message, token)
            return False
        position = token.start + token.text.index(":") + 1
        if token.mark == "-":
            field = {"after": "before", "before": "after"}[field]
        self._moments[field].append(parse_moment(value, parameter="q", position=position))
        return True

    def _warn(self, code: str, message: str, token: Token) -> None:
        self._warnings.add(Notice(code, message), token)
