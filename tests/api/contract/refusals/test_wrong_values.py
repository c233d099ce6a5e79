"""Wrong values are reported in our words, whatever pydantic calls them."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError, field_validator

from api.contract.refusals.wrong_values import complaint, unknown_parameter


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Asked(BaseModel):
    flag: bool = False
    count: Annotated[int, Field(ge=1, le=2_000)] = 1
    offset: Annotated[int, Field(ge=0, lt=1_000)] = 0
    weight: Annotated[float, Field(ge=0, le=1)] = 0.0
    seconds: Annotated[float, Field(gt=0, le=600)] = 1.0
    colour: Colour = Colour.RED
    level: Literal["info", "error"] = "info"
    name: Annotated[str, Field(min_length=1, max_length=1_000)] = "x"
    code: Annotated[str, Field(min_length=3)] = "abc"
    words: Annotated[list[str], Field(min_length=1, max_length=2)] = Field(default=["x"])
    pair: tuple[str, ...] = ()
    file: Path = Path()
    inner: "Asked | None" = None
    even: int = 0

    @field_validator("even")
    @classmethod
    def _even(cls, number: int) -> int:
        if number % 2:
            raise ValueError("use an even number")
        return number


CASES: list[tuple[str, Any, str]] = [
    ("flag", "yess", "must be true or false"),
    ("flag", [], "must be true or false"),
    ("count", "abc", "must be a whole number"),
    ("count", "9" * 5_000, "must be a whole number"),
    ("count", 1.5, "must be a whole number"),
    ("count", None, "must be a whole number"),
    ("count", 0, "must be at least 1"),
    ("count", 2_001, "must be at most 2,000"),
    ("offset", 1_000, "must be below 1,000"),
    ("weight", "much", "must be a number"),
    ("weight", [], "must be a number"),
    ("seconds", 0, "must be above 0"),
    ("colour", "green", "must be 'red' or 'blue'"),
    ("level", "all", "must be 'info' or 'error'"),
    ("name", 3, "must be text"),
    ("name", "", "must not be empty"),
    ("name", "x" * 1_001, "must have at most 1,000 characters"),
    ("code", "a", "must have at least 3 characters"),
    ("words", "x", "must be a list"),
    ("words", [], "must not be empty"),
    ("words", ["x"] * 3, "must have at most 2 entries"),
    ("pair", 3, "must be a list"),
    ("file", 3, "must be a path"),
    ("inner", "x", "must be a JSON object"),
    ("even", 3, "use an even number"),
]


def error_of(name: str, value: object) -> dict[str, Any]:
    with pytest.raises(ValidationError) as refused:
        Asked.model_validate({name: value})
    (error,) = refused.value.errors()
    return dict(error)


@pytest.mark.parametrize(("name", "value", "told"), CASES)
def test_a_wrong_value_is_reported_in_our_words(name: str, value: object, told: str) -> None:
    assert complaint(error_of(name, value)) == told


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("count", ["abc", 0, 2_001, 1.5], "must be a whole number from 1 to 2,000"),
        ("weight", ["much", -1, 2, "nan"], "must be a number from 0 to 1"),
        ("seconds", ["long", 0, 601], "must be a number above 0 and at most 600"),
        # Only one end is known.
        ("offset", ["abc"], "must be a whole number"),
    ],
)
def test_a_number_is_reported_with_the_limits_of_its_field(
    name: str, values: list[object], told: str
) -> None:
    constraints = Asked.model_fields[name].metadata
    assert {complaint(error_of(name, value), constraints) for value in values} == {told}


def test_other_errors_keep_the_words_of_pydantic() -> None:
    error = {"type": "url_scheme", "msg": "URL scheme should be 'https'", "input": "x"}
    assert complaint(error) == "URL scheme should be 'https'"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("limt", "there is no parameter 'limt'; did you mean 'limit'?"),
        ("modified", "there is no parameter 'modified'; did you mean 'modified_after'?"),
        ("colour", "there is no parameter 'colour'"),
        ("", "there is no parameter ''"),
        ("LIMIT", "there is no parameter 'LIMIT'"),
        ("a\ud800", "there is no parameter 'a\\ud800'"),
    ],
)
def test_an_unknown_parameter_is_told_with_the_known_one_that_is_meant(
    name: str, told: str
) -> None:
    known = {"limit", "mode", "modified_after", "modified_before", "offset"}
    assert unknown_parameter(name, known) == told
