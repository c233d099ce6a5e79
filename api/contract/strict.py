"""What every request is held to: no unknown fields, and no values of another type."""

from pydantic import BaseModel, ConfigDict

__all__ = ["UNTYPED", "Strict", "is_number"]


# Of no type that a field takes.
UNTYPED = object()


def is_number(value: object) -> bool:
    """Return whether JSON says so: 1.0 is a whole number there, and true is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


class Strict(BaseModel):
    """A request: unknown fields are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid")
