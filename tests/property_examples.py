"""How many examples a property is tried with.

The counts that tests name are those of every run. `pytest --hypothesis-profile thorough` takes ten
times as many, of all properties.
"""

from hypothesis import settings

__all__ = ["PROFILES", "examples"]

PROFILES = {"spanlight": 50, "thorough": 500}
"""How many examples a property is tried with that names no number, by the name of the profile."""


def examples(count: int) -> settings:
    """Return the settings of a property that is tried with so many examples in every run."""
    assert settings.default is not None
    chosen = settings.default.max_examples
    return settings(max_examples=count * chosen // PROFILES["spanlight"])
