"""The results of a run that tries to break something, and the command that starts it."""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

__all__ = ["Command", "Outcome"]

# Errors repeat, so the first ones are enough to show what they are.
SHOWN_ERRORS = 20


@dataclass(slots=True)
class Outcome:
    """The results of a run. `figures` count what was tried, by name, in the order of the report.

    `errors` describe what should not have happened. A run that tried nothing is an error too.
    """

    figures: dict[str, float | str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def count(self, figure: str, number: float = 1) -> None:
        """Add to a figure."""
        before = self.figures.get(figure, 0)
        assert not isinstance(before, str)
        self.figures[figure] = before + number

    def lines(self) -> Iterator[str]:
        width = max(map(len, [*self.figures, "errors"]))
        for name, value in self.figures.items():
            shown = (
                value
                if isinstance(value, str)
                else f"{value:,.4g}"
                if value % 1
                else f"{value:,.0f}"
            )
            yield f"{name:<{width}}  {shown}"
        yield f"{'errors':<{width}}  {len(self.errors)}"
        yield from (f"  {error}" for error in self.errors[:SHOWN_ERRORS])
        if len(self.errors) > SHOWN_ERRORS:
            yield f"  and {len(self.errors) - SHOWN_ERRORS} more"


@dataclass(frozen=True, slots=True)
class Command:
    """A command of `stress.py`; the first sentence of its description is its help."""

    name: str
    description: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], Outcome]
