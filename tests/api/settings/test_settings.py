from pathlib import Path

import pytest
from pydantic import ValidationError

from api.settings import DEFAULT_INDEX, ServerSettings, load_settings
from indexer.errors import InvalidSetting


def test_defaults_serve_this_machine_only() -> None:
    settings = load_settings()
    assert (settings.host, settings.port, settings.index) == ("127.0.0.1", 8000, DEFAULT_INDEX)
    assert (settings.fusion, settings.semantic_weight) == (None, None)


def test_the_environment_sets_every_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "index": "/somewhere/index",
        "host": "::1",
        "port": "9000",
        "fusion": "rrf",
        "semantic_weight": "0.25",
        "depth": "50",
        "reranker": "/somewhere/cross-encoder",
        "reranker_depth": "20",
        "reranker_share": "0.75",
        "reranker_required": "True",
        "reload_interval_s": "1.5",
        "folder": "/somewhere/documents",
        "drift_interval_s": "5.0",
    }
    for name, value in values.items():
        monkeypatch.setenv(f"SPANLIGHT_{name.upper()}", value)
    found = load_settings().model_dump()
    assert {name: str(found[name]) for name in values} == values


def test_arguments_override_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANLIGHT_PORT", "9000")
    assert load_settings(port=9001).port == 9001


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    # Compose files pass unset variables on as empty strings.
    for name in ServerSettings.model_fields:
        monkeypatch.setenv(f"SPANLIGHT_{name.upper()}", "")
    assert load_settings().model_dump() == ServerSettings().model_dump()
    assert load_settings().index == DEFAULT_INDEX


def test_variables_of_other_programs_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANLIGHT_MODEL", "none")
    monkeypatch.setenv("PORT", "9000")
    assert load_settings().port == 8000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "eighty"),
        ("port", "65536"),
        ("port", "-1"),
        ("fusion", "average"),
        ("semantic_weight", "1.1"),
        ("semantic_weight", "nan"),
        ("depth", "9"),
        ("depth", "1001"),
        ("reranker_depth", "0"),
        ("reranker_depth", "1001"),
        ("reranker_share", "-0.1"),
        ("reranker_share", "1.01"),
        ("reranker_share", "nan"),
        ("reranker_required", "perhaps"),
        ("reload_interval_s", "0"),
        ("reload_interval_s", "inf"),
        ("drift_interval_s", "0"),
        ("drift_interval_s", "inf"),
    ],
)
def test_a_value_outside_its_limits_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"SPANLIGHT_{name.upper()}", value)
    with pytest.raises(InvalidSetting) as caught:
        load_settings()
    assert str(caught.value).startswith(f"SPANLIGHT_{name.upper()}")
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("insecure", "yess", "(or --insecure) is 'yess': must be true or false"),
        ("port", "abc", "(or --port) is 'abc': must be a whole number from 0 to 65,535"),
        ("port", "65536", "(or --port) is '65536': must be a whole number from 0 to 65,535"),
        ("time_limit_s", "0", "is '0': must be a number above 0 and at most 600"),
        ("fusion", "x", "is 'x': must be 'weighted', 'minmax' or 'rrf'"),
    ],
)
def test_a_wrong_value_is_reported_in_our_words(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(f"SPANLIGHT_{name.upper()}", value)
    with pytest.raises(InvalidSetting) as caught:
        load_settings()
    assert str(caught.value) == f"SPANLIGHT_{name.upper()} {told}"


@pytest.mark.parametrize("reranker", ["", "none"])
def test_a_missing_reranker_cannot_be_required(
    monkeypatch: pytest.MonkeyPatch, reranker: str
) -> None:
    monkeypatch.setenv("SPANLIGHT_RERANKER", reranker)
    monkeypatch.setenv("SPANLIGHT_RERANKER_REQUIRED", "true")
    with pytest.raises(InvalidSetting) as caught:
        load_settings()
    assert "SPANLIGHT_RERANKER_REQUIRED is 'true'" in str(caught.value)
    assert "SPANLIGHT_RERANKER is not set" in str(caught.value)


def test_settings_never_change() -> None:
    with pytest.raises(ValidationError):
        load_settings().port = 1


def test_every_setting_has_a_description() -> None:
    fields = ServerSettings.model_fields
    assert all(field.description and not field.is_required() for field in fields.values())


def test_the_default_index_is_relative_to_where_the_server_starts() -> None:
    assert Path(".spanlight/index") == DEFAULT_INDEX


# The configuration file


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "spanlight.toml"
    path.write_text(
        """
        port = 9000
        host = "127.0.0.2"
        insecure = true
        time_limit_s = 2.5
        allowed_hosts = ["Search.example", "other.example"]
        index = "index"
        keys = "keys.json"
        model = "none"  # for builds
        """
    )
    monkeypatch.setenv("SPANLIGHT_CONFIG", str(path))
    return path


def test_options_come_before_the_environment_and_that_before_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPANLIGHT_PORT", "9001")
    monkeypatch.setenv("SPANLIGHT_HOST", "127.0.0.3")
    monkeypatch.delenv("SPANLIGHT_KEYS")
    settings = load_settings(port=9002)
    assert (settings.port, settings.host, settings.time_limit_s) == (9002, "127.0.0.3", 2.5)
    assert (settings.insecure, settings.depth) == (True, 200)
    assert settings.allowed_hosts == ("search.example", "other.example")
    assert (settings.index, settings.keys) == (file.parent / "index", file.parent / "keys.json")


def test_an_option_names_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPANLIGHT_CONFIG")
    assert load_settings().port == 8000
    assert load_settings(config=file).port == 9000


def test_a_wrong_value_in_the_file_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('port = "eighty"')
    with pytest.raises(InvalidSetting) as caught:
        load_settings()
    assert str(caught.value).startswith(f"port in {file} is 'eighty': ")
    monkeypatch.setenv("SPANLIGHT_PORT", "ninety")
    with pytest.raises(InvalidSetting, match=r"^SPANLIGHT_PORT \(or --port\) is 'ninety'"):
        load_settings()


@pytest.mark.parametrize("hosts", ["allowed_hosts = 3", "allowed_hosts = [3]"])
def test_names_of_hosts_are_words(file: Path, hosts: str) -> None:
    file.write_text(hosts)
    with pytest.raises(InvalidSetting, match="allowed_hosts in "):
        load_settings()


def test_an_unknown_name_in_the_file_is_refused(file: Path) -> None:
    file.write_text("prot = 9000")
    with pytest.raises(InvalidSetting, match="is not a setting; did you mean port"):
        load_settings()
