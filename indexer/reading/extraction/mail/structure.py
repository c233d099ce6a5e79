"""The structure of a mail: bytes -> its parts, each with the range of its bytes in the file.

A delimiter is searched for only between those of the part around it, as RFC 2046 says. Parts are
numbered as IMAP numbers them: "1.2" is the second part of the first one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from indexer.reading.extraction.mail.header import (
    Header,
    Parameter,
    parameters_of,
    plain_value,
    read_header,
)

__all__ = ["Bounds", "Part", "read_structure"]

_REST_OF_LINE = re.compile(rb"(?P<last>--)?+[ \t]*+\r?+(?:\n|\Z)")
# The longest delimiter of RFC 2046 has 70 characters; some programs write longer ones.
_LONGEST_DELIMITER = 200


class Bounds(NamedTuple):
    """The most that is read of one mail."""

    header_bytes: int = 16 << 10
    parts: int = 10_000
    depth: int = 50


@dataclass(frozen=True, slots=True)
class Part:
    """A mail or a part of one. `start` and `end` are the range of its body in the file.

    `parts` are those of a multipart, or the one mail inside a part of type message/rfc822.
    `cut` tells that more parts are inside than were looked at.
    """

    number: str
    header: Header
    media_type: str
    charset: str
    transfer: str
    disposition: str
    file_name: Parameter | None
    start: int
    end: int
    parts: tuple["Part", ...] = ()
    cut: bool = False

    @property
    def is_mail(self) -> bool:
        """Return whether the part encloses a mail."""
        return self.media_type == "message/rfc822"

    def walk(self) -> Iterator["Part"]:
        """Yield the part and all parts inside it, in order."""
        yield self
        for part in self.parts:
            yield from part.walk()


def read_structure(content: bytes, start: int, end: int, bounds: Bounds) -> Part:
    """Return the mail whose header begins at `start`."""
    return _Structure(content, bounds).mail("", start, end, depth=0)


class _Structure:
    def __init__(self, content: bytes, bounds: Bounds) -> None:
        self._content = content
        self._bounds = bounds
        self._left = bounds.parts

    def mail(self, number: str, start: int, end: int, *, depth: int) -> Part:
        """Return a mail. A body that is not a multipart is the part 1 of it."""
        return self._part(number, start, end, depth, is_mail=True)

    def _part(
        self,
        number: str,
        start: int,
        end: int,
        depth: int,
        *,
        default: str = "text/plain",
        is_mail: bool = False,
    ) -> Part:
        content = self._content
        self._left -= 1
        header = read_header(content, start, end, most_bytes=self._bounds.header_bytes)
        content_type = header.value("content-type")
        parameters = parameters_of(content, content_type)
        media_type = _before_semicolon(plain_value(content, content_type))
        if media_type.count("/") != 1:
            media_type = default
        delimiter = _value(parameters, "boundary").encode("utf-8", "surrogateescape")
        is_multipart = media_type.startswith("multipart/")
        if is_multipart and not 0 < len(delimiter) <= _LONGEST_DELIMITER:
            is_multipart, media_type = False, "text/plain"
        if is_mail and not is_multipart:
            number = _below(number, 1)
        disposition = header.value("content-disposition")
        named = parameters_of(content, disposition).get("filename") or parameters.get("name")
        transfer = plain_value(content, header.value("content-transfer-encoding"))
        cut = depth >= self._bounds.depth
        parts: list[Part] = []
        if is_multipart and not cut:
            inner = "message/rfc822" if media_type == "multipart/digest" else "text/plain"
            for inner_start, inner_end in _between(content, delimiter, header.body, end):
                if self._left <= 0:
                    cut = True
                    break
                below = _below(number, len(parts) + 1)
                parts.append(self._part(below, inner_start, inner_end, depth + 1, default=inner))
        elif media_type == "message/rfc822" and not cut:
            parts.append(self.mail(number, header.body, end, depth=depth + 1))
        return Part(
            number=number,
            header=header,
            media_type=media_type,
            charset=_value(parameters, "charset").strip().lower(),
            transfer=_before_semicolon(transfer),
            disposition=_before_semicolon(plain_value(content, disposition)),
            file_name=named,
            start=header.body,
            end=end,
            parts=tuple(parts),
            cut=cut and (is_multipart or media_type == "message/rfc822"),
        )


def _between(content: bytes, delimiter: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges between the lines of a delimiter, without the line end before each."""
    mark = b"--" + delimiter
    part_start = -1
    position = start
    while (found := content.find(mark, position, end)) >= 0:
        position = found + len(mark)
        # A longer delimiter, of a part inside, may begin with this one.
        rest = _REST_OF_LINE.match(content, position, end)
        if rest is None or (found > start and content[found - 1] != 0x0A):
            continue
        if part_start >= 0:
            yield part_start, _before_line_end(content, part_start, found)
        if rest["last"]:
            return
        part_start = position = rest.end()
    if 0 <= part_start < end:
        yield part_start, end


def _before_line_end(content: bytes, start: int, end: int) -> int:
    if end > start and content[end - 1] == 0x0A:
        end -= 1
    if end > start and content[end - 1] == 0x0D:
        end -= 1
    return end


def _below(number: str, index: int) -> str:
    return f"{number}.{index}" if number else str(index)


def _before_semicolon(value: str) -> str:
    return value.partition(";")[0].strip().lower()


def _value(parameters: dict[str, Parameter], name: str) -> str:
    found = parameters.get(name)
    return found.value if found is not None else ""
