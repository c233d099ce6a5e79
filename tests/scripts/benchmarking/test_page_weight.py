"""What a page loads by itself."""

import pytest

from scripts.benchmarking.page_weight import page_weight

SITE = {
    "/": b"""<link rel="icon" href="/icon.svg"><link rel="search" href="/never.xml">
        <link rel="stylesheet" href="style.css?v=1"><a href="/never.html">x</a>
        <script src="/a/one.js"></script><script>inline</script><img src="data:,x">""",
    "/icon.svg": b"1",
    "/style.css?v=1": b"@import 'more.css'; a { background: url( \"/back.png\" ) }",
    "/more.css": b"@font-face { src: url(font.woff2) }",
    "/back.png": b"333",
    "/font.woff2": b"55555",
    "/a/one.js": b"import { x } from './two.js'; const y = await import('../three.js');",
    "/a/two.js": b'export * from "./one.js";',
    "/three.js": b"// imports nothing",
}


def test_everything_that_is_loaded_counts_once() -> None:
    assert page_weight(SITE.__getitem__) == {address: len(body) for address, body in SITE.items()}


@pytest.mark.parametrize("page", ["plain", "<a href=/x>x</a>", "<link href=/x><img><script>"])
def test_a_page_may_load_nothing(page: str) -> None:
    assert page_weight({"/": page.encode()}.__getitem__) == {"/": len(page)}
