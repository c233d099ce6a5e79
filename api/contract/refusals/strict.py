"""What every request is checked for: no unknown fields, and no values of a wrong type."""

from typing import Any

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

__all__ = ["UNTYPED", "Strict", "is_number"]


NULL = {"type": "null"}
# What a schema says about a field, rather than about its type.
TOLD = ("title", "description", "default", "examples")
# A value that no field accepts.
UNTYPED = object()


def is_number(value: object) -> bool:
    """Return whether the value is a number in JSON, where 1.0 is a whole number and true is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


class Strict(BaseModel):
    """A request. Unknown fields are refused, so that a misspelt one is noticed.

    In JSON, null means the default of a field that has one: many programs send it for a value that
    they do not have.
    """

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _null_is_default(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        optional = {name for name, each in cls.model_fields.items() if not each.is_required()}
        return {
            name: value
            for name, value in values.items()
            if value is not None or name not in optional
        }

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the schema of the request, which allows null in every optional field."""
        reference = handler(core_schema)
        schema = handler.resolve_ref_schema(reference)
        required = schema.get("required", ())
        for name, described in schema["properties"].items():
            if name not in required and NULL not in described.get("anyOf", ()):
                told = {key: described.pop(key) for key in TOLD if key in described}
                schema["properties"][name] = {"anyOf": [described, NULL], **told}
        return reference
