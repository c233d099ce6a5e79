"""What every request in JSON is checked for: null is the default of every optional field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from api.contract import jobs, quotations, search
from api.contract.lists import files, suggestions
from api.contract.refusals.strict import Strict

SOUND: dict[type[Strict], dict[str, Any]] = {
    search.SearchRequest: {"q": "ferry"},
    search.BatchRequest: {"searches": [{"q": "ferry"}]},
    suggestions.SuggestRequest: {"q": "ferry"},
    files.ListRequest: {},
    quotations.VerifyRequest: {"text": "ferry"},
    quotations.QuotedSpan: {"start": 0, "end": 1},
    jobs.ReindexRequest: {},
}


def test_every_request_is_tried() -> None:
    found = {kind for kind in Strict.__subclasses__() if kind.__module__.startswith("api.contract")}
    assert found == SOUND.keys()


@pytest.mark.parametrize("kind", SOUND)
@given(st.data())
def test_null_is_the_default_of_any_optional_fields(
    kind: type[Strict], data: st.DataObject
) -> None:
    optional = [name for name, field in kind.model_fields.items() if not field.is_required()]
    names = data.draw(st.sets(st.sampled_from(optional))) if optional else set()
    given_values = SOUND[kind] | dict.fromkeys(names)
    assert kind.model_validate(given_values) == kind.model_validate(SOUND[kind])


@pytest.mark.parametrize("kind", SOUND)
def test_null_is_no_value_of_a_required_or_unknown_field(kind: type[Strict]) -> None:
    required = [name for name, field in kind.model_fields.items() if field.is_required()]
    for name in [*required, "nothing"]:
        with pytest.raises(ValidationError) as caught:
            kind.model_validate(SOUND[kind] | {name: None})
        assert caught.value.errors()[0]["loc"] == (name,)


@pytest.mark.parametrize("kind", SOUND)
def test_the_schema_allows_null_where_it_is_allowed(kind: type[BaseModel]) -> None:
    schema = kind.model_json_schema()
    for name, field in kind.model_fields.items():
        described = schema["properties"][name]
        allows_null = {"type": "null"} in described.get("anyOf", ())
        assert allows_null is not field.is_required(), name
        assert ("default" in described) is not field.is_required(), name
