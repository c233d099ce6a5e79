"""The document view: the text as it is, the span and the matches marked, long files in parts."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import Site, document_id

pytestmark = pytest.mark.browser

NORTHWIRE = "news/northwire-bridge.txt"
BIG = document_id("big.txt")


def view(site: Site, path: str, query: str = "") -> str:
    return f"{site.origin}/documents/{document_id(path)}?{query}"


def lines_of(page: Page) -> list[str]:
    """Return the text that follows each line number, as the browser has it."""
    lines: list[str] = page.evaluate(
        """() => {
          const lines = [];
          const walker = document.createTreeWalker(
            document.getElementById("text"), NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const node = walker.currentNode;
            if (node.nodeType === Node.TEXT_NODE) lines[lines.length - 1] += node.data;
            else if (node.dataset.line) lines.push(node.dataset.line + ":");
          }
          return lines;
        }"""
    )
    return lines


@pytest.mark.parametrize("javascript", [True, False])
def test_a_hit_opens_at_its_span(new_page, site: Site, javascript: bool) -> None:  # type: ignore[no-untyped-def]
    page: Page = new_page(java_script_enabled=javascript)
    page.goto(f"{site.origin}/?q=bridge closed&mode=lexical")
    hit = site.search("bridge closed", mode="lexical")["hits"][0]
    page.locator(".hit .title").first.click()
    span = page.locator("#span")
    assert span.text_content() == hit["text"]
    expect(span).to_be_in_viewport()
    assert (page.locator("mark.best").first.text_content() or "") in hit["text"]
