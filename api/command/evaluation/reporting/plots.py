"""Line plots as SVG, drawn by hand: a report needs no library that draws, and no script."""

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, log10

__all__ = ["Point", "line_plot"]

Point = tuple[float, float]

WIDTH, HEIGHT = 620, 320
LEFT, RIGHT, TOP, BOTTOM = 52, 190, 24, 44
# At most so many steps along each side.
TICKS = 6
# Told apart by people who see no red or no green: https://jfly.uni-koeln.de/color/
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")


def line_plot(
    series: Mapping[str, Sequence[Point]],
    *,
    across: str,
    up: str,
) -> str:
    """Return an SVG element with one line per series, named at its right; y begins at 0."""
    points = [point for line in series.values() for point in line]
    frame = _Frame(points)
    lines = [_line(frame, name, line, number) for number, (name, line) in enumerate(series.items())]
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" '
        f'aria-label="{escape(up)} by {escape(across)}">'
        f"{_axes(frame, across, up)}{''.join(lines)}</svg>"
    )


class _Frame:
    """From values to pixels."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.left = min((x for x, _ in points), default=0.0)
        self.right = max((x for x, _ in points), default=0.0)
        self.top = max((y for _, y in points), default=0.0) or 1.0

    def x(self, value: float) -> float:
        share = (value - self.left) / ((self.right - self.left) or 1.0)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - value / self.top * (HEIGHT - TOP - BOTTOM)


def _axes(frame: _Frame, across: str, up: str) -> str:
    parts = []
    for value in _ticks(0.0, frame.top):
        y = frame.y(value)
        parts.append(f'<path d="M {LEFT} {y:.1f} H {WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(_text(LEFT - 6, y + 4, f"{value:g}", "end"))
    parts += [
        _text(frame.x(value), HEIGHT - BOTTOM + 16, f"{value:g}", "middle")
        for value in _ticks(frame.left, frame.right)
    ]
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, across, "middle"))
    parts.append(_text(LEFT, TOP - 8, up, "start"))
    return "".join(parts)


def _ticks(low: float, high: float) -> list[float]:
    """Return the multiples of 1, 2 or 5 times a power of ten within the limits, a few of them."""
    if high <= low:
        return [low]
    unit = 10 ** floor(log10((high - low) / TICKS))
    step = next(unit * each for each in (1, 2, 5, 10) if (high - low) / (unit * each) <= TICKS)
    # Rounded, since sums of a step such as 0.1 are not what people write.
    return [round(number * step, 9) for number in range(ceil(low / step), floor(high / step) + 1)]


def _line(frame: _Frame, name: str, points: Sequence[Point], number: int) -> str:
    colour = COLOURS[number % len(COLOURS)]
    path = " ".join(f"{frame.x(x):.1f},{frame.y(y):.1f}" for x, y in points)
    # Names stand in a column: at the ends of their lines they would cover each other.
    height = TOP + 10 + 18 * number
    key = f'<path d="M {WIDTH - RIGHT + 12} {height - 4} h 18" stroke="{colour}" stroke-width="3"/>'
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        f"{key}{_text(WIDTH - RIGHT + 36, height, name, 'start')}"
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="12">{escape(text)}</text>'
    )
