"""What is said about a value of the wrong type or outside its limits, in a request or a setting."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

__all__ = ["complaint", "unknown_parameter"]

# The types of pydantic's errors, and our sentences; braces name values of its context.
SENTENCES = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "greater_than_equal": "must be at least {ge:,}",
    "greater_than": "must be above {gt:,}",
    "less_than_equal": "must be at most {le:,}",
    "less_than": "must be below {lt:,}",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "string_type": "must be text",
    "string_too_short": "must have at least {min_length:,} characters",
    "string_too_long": "must have at most {max_length:,} characters",
    "path_type": "must be a path",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "too_short": "must have at least {min_length:,} entries",
    "too_long": "must have at most {max_length:,} entries",
    "dict_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "model_type": "must be a JSON object",
    "missing": "is missing",
}
# Errors about numbers, whose sentence can name the limits.
WHOLE = frozenset({"int_parsing", "int_parsing_size", "int_type", "int_from_float"})
ANY = frozenset({"float_parsing", "float_type", "finite_number"})
BOUNDS = {"greater_than_equal": "ge", "greater_than": "gt", "less_than_equal": "le"}


def complaint(error: Mapping[str, Any], constraints: Iterable[object] = ()) -> str:
    """Return what is wrong with the value of one of pydantic's errors.

    With the constraints of its field, a sentence about a number names both limits. Errors without a
    sentence here keep pydantic's words.
    """
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind in WHOLE | ANY | BOUNDS.keys() and (limits := _limits(constraints)):
        is_whole = kind in WHOLE or isinstance(context.get(BOUNDS.get(kind, "")), int)
        return f"must be a {'whole ' if is_whole else ''}number {limits}"
    if context.get("min_length") == 1:
        return "must not be empty"
    if kind in SENTENCES:
        return SENTENCES[kind].format_map({name: _short(value) for name, value in context.items()})
    return str(error["msg"]).removeprefix("Value error, ")


def unknown_parameter(name: str, known: Iterable[str]) -> str:
    """Return that there is no such parameter, and which known one has a similar name."""
    meant = get_close_matches(name, sorted(known), n=1)
    hint = f"; did you mean {meant[0]!r}?" if meant else ""
    return f"there is no parameter {name!r}{hint}"


def _short(value: object) -> object:
    """Return 1 for 1.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _limits(constraints: Iterable[object]) -> str:
    """Return both limits of a number in words; empty if it does not have both."""
    names = ("ge", "gt", "le")
    found = {
        name: getattr(each, name) for each in constraints for name in names if hasattr(each, name)
    }
    match found:
        case {"ge": low, "le": high}:
            return f"from {low:,} to {high:,}"
        case {"gt": low, "le": high}:
            return f"above {low:,} and at most {high:,}"
    return ""
