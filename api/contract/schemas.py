"""Request, response and error models: the published contract of the HTTP API.

Every span counts Unicode code points of the document's decoded text unless its name says
otherwise: `byte_span` counts bytes of the file on disk, `utf16_span` UTF-16 code units.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    ValidationInfo,
    field_validator,
)

from api.contract.limits import (
    MAX_GLOB_CHARS,
    MAX_LIMIT,
    MAX_LISTED_SKIPPED,
    MAX_MEDIA_TYPE_CHARS,
    MAX_QUERY_CHARS,
    MAX_QUOTATION_CHARS,
    MAX_REACH,
)
from api.ranking.fusion import FusionMethod

__all__ = [
    "BatchRequest",
    "BatchResponse",
    "BestSpan",
    "Coverage",
    "DocumentMetadata",
    "DocumentText",
    "Drift",
    "Duplicate",
    "Explanation",
    "Facet",
    "FacetCount",
    "Group",
    "GroupBy",
    "Hit",
    "Job",
    "JobError",
    "JobList",
    "JobReport",
    "JobState",
    "JsonSearch",
    "LineRange",
    "Mode",
    "PassageContext",
    "PassageOut",
    "Problem",
    "QuotedSpan",
    "Readiness",
    "ReindexRequest",
    "RetrieverExplanation",
    "SearchRequest",
    "SearchResponse",
    "SearchWarning",
    "SimilarResponse",
    "SkippedOut",
    "SpanOut",
    "State",
    "Status",
    "Strict",
    "SuggestResponse",
    "Suggestion",
    "SuggestionKind",
    "Total",
    "Verdict",
    "Verification",
    "VerifyRequest",
]


class Mode(StrEnum):
    HYBRID = "hybrid"
    LEXICAL = "lexical"
    SEMANTIC = "semantic"


class GroupBy(StrEnum):
    PASSAGE = "passage"
    DOCUMENT = "document"


class Facet(StrEnum):
    FOLDER = "folder"
    TYPE = "type"
    YEAR = "year"


class State(StrEnum):
    """Whether the file on disk is still the one that was indexed."""

    CURRENT = "current"
    CHANGED = "changed"
    MISSING = "missing"


class Verdict(StrEnum):
    """How a quotation stands in its file as it is now."""

    EXACT = "exact"
    MOVED = "moved"
    CHANGED = "changed"
    GONE = "gone"


# Of no type that a field takes.
UNTYPED = object()


def _is_number(value: object) -> bool:
    """Return whether JSON says so: 1.0 is a whole number there, and true is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


class Strict(BaseModel):
    """A request: unknown fields are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid")


class SearchRequest(Strict):
    """A search. `GET` takes the same fields as query parameters."""

    q: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_QUERY_CHARS,
            description="What to look for, in the query language of the README.",
            examples=["will america stay in the alliance"],
        ),
    ]
    mode: Annotated[Mode | None, Field(description="Which retrievers answer; default hybrid.")] = (
        None
    )
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Hits on this page.")] = 10
    offset: Annotated[
        int, Field(ge=0, lt=MAX_REACH, description="Hits to leave out before this page.")
    ] = 0
    cursor: Annotated[
        str | None,
        Field(
            max_length=200, description="`next_cursor` of an earlier answer, in place of offset."
        ),
    ] = None
    fusion: Annotated[
        FusionMethod | None,
        Field(description="How both rankings are combined; default from the index."),
    ] = None
    semantic_weight: Annotated[
        float | None,
        Field(ge=0, le=1, description="0 ranks as lexical, 1 as semantic; default from the index."),
    ] = None
    path: Annotated[
        list[Annotated[str, Field(max_length=MAX_GLOB_CHARS)]],
        Field(max_length=20, description="Globs over the relative path; any of them may match."),
    ] = []
    type: Annotated[
        list[Annotated[str, Field(max_length=MAX_MEDIA_TYPE_CHARS)]],
        Field(max_length=20, description="Media types such as `text/markdown`."),
    ] = []
    modified_after: Annotated[
        str | None, Field(max_length=40, description="RFC 3339 date or time, inclusive.")
    ] = None
    modified_before: Annotated[
        str | None, Field(max_length=40, description="RFC 3339 date or time, exclusive.")
    ] = None
    group_by: Annotated[GroupBy, Field(description="What a page counts.")] = GroupBy.PASSAGE
    group_size: Annotated[
        int, Field(ge=1, le=10, description="Passages of each document when grouping.")
    ] = 3
    fold_duplicates: Annotated[
        bool, Field(description="List passages that repeat a better one under it.")
    ] = True
    min_score: Annotated[
        float, Field(ge=0, le=1, description="Leave out hits of less confidence than this.")
    ] = 0.0
    facets: Annotated[list[Facet], Field(max_length=3, description="Counts to return.")] = []
    explain: Annotated[bool, Field(description="Say what each retriever added to a score.")] = False

    @field_validator("offset")
    @classmethod
    def _within_reach(cls, offset: int, info: ValidationInfo) -> int:
        # A limit that is wrong by itself is not among the data.
        if offset + info.data.get("limit", 1) > MAX_REACH:
            raise ValueError(f"offset + limit must be at most {MAX_REACH:,}")
        return offset


# An answer has hundreds of these: a model, which checks its values, would take ten times as long,
# and a frozen class four times.
@dataclass(slots=True)
class SpanOut:
    """Half-open `[start, end)`."""

    start: int
    end: int


@dataclass(slots=True)
class LineRange:
    """1-based, both ends included; lines end at LF."""

    start: int
    end: int


@dataclass(slots=True)
class BestSpan(SpanOut):
    """The one to three sentences of a hit that answer best."""

    score: float


class RetrieverExplanation(BaseModel):
    """What one retriever added to a score. `score` is its own: BM25, cosine, or a logit.

    Feedback from the best passages is part of `scaled`.
    """

    rank: int | None
    score: float
    scaled: float
    contribution: float


class Explanation(BaseModel):
    """The contributions sum to the hit's score. `reranker` is that of reranked hits alone."""

    lexical: RetrieverExplanation | None = None
    semantic: RetrieverExplanation | None = None
    reranker: RetrieverExplanation | None = None


@dataclass(slots=True)
class Duplicate:
    """Another passage that says the same; `similarity` is the Jaccard index of word shingles."""

    passage_id: str
    document_id: str
    path: str
    span: SpanOut
    similarity: float


class DocumentMetadata(BaseModel):
    """A document as it was indexed. `sha256` is that of the file's bytes then."""

    id: str
    path: str
    title: str
    sha256: str
    encoding: str
    media_type: str
    size_bytes: int
    modified: datetime
    state: State


class PassageOut(BaseModel):
    """A passage: `text` is verbatim, `bytes.decode(encoding)[span.start:span.end]`."""

    passage_id: str
    document: DocumentMetadata
    heading: str
    text: str
    span: SpanOut
    byte_span: SpanOut
    utf16_span: SpanOut
    lines: LineRange


class Hit(PassageOut):
    """A passage that answers. `best` and `highlights` lie inside `span`, in the same units."""

    rank: int
    score: float
    confidence: float | None = None
    best: BestSpan
    highlights: list[SpanOut]
    explanation: Explanation | None = None
    duplicates: list[Duplicate] = []


class Group(BaseModel):
    """A document with its best passages."""

    rank: int
    document: DocumentMetadata
    score: float
    hits: list[Hit]


class Total(BaseModel):
    """How many hits paging reaches; `exact` if everything that matches was a candidate."""

    value: int
    relation: Literal["exact", "at_least"]


class Coverage(BaseModel):
    """How much of the corpus the semantic retriever knows."""

    passages: int
    with_vectors: int


class SearchWarning(BaseModel):
    """Something that was understood or answered otherwise than one might expect.

    `suggestion` is a query to ask instead, as with the code `did_you_mean`.
    """

    code: str
    message: str
    parameter: str | None = None
    position: int | None = None
    suggestion: str | None = None


class FacetCount(BaseModel):
    value: str
    count: int


class SearchResponse(BaseModel):
    query: str
    mode: Mode
    generation: str
    took_ms: float
    total: Total
    next_cursor: str | None = None
    facets: dict[Facet, list[FacetCount]] = {}
    coverage: Coverage
    warnings: list[SearchWarning] = []
    hits: list[Hit] = []
    groups: list[Group] | None = None


class SuggestionKind(StrEnum):
    """What a query is completed with: of the corpus in any case."""

    TITLE = "title"
    TERM = "term"
    PHRASE = "phrase"


class Suggestion(BaseModel):
    """`text` is the whole query, completed."""

    text: str
    kind: SuggestionKind


class SuggestResponse(BaseModel):
    """The best first; none where nothing of the corpus begins so."""

    suggestions: list[Suggestion]


FLAGS = frozenset(
    name for name, field in SearchRequest.model_fields.items() if field.annotation is bool
)
NUMBERS = frozenset(
    name
    for name, field in SearchRequest.model_fields.items()
    if field.annotation in (int, float, float | None)
)


def _typed(values: Any) -> Any:
    """Return the fields, less what only an address leaves to be guessed: "10", or 0 for false."""
    if not isinstance(values, dict):
        return values
    return {name: value if _is_of_type(name, value) else UNTYPED for name, value in values.items()}


def _is_of_type(name: str, value: object) -> bool:
    if name in FLAGS:
        return isinstance(value, bool)
    return name not in NUMBERS or value is None or _is_number(value)


JsonSearch = Annotated[SearchRequest, BeforeValidator(_typed)]
"""A search as the body of a request has it."""


class BatchRequest(Strict):
    searches: Annotated[list[JsonSearch], Field(min_length=1, max_length=100)]


class BatchResponse(BaseModel):
    results: list[SearchResponse]


class DocumentText(BaseModel):
    """A part of a document's text; `length` is that of the whole, in code points."""

    id: str
    sha256: str
    encoding: str
    span: SpanOut
    length: int
    text: str


class PassageContext(BaseModel):
    """A passage and its neighbours in the document, in reading order."""

    passage: PassageOut
    before: list[PassageOut]
    after: list[PassageOut]


class SimilarResponse(BaseModel):
    """Passages like a passage, which is not among them, the most similar first.

    By `mode` semantic a hit's `score` is what a semantic search for the passage would give it; by
    `lexical`, where there are no vectors, it is the BM25 of the passage's most telling words as a
    share of the largest, mostly the passage's own. `duplicates` repeat the passage itself.
    """

    passage: PassageOut
    mode: Mode
    generation: str
    took_ms: float
    warnings: list[SearchWarning] = []
    duplicates: list[Duplicate] = []
    hits: list[Hit]


# No document is that long; larger numbers do not fit everywhere.
Offset = Annotated[
    int,
    Field(ge=0, lt=2**40),
    BeforeValidator(lambda value: value if _is_number(value) else UNTYPED),
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
            raise ValueError(f"the end {end} lies before the start {start}")
        return end


class VerifyRequest(Strict):
    """A quotation: where a text was said to stand, in which file."""

    path: Annotated[
        str,
        Field(
            min_length=1,
            max_length=4_096,
            description="`document.path` of a hit: relative to the folder that is indexed.",
            examples=["2024/nato.txt"],
        ),
    ]
    span: Annotated[QuotedSpan, Field(description="Where the text stood.")]
    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_QUOTATION_CHARS,
            description="The text, verbatim: line ends and blanks count.",
        ),
    ]
    sha256: Annotated[
        str | None,
        Field(
            pattern=r"^[0-9a-fA-F]{64}$",
            description="Hash of the file that was quoted. The verdict goes by the text alone: "
            "compare this with the hash in the answer to see whether the file is still the same.",
        ),
    ] = None

    @field_validator("text")
    @classmethod
    def _fills_the_span(cls, text: str, info: ValidationInfo) -> str:
        span = info.data.get("span")
        if span is not None and len(text) != span.end - span.start:
            raise ValueError(
                f"it has {len(text)} code points, and the span {span.end - span.start}; a span "
                "counts Unicode code points, not bytes and not UTF-16 units"
            )
        return text


class Verification(BaseModel):
    """How a quotation stands in its file as it is now, not as it was indexed.

    `exact`: the text stands at the span. `moved`: it stands elsewhere, and `span` is the place
    nearest to the one that was asked for, the earlier of two. `changed`: the file is there, the
    text nowhere in it. `gone`: there is no file any more, or none whose text can be read, and
    `reason` says why.
    """

    verdict: Verdict
    span: Annotated[SpanOut | None, Field(description="Where the text stands now.")]
    sha256: Annotated[str | None, Field(description="Hash of the file's bytes as they are now.")]
    reason: Annotated[str | None, Field(description="Why the file is gone.")] = None


class Drift(BaseModel):
    """How the files of the folder differ from the generation that answers.

    Told by their sizes and times, without reading them: a file that was only touched counts as
    changed until the next build. A file that is not in the index counts as added if it, or a folder
    around it, came since the folder was last walked for a build; otherwise it is one that the index
    leaves out. Where there is a problem, nothing was counted.
    """

    checked: Annotated[datetime, Field(description="When this was looked at.")]
    added: int | None = None
    changed: int | None = None
    removed: int | None = None
    problem: Annotated[str | None, Field(description="Why the folder could not be compared.")] = (
        None
    )


class Status(BaseModel):
    """What the server answers from. `building`: the next generation is being built now.

    `drift` is what was last found out about this generation in the background, null before that;
    asking lets it be looked at anew when that is due.
    """

    generation: str
    folder: str
    built: datetime
    building: bool
    documents: int
    passages: int
    with_vectors: int
    model: str
    language: str
    vector_index: str | None
    fusion: FusionMethod
    semantic_weight: float
    reranker: str | None
    format_version: int
    version: str
    python: str
    engines: Annotated[dict[str, str], Field(description="Versions of what answers.")]
    built_with: Annotated[
        dict[str, str], Field(description="Versions of what wrote the generation.")
    ]
    drift: Drift | None = None


class ReindexRequest(Strict):
    """How to bring the index up to its folder. Which folder that is, the server's settings say."""

    full: Annotated[
        StrictBool,
        Field(
            description="Read every file anew, and replace whatever index is there; searches go on."
        ),
    ] = False
    verify: Annotated[
        StrictBool, Field(description="Hash every file instead of trusting its size and times.")
    ] = False


class JobState(StrEnum):
    """`stopped`: it was ended from outside, as when the server stops; the index is as it was."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"


class SkippedOut(BaseModel):
    """A file that is not in the index."""

    path: str
    reason: str
    detail: str = ""


class JobReport(BaseModel):
    """What a build did. `published` is false where nothing had changed."""

    generation: str
    published: bool
    added: int
    changed: int
    removed: int
    unchanged: int
    passages: int
    embedded: int
    skipped: Annotated[
        list[SkippedOut],
        Field(description=f"The first {MAX_LISTED_SKIPPED}; `skipped_count` counts all."),
    ]
    skipped_count: int


class JobError(BaseModel):
    """Why a job failed or was stopped. `code` is one of those of problem documents, `stopped` or
    `reindex_failed`."""

    code: str
    message: str


class Job(BaseModel):
    """A build that was asked for. `stage`, `done` and `total` are null until it tells them."""

    id: str
    state: JobState
    started: datetime
    ended: datetime | None
    seconds: float
    stage: Annotated[str | None, Field(description="Such as `reading` or `embedding`.")]
    done: Annotated[int | None, Field(description="How far the stage is.")]
    total: Annotated[int | None, Field(description="How far it goes.")]
    report: JobReport | None
    error: JobError | None


class JobList(BaseModel):
    """The newest first."""

    jobs: list[Job]


class Readiness(BaseModel):
    ready: bool
    modes: list[Mode]
    generation: str | None
    problems: list[str]


class Problem(BaseModel):
    """An error, as RFC 9457 `application/problem+json` with a stable `code`."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    parameter: str | None = None
    position: int | None = None
