"""Growth curves as SVG, drawn by hand: both axes in powers of ten."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import ceil, floor, log10

__all__ = ["Point", "growth_plot"]

Point = tuple[float, float]

PANEL_WIDTH, PANEL_HEIGHT = 460, 300
PANELS_ACROSS = 2
LEFT, RIGHT, TOP, BOTTOM = 60, 130, 34, 34
# Told apart by people who see no red or no green: https://jfly.uni-koeln.de/color/
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")


def growth_plot(panels: Mapping[str, Mapping[str, Sequence[Point]]]) -> str:
    """Return an SVG document with a panel for each title and, in it, a line for each name.

    Values must be above 0.
    """
    down = ceil(len(panels) / PANELS_ACROSS)
    width, height = PANEL_WIDTH * min(PANELS_ACROSS, len(panels)), PANEL_HEIGHT * down
    drawn = [
        f'<g transform="translate({number % PANELS_ACROSS * PANEL_WIDTH},'
        f'{number // PANELS_ACROSS * PANEL_HEIGHT})">{"".join(_panel(title, lines))}</g>'
        for number, (title, lines) in enumerate(panels.items())
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" font-family="system-ui, sans-serif">'
        f'<rect width="{width}" height="{height}" fill="white"/>{"".join(drawn)}</svg>\n'
    )


class _Axis:
    """From values to pixels, by their logarithms; whole powers of ten at both ends."""

    def __init__(self, values: Sequence[float], first: float, last: float) -> None:
        self.low = floor(log10(min(values)))
        self.high = max(self.low + 1, ceil(log10(max(values))))
        self._first, self._last = first, last

    def place(self, value: float) -> float:
        share = (log10(value) - self.low) / (self.high - self.low)
        return self._first + share * (self._last - self._first)

    @property
    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self.low, self.high + 1)]


def _panel(title: str, lines: Mapping[str, Sequence[Point]]) -> Iterator[str]:
    points = [point for line in lines.values() for point in line]
    across = _Axis([x for x, _ in points], LEFT, PANEL_WIDTH - RIGHT)
    up = _Axis([y for _, y in points], PANEL_HEIGHT - BOTTOM, TOP)
    yield _text(LEFT, TOP - 14, title, "start")
    for value in up.ticks:
        y = up.place(value)
        yield f'<path d="M {LEFT} {y:.1f} H {PANEL_WIDTH - RIGHT}" stroke="#ddd"/>'
        yield _text(LEFT - 6, y + 4, f"{value:,.10g}", "end")
    for value in across.ticks:
        yield _text(across.place(value), PANEL_HEIGHT - BOTTOM + 18, f"{value:,.0f}", "middle")
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [(across.place(x), up.place(y)) for x, y in line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places)
        # Names stand in a column: at the ends of their lines they would cover each other.
        height = TOP + 10 + 18 * number
        begin = PANEL_WIDTH - RIGHT + 10
        yield f'<path d="M {begin} {height - 4} h 16" stroke="{colour}" stroke-width="3"/>'
        yield _text(begin + 22, height, name, "start")


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="12">{escape(text)}</text>'
    )
