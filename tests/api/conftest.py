"""Fixtures for tests of the API."""

import os

import pytest


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may depend on how the machine that runs it is set up."""
    for name in os.environ:
        if name.startswith("SPANLIGHT_"):
            monkeypatch.delenv(name)
