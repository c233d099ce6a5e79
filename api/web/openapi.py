"""The OpenAPI document of the application, with its errors as they really are."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from api.web.services import services_of

__all__ = ["DescribedApplication"]

PROBLEM = "application/problem+json"
JSON = "application/json"


class DescribedApplication(FastAPI):
    """An application whose OpenAPI document describes errors as problem documents.

    It requires an API key only if the server does.
    """

    def openapi(self) -> dict[str, Any]:
        document = self._described()
        if services_of(self).access.required:
            return document
        paths = {
            path: {
                method: {name: value for name, value in operation.items() if name != "security"}
                for method, operation in operations.items()
            }
            for path, operations in document["paths"].items()
        }
        return document | {"paths": paths}

    def _described(self) -> dict[str, Any]:
        described = self.openapi_schema is not None
        document = super().openapi()
        if not described:
            _tell_problems(document)
            _require_what_is_always_there(document)
        return document


def _tell_problems(document: dict[str, Any]) -> None:
    """Describe errors as problem documents only.

    The framework lists the model of an error under the media type of successful answers, too.
    """
    for response in _responses(document):
        content = response.get("content", {})
        if PROBLEM in content:
            content[PROBLEM] = content.pop("application/json")


def _require_what_is_always_there(document: dict[str, Any]) -> None:
    """Require every field of answers, so that a generated client need not expect its absence.

    A field with a default may be left out of a request. In an answer it is there, if only as null.
    """
    schemas = document["components"]["schemas"]
    answers: set[str] = set()
    for response in _responses(document):
        if JSON in response.get("content", {}):
            _collect(response["content"][JSON], schemas, answers)
    asked: set[str] = set()
    for operations in document["paths"].values():
        for operation in operations.values():
            _collect(operation.get("requestBody", {}), schemas, asked)
            _collect(operation.get("parameters", []), schemas, asked)
    for name in answers - asked:
        if "properties" in schemas[name]:
            schemas[name]["required"] = list(schemas[name]["properties"])


def _responses(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in document["paths"].values():
        for operation in operations.values():
            yield from operation["responses"].values()


def _collect(described: Any, schemas: dict[str, Any], found: set[str]) -> None:
    """Add the names of all schemas that a description refers to."""
    if isinstance(described, list):
        for each in described:
            _collect(each, schemas, found)
    elif isinstance(described, dict):
        name = str(described.get("$ref", "")).rpartition("/")[2]
        if name and name not in found:
            found.add(name)
            _collect(schemas[name], schemas, found)
        for each in described.values():
            _collect(each, schemas, found)
