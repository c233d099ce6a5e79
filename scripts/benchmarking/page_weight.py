"""How heavy the page is before it shows any result: its HTML and all that it loads."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin

__all__ = ["page_weight"]

# What a browser fetches to show a page; other links are for people, or for later.
LOADED_LINKS = {"stylesheet", "icon", "preload", "modulepreload"}
LOADED_SOURCES = {"script", "img", "iframe", "source", "embed"}
# What a style sheet or a script loads in its turn.
IN_STYLE = re.compile(r"""(?:url\(\s*|@import\s+)["']?([^"')\s;]+)""")
IN_SCRIPT = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(?\s*)["']([^"']+)["']""")
# These stand in the text that holds them.
EMBEDDED = "data:"


def page_weight(fetch: Callable[[str], bytes], page: str = "/") -> dict[str, int]:
    """Return the bytes of the page and of everything that it loads, by address."""
    body = fetch(page)
    found = {page: len(body)}
    waiting = [urljoin(page, address) for address in _loaded_by_page(body.decode())]
    while waiting:
        address = waiting.pop()
        if address in found or address.startswith(EMBEDDED):
            continue
        body = fetch(address)
        found[address] = len(body)
        waiting += [urljoin(address, each) for each in _loaded_by(address, body)]
    return found


class _Loads(HTMLParser):
    """Gathers the addresses of what a page loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        kinds = set((given.get("rel") or "").split())
        if tag == "link" and kinds & LOADED_LINKS:
            self.addresses.append(given.get("href") or "")
        elif tag in LOADED_SOURCES and given.get("src"):
            self.addresses.append(given["src"] or "")


def _loaded_by_page(html: str) -> list[str]:
    parser = _Loads()
    parser.feed(html)
    return parser.addresses


def _loaded_by(address: str, body: bytes) -> Iterator[str]:
    name = address.partition("?")[0]
    patterns = {".css": IN_STYLE, ".js": IN_SCRIPT}
    for suffix, pattern in patterns.items():
        if name.endswith(suffix):
            yield from pattern.findall(body.decode())
