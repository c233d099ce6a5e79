"""Fixtures for tests of the API."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Unset the settings of the machine, so that no test depends on them."""
    for name in os.environ:
        if name.startswith("SPANLIGHT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SPANLIGHT_INDEXES", str(tmp_path / "indexes"))
    monkeypatch.setenv("SPANLIGHT_KEYS", str(tmp_path / "keys.json"))
