from dataclasses import fields, replace

import pytest

from indexer.config import DEFAULT_MODEL, NO_MODEL, IndexConfig
from indexer.errors import InvalidSetting


def test_the_default_has_the_default_model() -> None:
    assert IndexConfig().model == DEFAULT_MODEL
    assert IndexConfig().has_model
    assert not IndexConfig(model=NO_MODEL).has_model


def test_equal_configurations_share_a_fingerprint() -> None:
    assert IndexConfig().fingerprint() == IndexConfig().fingerprint()
    assert len(IndexConfig().fingerprint()) == 16


@pytest.mark.parametrize("name", [field.name for field in fields(IndexConfig)])
def test_every_option_changes_the_fingerprint(name: str) -> None:
    value = getattr(IndexConfig(), name)
    other = value + 1 if isinstance(value, int) else value + "x"
    changed = IndexConfig().with_changes(**{name: other})
    assert changed != IndexConfig()
    assert changed.fingerprint() != IndexConfig().fingerprint()


def test_the_fingerprint_of_the_default_settings() -> None:
    # A golden value: if it changes, every index has to be rebuilt with --full.
    assert IndexConfig().fingerprint() == "e0da107702c7b7a3"


def test_changes_leave_the_original_alone() -> None:
    original = IndexConfig()
    assert original.with_changes(language="german").language == "german"
    assert original.language == "english"


@pytest.mark.parametrize(
    "name", [field.name for field in fields(IndexConfig) if field.type in (int, "int")]
)
@pytest.mark.parametrize("value", [0, -1])
def test_a_length_below_one_is_refused_by_name(name: str, value: int) -> None:
    with pytest.raises(InvalidSetting, match=f"{name} must be at least 1, not {value}"):
        IndexConfig().with_changes(**{name: value})


def test_the_longest_passage_must_not_be_shorter_than_a_passage() -> None:
    with pytest.raises(
        InvalidSetting, match=r"longest_passage_chars \(99\).*passage_chars \(100\)"
    ):
        IndexConfig(passage_chars=100, longest_passage_chars=99)
    assert IndexConfig(passage_chars=100, longest_passage_chars=100).passage_chars == 100


@pytest.mark.parametrize("model", ["", "  ", "\n"])
def test_a_blank_model_is_refused(model: str) -> None:
    with pytest.raises(InvalidSetting, match="model"):
        replace(IndexConfig(), model=model)
