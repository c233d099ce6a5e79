"""Accessibility checks of a page: axe in both colour schemes, and no sideways scrolling."""

from importlib.resources import files
from typing import Any, Literal

from playwright.sync_api import Page

__all__ = ["HEIGHT", "PHONE_WIDTH", "WIDE_WIDTH", "assert_accessible", "assert_as_wide_as"]

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
PHONE_WIDTH = 390
WIDE_WIDTH = 1440
HEIGHT = 844
ALL: dict[str, Any] = {"resultTypes": ["violations"]}
# The rules that a colour scheme can break.
COLOURS: dict[str, Any] = ALL | {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
}
SCHEMES: tuple[tuple[Literal["light", "dark"], dict[str, Any]], ...] = (
    ("light", ALL),
    ("dark", COLOURS),
)


def assert_accessible(page: Page, *widths: int) -> None:
    """Fail if axe finds something in either scheme, or if the page is wider than a window.

    The windows are of the given widths, or as wide as the page's is.
    """
    page.evaluate(AXE)
    for width in widths or [_width(page)]:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        for scheme, options in SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert _violations(page, options) == [], (width, scheme)
        assert_as_wide_as(page, width)


def assert_as_wide_as(page: Page, width: int) -> None:
    """Fail if the page has to be scrolled sideways in a window of this width."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def _width(page: Page) -> int:
    size = page.viewport_size
    assert size is not None
    return size["width"]


def _violations(page: Page, options: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the rule and the element of each thing that axe finds."""
    found = page.evaluate("(options) => axe.run(options).then((each) => each.violations)", options)
    return [(each["id"], node["html"]) for each in found for node in each["nodes"]]
