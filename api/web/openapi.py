"""The OpenAPI document of the application, with its errors as they really are."""

from typing import Any

from fastapi import FastAPI

from api.web.services import services_of

__all__ = ["DescribedApplication"]

PROBLEM = "application/problem+json"


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
            # The framework lists the model of an error under the media type of successful answers.
            for operations in document["paths"].values():
                for operation in operations.values():
                    for response in operation["responses"].values():
                        content = response.get("content", {})
                        if PROBLEM in content:
                            content[PROBLEM] = content.pop("application/json")
        return document
