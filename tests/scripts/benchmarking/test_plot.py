from xml.etree import ElementTree

from scripts.benchmarking.plot import growth_plot

SVG = "{http://www.w3.org/2000/svg}"


def test_ten_times_as_much_is_as_far_wherever_it_stands() -> None:
    line = [(1_000.0, 0.2), (10_000.0, 2.0), (100_000.0, 20.0)]
    root = ElementTree.fromstring(growth_plot({"seconds": {"build": line}}))
    (drawn,) = root.iter(f"{SVG}polyline")
    (x0, y0), (x1, y1), (x2, y2) = (
        tuple(map(float, place.split(","))) for place in drawn.attrib["points"].split()
    )
    assert round(x1 - x0, 1) == round(x2 - x1, 1) > 0
    assert round(y1 - y0, 1) == round(y2 - y1, 1) < 0


def test_panels_and_lines_are_named() -> None:
    line = [(1.0, 0.01), (1_000.0, 5_000.0)]
    panels = {"seconds": {"a < b": line, "other": line}, "MB": {"index": [(1.0, 1.0)]}}
    root = ElementTree.fromstring(growth_plot(panels))
    texts = {each.text for each in root.iter(f"{SVG}text")}
    assert {"seconds", "MB", "a < b", "other", "index"} <= texts
    assert {"0.01", "0.1", "1", "10", "1,000", "10,000"} <= texts
    assert len(list(root.iter(f"{SVG}polyline"))) == 3
    assert len(list(root.iter(f"{SVG}g"))) == 2
