"""What a child is asked and answers, in a plain encoding: a JSON head, and the bytes it announces.

A child reads hostile files, so nothing of an answer is believed: each value has its type, and the
spans are in the text. Pickles are not used, because reading one may run any code.
"""

import hashlib
import json
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from indexer.documents import Heading, SkippedFile, SkipReason
from indexer.reading.extraction.maps import PieceMap, pack_map
from indexer.reading.extraction.pieces import Extraction, Metadata, NotExtracted
from indexer.spans import Span

__all__ = [
    "HEAD",
    "OUT_OF_MEMORY",
    "Answer",
    "Members",
    "MembersRequest",
    "PageRequest",
    "Request",
    "WrongAnswer",
    "encode_answer",
    "encode_image",
    "encode_members",
    "encode_members_request",
    "encode_page_request",
    "encode_refusal",
    "encode_request",
    "read_answer",
    "read_image",
    "read_members",
    "read_request",
]

# Called with a number of bytes, returns them.
_Receive = Callable[[int], bytes]

OUT_OF_MEMORY = 77
"""The exit code of a child that has no memory left, not even for an answer."""

HEAD = struct.Struct("<Q")
_MAX_HEAD = 64 << 20
_MAX_BODY = 1 << 30
_PNG = b"\x89PNG\r\n\x1a\n"


class Request(NamedTuple):
    """A file to read, and the encoding that a person has given for it."""

    format: str
    path: str
    content: bytes
    encoding: str | None = None


class Answer(NamedTuple):
    """What a reader has made of a file. `map` are its pieces, places and marks, packed."""

    text: str
    text_sha256: str
    map: bytes
    headings: tuple[Heading, ...]
    repeated: tuple[Span, ...]
    metadata: Metadata
    warnings: tuple[str, ...]


class MembersRequest(NamedTuple):
    """A file in which files are, and what is asked for: all of them, or the `only` one.

    `with_content` asks for their bytes too.
    """

    path: str
    content: bytes
    only: str = ""
    with_content: bool = True


class Members(NamedTuple):
    """The files inside a file, with their sizes and their bytes if those were asked for.

    `skipped` are those that cannot be read. `refused` tells why there are no more of them, if the
    outer file is damaged.
    """

    sizes: dict[str, int]
    contents: dict[str, bytes]
    skipped: tuple[SkippedFile, ...]
    refused: SkippedFile | None = None


class PageRequest(NamedTuple):
    """A page of a PDF to draw, counted from 0, with marks on these boxes and `width` pixels wide.

    Boxes are left, bottom, right and top, in points before the page is rotated.
    """

    content: bytes
    page: int
    boxes: tuple[tuple[float, float, float, float], ...]
    width: int


class WrongAnswer(Exception):
    """The child has answered something else than it was asked for."""


def encode_members_request(request: MembersRequest) -> bytes:
    path, content, only, with_content = request
    return _message({"members": path, "only": only, "with_content": with_content}, content)


def encode_members(members: Members) -> bytes:
    head = {
        "sizes": members.sizes,
        "named": list(members.contents),
        "skipped": [_skipped_values(each) for each in members.skipped],
        "refused": _skipped_values(members.refused) if members.refused else None,
    }
    return _message(head, *members.contents.values())


def read_members(receive: _Receive, outer: str) -> Members:
    """Return the files inside the outer file. Raises NotExtracted and WrongAnswer."""
    try:
        head, parts = _read_message(receive)
        if "reason" in head:
            raise NotExtracted(SkipReason(head["reason"]), str(head["detail"]))
        sizes = {_inside(outer, path): int(size) for path, size in head["sizes"].items()}
        return Members(
            sizes,
            {_inside(outer, path): part for path, part in zip(head["named"], parts, strict=True)},
            tuple([_skipped(outer, each) for each in head["skipped"]]),
            _skipped("", head["refused"]) if head["refused"] else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WrongAnswer(str(error)) from None


def encode_page_request(request: PageRequest) -> bytes:
    content, page, boxes, width = request
    return _message({"page": page, "boxes": boxes, "width": width}, content)


def encode_image(png: bytes) -> bytes:
    return _message({}, png)


def read_image(receive: _Receive) -> bytes:
    """Return the PNG that was drawn. Raises NotExtracted and WrongAnswer."""
    try:
        head, parts = _read_message(receive)
        if "reason" in head:
            raise NotExtracted(SkipReason(head["reason"]), str(head["detail"]))
        (png,) = parts
    except (ValueError, KeyError, TypeError) as error:
        raise WrongAnswer(str(error)) from None
    if not png.startswith(_PNG):
        raise WrongAnswer("the image is not a PNG")
    return png


def encode_request(request: Request) -> bytes:
    format_name, path, content, encoding = request
    return _message({"format": format_name, "path": path, "encoding": encoding}, content)


def read_request(receive: _Receive) -> Request | MembersRequest | PageRequest:
    head, (content,) = _read_message(receive)
    if "page" in head:
        boxes = tuple([(x0, y0, x1, y1) for x0, y0, x1, y1 in head["boxes"]])
        return PageRequest(content, head["page"], boxes, head["width"])
    if "members" in head:
        return MembersRequest(head["members"], content, head["only"], head["with_content"])
    return Request(head["format"], head["path"], content, head["encoding"])


def encode_answer(extraction: Extraction) -> bytes:
    head = {
        "headings": extraction.headings,
        "repeated": [(span.start, span.end) for span in extraction.repeated],
        "metadata": extraction.metadata._asdict(),
        "warnings": extraction.warnings,
    }
    return _message(head, extraction.text.encode(), pack_map(extraction))


def encode_refusal(reason: SkipReason, detail: str) -> bytes:
    return _message({"reason": reason.value, "detail": detail})


def read_answer(receive: _Receive) -> Answer:
    """Return the answer. Raises NotExtracted if it is a refusal, and WrongAnswer."""
    try:
        head, parts = _read_message(receive)
        if "reason" in head:
            raise NotExtracted(SkipReason(head["reason"]), str(head["detail"]))
        encoded, packed = parts
        text = encoded.decode()
        _require_map(packed, len(text))
        return Answer(
            text,
            hashlib.sha256(encoded).hexdigest(),
            packed,
            tuple([_heading(each, len(text)) for each in head["headings"]]),
            tuple([_span(each, len(text)) for each in head["repeated"]]),
            Metadata(**{name: _optional(value) for name, value in head["metadata"].items()}),
            tuple([str(each) for each in head["warnings"]]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WrongAnswer(str(error)) from None


def _message(head: dict[str, Any], *parts: bytes) -> bytes:
    encoded = json.dumps(head | {"parts": [len(part) for part in parts]}).encode()
    return b"".join([HEAD.pack(len(encoded)), encoded, *parts])


def _read_message(receive: _Receive) -> tuple[dict[str, Any], list[bytes]]:
    (length,) = HEAD.unpack(receive(HEAD.size))
    if length > _MAX_HEAD:
        raise ValueError("the head is too long")
    head = json.loads(receive(length))
    if not 0 <= sum(head["parts"]) <= _MAX_BODY or min(head["parts"], default=0) < 0:
        raise ValueError("the answer is too long")
    return head, [receive(each) for each in head["parts"]]


def _require_map(packed: bytes, length: int) -> None:
    if PieceMap(packed).length > length:
        raise ValueError("a piece is not in the text")


def _inside(outer: str, path: str) -> str:
    if not path.startswith(outer):
        raise ValueError("a file is not inside the outer one")
    path.encode()
    return path


def _skipped_values(skipped: SkippedFile) -> list[str]:
    return [skipped.path, skipped.reason.value, skipped.detail]


def _skipped(outer: str, values: Any) -> SkippedFile:
    path, reason, detail = values
    return SkippedFile(_inside(outer, path), SkipReason(reason), str(detail))


def _heading(values: Any, length: int) -> Heading:
    start, level, title = values
    if not (0 <= start <= length and 0 < level < 100 and isinstance(title, str)):
        raise ValueError("a heading is not in the text")
    return Heading(start, level, title)


def _span(values: Any, length: int) -> Span:
    start, end = values
    if end > length:
        raise ValueError("a span is not in the text")
    return Span(start, end)


def _optional(value: Any) -> str | None:
    return None if value is None else str(value)
