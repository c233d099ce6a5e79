"""Facts about this API that the schema cannot express; schemathesis imports this module.

Schemathesis expects success for every request that follows the schema. The schema says which
characters a value may have, but not what it means: a date may not exist, or a cursor may belong to
no page. Such a refusal passes if it names the parameter.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import schemathesis
from schemathesis import CheckContext, HookContext, Response
from schemathesis.core.failures import AcceptedNegativeData, Failure, ServerError
from schemathesis.openapi.checks import RejectedPositiveData

from api.contract.errors import GenerationGone, InvalidQuery, SemanticUnavailable
from indexer.errors import UsageError
from tests.stress.sample import SAMPLE_CORPUS

__all__ = [
    "filter_failure",
    "is_refused_for_its_meaning",
    "map_case",
    "positions_lie_inside",
    "told_by",
]

Case = schemathesis.Case[Any]

PATHS = sorted(path.relative_to(SAMPLE_CORPUS).as_posix() for path in SAMPLE_CORPUS.rglob("*.*"))
VERIFY = "POST /v1/verify"
READINESS = "GET /readyz"
NOT_READY = 503
REFUSED = 400

# Messages about relations between two values, which the schema cannot express.
RELATIONS = (
    "offset + limit must be",
    "is before the start",
    "code points, but the span",
    "a span is a place in a file",
)


@schemathesis.hook
def filter_failure(
    context: HookContext,
    failure: Failure,
    case: Case,
    response: Response,
) -> bool:
    """Return whether the failure counts."""
    match failure:
        case RejectedPositiveData():
            return not is_refused_for_its_meaning(response.json())
        case AcceptedNegativeData():
            # It takes any status that it does not know for success, such as 431 for a long address.
            return failure.status_code < REFUSED
        case ServerError():
            # The server reports in this way that a mode is missing, as it is without a model.
            return case.operation.label != READINESS or response.status_code != NOT_READY
    return True


def is_refused_for_its_meaning(problem: Mapping[str, Any]) -> bool:
    """Return whether a value that follows the schema is refused, and the problem names it."""
    code, parameter = str(problem["code"]), str(problem.get("parameter", ""))
    if code == GenerationGone.code:
        return parameter.endswith("cursor")
    if code == UsageError.code:
        return any(relation in str(problem["detail"]) for relation in RELATIONS)
    if code == SemanticUnavailable.code:
        # An index without vectors cannot answer in this mode.
        return parameter == "mode"
    return code == InvalidQuery.code and bool(parameter)


@schemathesis.hook
def map_case(context: HookContext, case: Case) -> Case:
    """Give every other quotation an existing file, and a span of the quotation's length."""
    body = case.body
    positive = case.meta is not None and case.meta.generation.mode.is_positive
    if case.operation.label != VERIFY or not positive or not isinstance(body, dict):
        return case
    span, text = body.get("span"), body.get("text")
    if isinstance(span, dict) and isinstance(text, str) and len(text) % 2:
        start = span.get("start")
        if isinstance(start, int) and start >= 0:
            case.body = {
                **body,
                "path": PATHS[start % len(PATHS)],
                "span": {**span, "end": start + len(text)},
            }
    return case


@schemathesis.check
def positions_lie_inside(
    context: CheckContext,
    response: Response,
    case: Case,
) -> None:
    """Fail if the position of an error or a warning lies outside the query."""
    told = told_by(response)
    for place in _told_places(told):
        query = _query_of(case, place.get("parameter") or "")
        if query is not None and not 0 <= place["position"] <= len(query):
            raise AssertionError(f"position {place['position']} of {query!r}: {told}")


def told_by(response: Response) -> Any:
    """Return the JSON of an answer; None for text, such as metrics, and for an empty answer."""
    media_type = response.headers.get("content-type", [""])[0].partition(";")[0]
    return response.json() if media_type.endswith("json") else None


def _told_places(told: Any) -> Sequence[Mapping[str, Any]]:
    if not isinstance(told, dict):
        return []
    places = [told, *told.get("warnings", [])]
    return [each for each in places if isinstance(each.get("position"), int)]


def _query_of(case: Case, parameter: str) -> str | None:
    """Return the text that the position refers to, if it is the query of a single search."""
    if parameter != "q":
        return None
    holder = case.body if isinstance(case.body, dict) else case.query
    query = holder.get("q")
    return query if isinstance(query, str) else None
