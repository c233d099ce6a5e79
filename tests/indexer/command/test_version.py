from importlib.metadata import PackageNotFoundError

import pytest

from indexer.command import version


def test_the_version_is_that_of_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    version.version.cache_clear()
    monkeypatch.setattr(version, "installed_version", lambda name: f"1.2.3 of {name}")
    assert version.version() == "1.2.3 of spanlight"
    version.version.cache_clear()


def test_without_a_package_the_version_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    version.version.cache_clear()
    monkeypatch.setattr(version, "installed_version", missing)
    assert version.version() == "source"
    version.version.cache_clear()
