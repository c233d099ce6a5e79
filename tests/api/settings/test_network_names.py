"""Hosts, origins and proxies: what would never match is refused, or written as browsers send it."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from api.settings import ServerSettings, load_settings
from indexer.errors import InvalidSetting


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Search.example, other.example,", ("search.example", "other.example")),
        ("search.example.", ("search.example",)),
        ("my_host,a-b.example,192.0.2.7", ("my_host", "a-b.example", "192.0.2.7")),
        ("bücher.example", ("xn--bcher-kva.example",)),
        ("[::1],2001:DB8::1", ("::1", "2001:db8::1")),
    ],
)
def test_host_names_are_kept_as_browsers_send_them(given: str, kept: tuple[str, ...]) -> None:
    assert load_settings(allowed_hosts=given).allowed_hosts == kept


@pytest.mark.parametrize(
    ("given", "wrong", "advice"),
    [
        *[
            (word, word, "write only the name, such as search.example")
            for word in (
                *["https://search.example", "search.example/", "search.example:443", "a b"],
                *["https://search.example/page", "-a.example", "a..example", "ann@"],
            )
        ],
        ("a.example,b.example:80", "b.example:80", "write only the name, such as b.example"),
        ("*", "*", "there are no wildcards; write each name, such as search.example"),
        ("*.example", "*.example", "there are no wildcards; write each name"),
    ],
)
def test_a_mistyped_host_name_is_refused(given: str, wrong: str, advice: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        load_settings(allowed_hosts=given)
    assert str(refused.value).startswith(f"SPANLIGHT_ALLOWED_HOSTS contains {wrong!r}: {advice}")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://Intranet.example", "https://intranet.example"),
        ("https://intranet.example/", "https://intranet.example"),
        ("https://intranet.example:443", "https://intranet.example"),
        ("http://intranet.example:80/", "http://intranet.example"),
        ("http://intranet.example:443", "http://intranet.example:443"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("chrome-extension://abcdef", "chrome-extension://abcdef"),
    ],
)
def test_origins_are_kept_as_browsers_send_them(given: str, kept: str) -> None:
    assert load_settings(allowed_origins=given).allowed_origins == (kept,)


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ("intranet.example", "write scheme and name, such as https://intranet.example"),
        ("intranet.example:443", "write scheme and name, such as https://intranet.example"),
        (
            "https://intranet.example/page",
            "write it without what follows the name: https://intranet.example",
        ),
        ("https://*.example", "there are no wildcards"),
        ("https://a b", "write only the name"),
        ("*", "write scheme and name, such as https://intranet.example"),
        ("null", "write scheme and name, such as https://intranet.example"),
    ],
)
def test_a_mistyped_origin_is_refused(given: str, advice: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        load_settings(allowed_origins=given)
    assert str(refused.value).startswith(f"SPANLIGHT_ALLOWED_ORIGINS contains {given!r}: {advice}")


def test_proxies_are_addresses_and_networks() -> None:
    given = "10.0.0.0/8, 192.0.2.7, 2001:DB8::/32"
    kept = ("10.0.0.0/8", "192.0.2.7", "2001:db8::/32")
    assert load_settings(trusted_proxies=given).trusted_proxies == kept


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        *[
            (word, "write an address or a network, such as 192.0.2.7 or 10.0.0.0/8")
            for word in ("proxy.example", "*", "10.0.0.0/33", "10.0.0.1:80", "http://10.0.0.1")
        ],
        ("10.0.0.1/8", "write 10.0.0.0/8 for the network, or 10.0.0.1 for one machine"),
    ],
)
def test_a_mistyped_proxy_is_refused(given: str, advice: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        load_settings(trusted_proxies=given)
    assert str(refused.value) == f"SPANLIGHT_TRUSTED_PROXIES contains {given!r}: {advice}"


@pytest.mark.parametrize(
    ("name", "word"),
    [("allowed_hosts", "*"), ("allowed_origins", "a.example"), ("trusted_proxies", "proxy")],
)
def test_a_file_and_a_program_are_told_as_well(tmp_path: Path, name: str, word: str) -> None:
    file = tmp_path / "spanlight.toml"
    file.write_text(f'{name} = ["{word}"]')
    with pytest.raises(InvalidSetting, match=rf"^{name} in .*spanlight\.toml contains '"):
        load_settings(config=file)
    with pytest.raises(ValidationError, match="write"):
        ServerSettings.model_validate({name: (word,)})


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("allowed_hosts = 3", "is 3: must be a list"),
        ("trusted_proxies = [3]", "contains 3: must be text"),
    ],
)
def test_other_values_are_refused(tmp_path: Path, line: str, told: str) -> None:
    file = tmp_path / "spanlight.toml"
    file.write_text(line)
    with pytest.raises(InvalidSetting) as refused:
        load_settings(config=file)
    assert str(refused.value).endswith(told)
