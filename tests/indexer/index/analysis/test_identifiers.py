"""What is an identifier, and what is only a joint between two sentences."""

import pytest

from indexer.index.analysis.analyzer import Analyzer
from indexer.index.analysis.identifiers import address_spans

ANALYZER = Analyzer("english")


@pytest.mark.parametrize(
    ("text", "identifiers"),
    [
        ("killed nine.The inquiry", []),
        ("in London.He said", []),
        ("of 1990.The", []),
        ("Node.js, example.com, example.Com", ["node.js", "example.com", "example.com"]),
        ("v1.2.3 and 3.Nf6", ["v1.2.3", "3.nf6"]),
        ("foo.bar() and fmt.Println(x)", ["foo.bar", "fmt.println"]),
        ("System.IO", ["system.io"]),
        (".NET, .gitignore", [".net", ".gitignore"]),
        ("the end .", []),
        ("C# and C++ and F#", ["c#", "c++", "f#"]),
        ("§ 12(3)(b)", ["§12", "12(3)(b)"]),
        ("£70, 70 %, 5 €, $1,000.50", ["£70", "70%", "5€", "$1000.50"]),
        ("can't A&E 1,000", []),
    ],
)
def test_identifiers(text: str, identifiers: list[str]) -> None:
    assert [term.text for term in ANALYZER.identifiers(text)] == identifiers


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("fire https://t.co/abc now", ["https://t.co/abc"]),
        ("www.example.org/a?b=1 x", ["www.example.org/a?b=1"]),
        ("pic.twitter.com/x and example.com", ["pic.twitter.com/x", "example.com"]),
        ("ann@example.org node.js 3.14 e.g. this", []),
    ],
)
def test_addresses(text: str, addresses: list[str]) -> None:
    assert [span.of(text) for span in address_spans(text)] == addresses
