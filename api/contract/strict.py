"""What every request is checked for: no unknown fields, and no values of a wrong type."""

from pydantic import BaseModel, ConfigDict

__all__ = ["UNTYPED", "Strict", "is_number"]


# A value that no field accepts.
UNTYPED = object()


def is_number(value: object) -> bool:
    """Return whether the value is a number in JSON, where 1.0 is a whole number and true is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


class Strict(BaseModel):
    """A request. Unknown fields are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid")
