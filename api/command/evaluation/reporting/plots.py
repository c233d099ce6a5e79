"""Line plots as SVG, drawn by leather: https://leather.readthedocs.io/"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from math import ceil, floor, log10
from typing import Any

__all__ = ["HEIGHT", "WIDTH", "Point", "line_plot", "logarithmic_plots"]

Point = tuple[float, float]
Lines = Mapping[str, Sequence[Point]]

WIDTH = 620
HEIGHT = 340
# Colours that people with red-green blindness can distinguish: https://jfly.uni-koeln.de/color/
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
FONT = "system-ui, sans-serif"


def line_plot(lines: Lines, *, title: str) -> str:
    """Return an SVG element with a line for each name, and a legend; the y axis begins at 0."""
    xs = [x for line in lines.values() for x, _ in line] or [0.0]
    ys = [y for line in lines.values() for _, y in line]
    chart = _chart(title, lines, _Axis(min(xs), max(xs)), _Axis(0.0, max(ys, default=0.0)))
    drawn: str = chart.to_svg(width=WIDTH, height=HEIGHT)
    return drawn


def logarithmic_plots(panels: Mapping[str, Lines]) -> str:
    """Return an SVG element with a plot for each title, two in a row; all values must be above 0.

    Both axes of each plot begin and end at powers of ten.
    """
    from leather import Grid

    grid = Grid()
    for title, lines in panels.items():
        logarithms = {name: [(log10(x), log10(y)) for x, y in line] for name, line in lines.items()}
        points = [point for line in logarithms.values() for point in line]
        across, up = _powers_of_ten([x for x, _ in points]), _powers_of_ten([y for _, y in points])
        grid.add_one(_chart(title, logarithms, across, up))
    drawn: str = grid.to_svg(width=2 * WIDTH, height=ceil(len(panels) / 2) * HEIGHT)
    return drawn


@dataclass(frozen=True, slots=True)
class _Axis:
    """An axis from `low` to `high`. `ticks` None lets the library choose them."""

    low: float
    high: float
    ticks: list[int] | None = None
    shown: Callable[[float], float] = float

    @property
    def scale(self) -> tuple[float, float]:
        """The limits, at least 1 apart if they are equal."""
        return self.low, self.high if self.high > self.low else self.low + 1

    def told(self, value: float, _index: int, _count: int) -> str:
        """Return the text at a tick."""
        return f"{self.shown(float(value)):,.10g}"


def _powers_of_ten(powers: Sequence[float]) -> _Axis:
    """Return an axis of exponents that covers all of these; its ticks show 10 to their power."""
    low = floor(min(powers))
    high = max(low + 1, ceil(max(powers)))
    return _Axis(low, high, list(range(low, high + 1)), lambda power: 10.0**power)


def _chart(title: str, lines: Lines, across: _Axis, up: _Axis) -> Any:
    # Imported late, because commands that draw nothing work without it.
    from leather import Chart, theme

    theme.background_color = "white"
    for part in ("title", "legend", "axis_title", "tick"):
        setattr(theme, f"{part}_font_family", FONT)
    # With a single line there is no legend, so the title names it.
    chart = Chart(f"{title}: {next(iter(lines))}" if len(lines) == 1 else title)
    chart.add_x_scale(*across.scale)
    chart.add_y_scale(*up.scale)
    chart.add_x_axis(across.ticks, across.told)
    chart.add_y_axis(up.ticks, up.told)
    for colour, (name, line) in zip(cycle(COLOURS), lines.items(), strict=False):
        # The library requires a point, and draws nothing for a single one.
        points = list(line) or [(across.low, up.low)]
        chart.add_line(points, name=name, stroke_color=colour)
    return chart
