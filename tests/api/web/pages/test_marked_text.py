"""Marked text: a browser reads the same text back, with the marks in the right places."""

import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from api.web.pages.marked_text import Layer, exact, mark_text
from indexer.spans import Span, merge_spans


class Reader(HTMLParser):
    """Reads marked text as a browser does: the text, the text of each mark, and the lines."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.marked: dict[str, str] = {}
        self.ids: list[str] = []
        self.lines: list[tuple[int, str]] = []
        self._open: list[str] = []
        self.feed(str(html))  # a slice of Markup would escape text added to it
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "i":
            self.lines.append((int(values["data-line"] or ""), ""))
            return
        self._open.append(values["class"] or "")
        if "id" in values:
            self.ids.append(values["id"] or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "mark":
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data
        for name in self._open:
            self.marked[name] = self.marked.get(name, "") + data
        if self.lines:
            number, line = self.lines[-1]
            self.lines[-1] = (number, line + data)


def spans_in(length: int) -> st.SearchStrategy[list[Span]]:
    places = st.integers(0, length)
    spans = st.tuples(places, places).map(lambda pair: Span(min(pair), max(pair)))
    return st.lists(spans, max_size=6).map(merge_spans)


texts = st.text(st.sampled_from("ab <&\"'\r\n\té😀ש\u202e\u0301"), max_size=40)


def test_marks_are_nested_and_numbered() -> None:
    #       0123456789
    text = "ab cd ef g"
    layers = [
        Layer("span", [Span(3, 8)], "span"),
        Layer("highlight", [Span(0, 2), Span(6, 10)], "m{n}"),
    ]
    assert mark_text(text, 0, layers) == (
        '<mark class="highlight" id="m1">ab</mark> '
        '<mark class="span" id="span">cd <mark class="highlight" id="m2">ef</mark></mark>'
        '<mark class="highlight"> g</mark>'
    )


def test_layers_count_from_the_start_of_the_document() -> None:
    assert mark_text("cd", 2, [Layer("best", [Span(0, 3)])]) == '<mark class="best">c</mark>d'


def test_markup_in_the_text_is_text() -> None:
    marked = mark_text("<script>'\"&", 0, [Layer("best", [Span(0, 1)])])
    assert marked == '<mark class="best">&lt;</mark>script&gt;&#39;&#34;&amp;'


def test_characters_that_html_would_change_are_written_as_references() -> None:
    assert exact("a\r\nb\0") == "a&#13;\nb&#0;"


def test_lines_are_numbered_from_the_first_one_shown() -> None:
    marked = mark_text("a\n\nb\n", 7, [], first_line=3)
    assert marked == '<i data-line="3"></i>a\n<i data-line="4"></i>\n<i data-line="5"></i>b\n'


def test_no_text_gives_nothing() -> None:
    assert mark_text("", 5, [Layer("best", [Span(0, 9)])], first_line=1) == ""


@given(st.data(), texts, st.integers(0, 1000))
def test_text_and_marks_read_back(data: st.DataObject, text: str, offset: int) -> None:
    layers = [Layer(name, data.draw(spans_in(len(text)))) for name in ("span", "best", "highlight")]
    moved = [Layer(layer.name, [span.shifted(offset) for span in layer.spans]) for layer in layers]
    read = Reader(mark_text(text, offset, moved, first_line=1))
    assert read.text == text
    for layer in layers:
        assert read.marked.get(layer.name, "") == "".join(span.of(text) for span in layer.spans)
    assert read.lines == list(enumerate(re.findall(r"[^\n]*\n|[^\n]+", text), start=1))


@given(st.data(), texts)
def test_each_id_is_used_once(data: st.DataObject, text: str) -> None:
    outer = Layer("span", data.draw(spans_in(len(text))))
    inner = Layer("highlight", data.draw(spans_in(len(text))), "m{n}")
    read = Reader(mark_text(text, 0, [outer, inner]))
    assert read.ids == [f"m{number}" for number in range(1, len(inner.spans) + 1)]
