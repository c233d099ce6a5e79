"""Plots, read from their SVG."""

from xml.etree import ElementTree

import pytest

from api.command.evaluation.reporting.plots import HEIGHT, WIDTH, line_plot, logarithmic_plots

SVG = "{http://www.w3.org/2000/svg}"


def texts_of(plot: str) -> set[str | None]:
    return {each.text for each in ElementTree.fromstring(plot).iter(f"{SVG}text")}


def lines_of(plot: str) -> list[list[tuple[float, float]]]:
    """Return the points of each line, in pixels from the upper left corner of its axes."""
    found = []
    for path in ElementTree.fromstring(plot).iter(f"{SVG}path"):
        numbers = [float(each) for each in path.attrib["d"].split() if each not in "ML"]
        found.append(list(zip(numbers[::2], numbers[1::2], strict=True)))
    return found


def test_a_line_runs_from_corner_to_corner() -> None:
    plot = line_plot({"a": [(1, 0), (3, 8)]}, title="recall by depth")
    (((left, foot), (right, top)),) = lines_of(plot)
    # From the left edge at the foot to the right edge at the top.
    assert (left, top) == (0, 0)
    assert 0 < foot < HEIGHT
    assert 0 < right < WIDTH
    ticks = {*["0", "2", "4", "6", "8"], *["1", "1.5", "2.5", "3"]}
    assert texts_of(plot) == {*ticks, "recall by depth: a"}


def test_several_lines_have_a_legend() -> None:
    lines = {str(number): [(0.0, 0.0), (1.0, float(number))] for number in range(9)}
    plot = line_plot(lines, title="many")
    assert texts_of(plot) >= {*lines, "many"}
    assert len(lines_of(plot)) == 9


def test_names_are_escaped() -> None:
    assert "<b>" not in line_plot({"<b>": [(0, 1)], "<i>": [(0, 1)]}, title="<b>")


@pytest.mark.parametrize("points", [[], [(1.0, 0.0)], [(2.0, 5.0), (2.0, 5.0)]])
def test_a_plot_with_hardly_any_points_can_be_drawn(points: list[tuple[float, float]]) -> None:
    assert texts_of(line_plot({"a": points, "b": points}, title="y by x")) >= {"a", "b"}


def test_equal_ratios_are_equal_distances_on_a_logarithmic_axis() -> None:
    line = [(1_000.0, 0.2), (10_000.0, 2.0), (100_000.0, 20.0)]
    ((first, second, third),) = lines_of(logarithmic_plots({"seconds": {"build": line}}))
    assert second[0] - first[0] == pytest.approx(third[0] - second[0])
    assert second[1] - first[1] == pytest.approx(third[1] - second[1])
    assert (first[0] < third[0], first[1] > third[1]) == (True, True)


def test_panels_and_lines_are_named() -> None:
    line = [(1.0, 0.01), (1_000.0, 5_000.0)]
    panels = {"seconds": {"a < b": line, "other": line}, "MB": {"index": [(1.0, 1.0), (2.0, 3.0)]}}
    plot = logarithmic_plots(panels)
    assert texts_of(plot) >= {"seconds", "a < b", "other", "MB: index"}
    assert texts_of(plot) >= {"0.01", "0.1", "1", "10", "1,000", "10,000"}
    assert len(lines_of(plot)) == 3
