import pytest

from indexer.reading.formats.markup import displayed


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("[[Garden]]", "Garden"),
        ("On [[plants/rose|the rose]] and [[oak]]", "On the rose and oak"),
        ("[[https://example.org][a page]]", "a page"),
        ("![[picture.png]]", "picture.png"),
        ("[link](target) `code` **bold**", "link code bold"),
        ("[[", "[["),
    ],
)
def test_links_are_displayed_as_their_text(raw: str, shown: str) -> None:
    assert displayed(raw) == shown
