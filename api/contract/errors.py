"""Every error that only a server raises on purpose.

SpanlightError
├── UsageError
│   └── InvalidQuery          a search parameter cannot be understood; knows parameter and position
├── NotFound                  a name or id that does not exist
│   ├── DocumentNotFound
│   ├── PassageNotFound
│   ├── PageNotFound          a document has no such page, or it cannot be drawn
│   ├── GenerationGone        a cursor names a generation that no longer answers
│   └── JobNotFound           no job has this id, or it has been forgotten
├── OriginalChanged           a file is no longer the one that was indexed
├── JobRunning                somebody is building the index; knows the id if it is a job
├── ModelUnusable
│   └── ModelLoading          it will be ready soon; ask again
├── SemanticUnavailable       the index has no vectors
└── RequestRefused            the server does not accept this request, at least not now
    ├── HostNotAllowed        it is addressed to a name that is not this server's
    ├── OriginNotAllowed      a page of another site sent it
    ├── KeyRequired           it has no valid API key
    ├── KeysMissing           a proxy sent it, and the server has no API keys
    ├── KeysUnusable          the server cannot read its API keys now
    ├── OriginalsOff          the server does not give out files
    ├── ScopeMissing          its key does not allow this
    ├── MalformedRequest      it is not HTTP, or not the kind that this server speaks
    ├── HeadTooLarge          its address and headers are too long
    ├── HeadTooSlow           its address and headers did not arrive in time
    ├── BodyTooLarge
    ├── BodyTooSlow           its body did not arrive in time
    ├── RateLimited           its key sends too many requests
    ├── Overloaded            too many other requests are waiting
    ├── TooManyConnections
    └── TimedOut              its answer was not ready in time

The other errors, and the base class of all, are in `indexer/errors.py`.
"""

from indexer.errors import ModelUnusable, SpanlightError, UsageError

__all__ = [
    "BodyTooLarge",
    "BodyTooSlow",
    "DocumentNotFound",
    "GenerationGone",
    "HeadTooLarge",
    "HeadTooSlow",
    "HostNotAllowed",
    "InvalidQuery",
    "JobNotFound",
    "JobRunning",
    "KeyRequired",
    "KeysMissing",
    "KeysUnusable",
    "MalformedRequest",
    "ModelLoading",
    "NotFound",
    "OriginNotAllowed",
    "OriginalChanged",
    "OriginalsOff",
    "Overloaded",
    "PageNotFound",
    "PassageNotFound",
    "RateLimited",
    "RequestRefused",
    "ScopeMissing",
    "SemanticUnavailable",
    "TimedOut",
    "TooManyConnections",
]


class InvalidQuery(UsageError):
    """A search parameter that cannot be understood.

    If one place in the parameter's value is at fault, `position` is its offset in code points.
    """

    code = "invalid_query"

    def __init__(self, message: str, *, parameter: str = "q", position: int | None = None) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.position = position


class NotFound(SpanlightError):
    code = "not_found"


class DocumentNotFound(NotFound):
    code = "document_not_found"


class PassageNotFound(NotFound):
    code = "passage_not_found"


class PageNotFound(NotFound):
    code = "page_not_found"


class OriginalChanged(SpanlightError):
    code = "original_changed"


class GenerationGone(NotFound):
    code = "generation_gone"


class JobNotFound(NotFound):
    code = "job_not_found"


class JobRunning(SpanlightError):
    code = "job_running"

    def __init__(self, message: str, *, job_id: str = "") -> None:
        super().__init__(message)
        self.job_id = job_id


class ModelLoading(ModelUnusable):
    code = "model_loading"


class SemanticUnavailable(SpanlightError):
    code = "semantic_unavailable"


class RequestRefused(SpanlightError):
    """A request that is not accepted; if waiting helps, `retry_after_s` says how long to wait."""

    code = "request_refused"

    def __init__(self, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class HostNotAllowed(RequestRefused):
    code = "host_not_allowed"


class OriginNotAllowed(RequestRefused):
    code = "origin_not_allowed"


class KeyRequired(RequestRefused):
    code = "key_required"


class KeysMissing(RequestRefused):
    code = "keys_missing"


class KeysUnusable(RequestRefused):
    code = "keys_unusable"


class ScopeMissing(RequestRefused):
    code = "scope_missing"


class OriginalsOff(RequestRefused):
    code = "originals_off"


class MalformedRequest(RequestRefused):
    code = "malformed_request"


class HeadTooLarge(RequestRefused):
    code = "head_too_large"


class HeadTooSlow(RequestRefused):
    code = "head_too_slow"


class BodyTooLarge(RequestRefused):
    code = "body_too_large"


class BodyTooSlow(RequestRefused):
    code = "body_too_slow"


class RateLimited(RequestRefused):
    code = "rate_limited"


class Overloaded(RequestRefused):
    code = "overloaded"


class TooManyConnections(RequestRefused):
    code = "too_many_connections"


class TimedOut(RequestRefused):
    code = "timed_out"
