"""Quotations to check against their files, and the verdicts."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo, field_validator

from api.contract.documents import SpanOut
from api.contract.limits import MAX_QUOTATION_CHARS
from api.contract.strict import UNTYPED, Strict, is_number

__all__ = ["QuotedSpan", "Verdict", "Verification", "VerifyRequest"]


class Verdict(StrEnum):
    """How a quotation compares with the current content of its file."""

    EXACT = "exact"
    MOVED = "moved"
    CHANGED = "changed"
    GONE = "gone"


# No document is this long, and larger numbers would overflow elsewhere.
Offset = Annotated[
    int,
    Field(ge=0, lt=2**40),
    BeforeValidator(lambda value: value if is_number(value) else UNTYPED),
]


class QuotedSpan(Strict):
    """Half-open `[start, end)` in code points, as `span` and `best` of a hit are."""

    start: Offset
    end: Offset

    @field_validator("end")
    @classmethod
    def _in_order(cls, end: int, info: ValidationInfo) -> int:
        start = info.data.get("start", 0)
        if end < start:
            raise ValueError(f"the end {end} is before the start {start}")
        return end


class VerifyRequest(Strict):
    """A quotation: a text, and the place in a file where it was found."""

    path: Annotated[
        str,
        Field(
            min_length=1,
            max_length=4_096,
            description="`document.path` of a hit, relative to the indexed folder.",
            examples=["2024/nato.txt"],
        ),
    ]
    span: Annotated[QuotedSpan, Field(description="Where the text was.")]
    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_QUOTATION_CHARS,
            description="The verbatim text, including line ends and blanks.",
        ),
    ]
    sha256: Annotated[
        str | None,
        Field(
            pattern=r"^[0-9a-fA-F]{64}$",
            description="Hash of the file that was quoted. The verdict depends only on the text; "
            "compare this hash with the one in the answer to see whether the file has changed.",
        ),
    ] = None

    @field_validator("text")
    @classmethod
    def _fills_the_span(cls, text: str, info: ValidationInfo) -> str:
        span = info.data.get("span")
        if span is not None and len(text) != span.end - span.start:
            raise ValueError(
                f"the text has {len(text)} code points, but the span has {span.end - span.start}; "
                "a span counts Unicode code points, not bytes or UTF-16 units"
            )
        return text


class Verification(BaseModel):
    """How a quotation compares with the current content of its file, not with the index.

    `exact`: the text is at the given span. `moved`: the text is elsewhere, and `span` is the place
    nearest to the given one, or the earlier of two. `changed`: the file exists but does not contain
    the text. `gone`: the file no longer exists, is ignored since, or cannot be read as text;
    `reason` says why.
    """

    verdict: Verdict
    span: Annotated[SpanOut | None, Field(description="Where the text is now.")]
    sha256: Annotated[str | None, Field(description="Hash of the file's current bytes.")]
    reason: Annotated[str | None, Field(description="Why the file is gone.")] = None
