"""The number of examples for each property.

Every run uses the counts given in the tests. `pytest --hypothesis-profile thorough` tries ten
times as many examples of every property.
"""

from hypothesis import settings

__all__ = ["PROFILES", "examples"]

PROFILES = {"spanlight": 50, "thorough": 500}
"""How many examples a property is tried with that names no number, by the name of the profile."""


def examples(count: int) -> settings:
    """Return the settings of a property with this number of examples in every run."""
    assert settings.default is not None
    chosen = settings.default.max_examples
    return settings(max_examples=count * chosen // PROFILES["spanlight"])
