"""Quotations to check against their files, and the verdicts."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo, field_validator

from api.contract.documents import DocumentMetadata, LineRange, SpanOut
from api.contract.limits import MAX_QUOTATION_CHARS
from api.contract.refusals.strict import UNTYPED, Strict, is_number

__all__ = [
    "Difference",
    "DifferenceKind",
    "Proof",
    "QuotedPlace",
    "QuotedSpan",
    "Verdict",
    "Verification",
    "VerifyRequest",
]


class Verdict(StrEnum):
    """How a quotation compares with the current content of a file, or of all files."""

    EXACT = "exact"
    MOVED = "moved"
    SIMILAR = "similar"
    CHANGED = "changed"
    GONE = "gone"


class Proof(StrEnum):
    """How it is known that a text is in a file.

    `bytes`: it was rebuilt from the bytes of the file, without the program that extracts texts.
    `extractor`: the program that extracts texts reads it there, as words of a PDF or cells.
    """

    BYTES = "bytes"
    EXTRACTOR = "extractor"


class DifferenceKind(StrEnum):
    """In what a quotation differs from a document.

    `form`: the same letters, composed otherwise, with other accents or an invisible character.
    `omission`: an ellipsis of the quotation replaces what the document says. `word`: words were
    replaced, added or left out.
    """

    QUOTATION_MARK = "quotation_mark"
    DASH = "dash"
    BLANK = "blank"
    PUNCTUATION = "punctuation"
    CASE = "case"
    FORM = "form"
    OMISSION = "omission"
    WORD = "word"


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
    """A text, and the file and the place where it was found, if they are known."""

    path: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=4_096,
            description="`document.path` of a hit, relative to the indexed folder. "
            "If missing, all documents are searched.",
            examples=["2024/nato.txt"],
        ),
    ] = None
    span: Annotated[
        QuotedSpan | None,
        Field(description="Where the text was. If missing, it may be anywhere in the file."),
    ] = None
    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_QUOTATION_CHARS,
            description="The quotation, including line ends and blanks.",
            examples=["will america stay in the alliance"],
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

    @field_validator("span")
    @classmethod
    def _has_a_file(cls, span: QuotedSpan | None, info: ValidationInfo) -> QuotedSpan | None:
        # An invalid path is missing from the data.
        if span is not None and info.data.get("path", "") is None:
            raise ValueError("a span is a place in a file; send the path of the file too")
        return span

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


class Difference(BaseModel):
    """What the quotation has in place of what the document has.

    `in_text` counts from the start of the given text, and `in_document` from the start of the
    document, in code points. One of them is empty if something was added or left out.
    """

    kind: DifferenceKind
    in_text: SpanOut
    in_document: SpanOut


class QuotedPlace(BaseModel):
    """A place with the text, or one similar to it. Everything between two differences is verbatim.

    `text` is what the document says there. Spans count in the version of the file with this
    `sha256`. `document` is the document as it was indexed; its `state` tells whether the file has
    changed since.
    """

    document: DocumentMetadata
    sha256: str
    text: str
    span: SpanOut
    byte_span: SpanOut | None
    utf16_span: SpanOut
    lines: LineRange
    differences: list[Difference]


class Verification(BaseModel):
    """How a quotation compares with the current content of its file, or of all indexed files.

    `exact`: the text is at the given span or, without one, anywhere. `moved`: it is elsewhere in
    the file. `similar`: a text is there that differs only in quotation marks, dashes, blanks, line
    breaks, case, other signs, words left out for an ellipsis, or a few words: at most one in five,
    and at most 20. `changed`: the file exists but has nothing of the kind. `gone`: the file no
    longer exists, is ignored since, or cannot be read as text; or no document has the text.
    """

    verdict: Verdict
    span: Annotated[
        SpanOut | None,
        Field(description="Where the text is now: the first of the places."),
    ]
    sha256: Annotated[
        str | None,
        Field(description="Hash of the current bytes of the file that `span` counts in."),
    ]
    reason: Annotated[
        str | None, Field(description="Why the file is gone, or the text was not found.")
    ] = None
    places: Annotated[
        list[QuotedPlace],
        Field(
            description="Every place. In a file, the one nearest to the given span comes first. "
            "Otherwise verbatim ones are sorted by path, and similar ones by likeness. With "
            "`changed` or `gone`: where the text was when the files were indexed."
        ),
    ] = Field(default=[])
    proof: Annotated[
        Proof | None,
        Field(
            description="How it is known that the first place is in the current file; null if "
            "nothing was found, or if the text was found in the index and the file not read."
        ),
    ] = None
    extractor_changed: Annotated[
        bool,
        Field(
            description="Whether the file's text would now be extracted by another reader or "
            "engine than when it was indexed."
        ),
    ] = False
    more_places: Annotated[
        bool, Field(description="Whether there are, or may be, more places than these.")
    ] = False
