"""Extracted texts as HTML: elements of their own, and exactly the same text and marks."""

from html.parser import HTMLParser
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from api.web.pages.marked_text import Layer
from api.web.pages.readable import Headings, ReadableText
from indexer.reading.extraction.maps import HeadingLine
from indexer.spans import Span, merge_spans

TEXT = "The ferry\n\nIt sails at noon.\nIt is full.\n\nDay\tBoats\nMonday\t12\n\nThe end.\n"
HEADINGS = [HeadingLine(0, 1)]


class Reader(HTMLParser):
    """Reads HTML as a browser does: the text, and the text of each kind of mark."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.marked: dict[str, str] = {}
        self.open: list[str] = []
        self.headings: list[int] = []
        self._names: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        if tag == "mark":
            self._names.append(dict(attrs)["class"] or "")
        if tag[0] == "h":
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "mark":
            self._names.pop()

    def handle_data(self, data: str) -> None:
        self.text += data
        for name in self._names:
            self.marked[name] = self.marked.get(name, "") + data


def written(text: str, *, layers: list[Layer] | None = None, printed: bool = False) -> str:
    headings = Headings(HEADINGS if text is TEXT else [], highest=2)
    readable = ReadableText(text, 0, layers or [], headings, printed=printed)
    (html,) = readable.sections([Span(0, len(text))])
    return str(html)


def test_headings_paragraphs_and_rows_become_elements() -> None:
    assert written(TEXT) == (
        '<h2 dir="auto">The ferry\n</h2>\n'
        '<p dir="auto">It sails at noon.\nIt is full.\n</p>\n'
        '<div class="table" role="group" aria-label="Table" tabindex="0"><table><tbody>'
        '<tr><td dir="auto">Day\t</td><td dir="auto">Boats\n</td></tr>'
        '<tr><td dir="auto">Monday\t</td><td dir="auto">12\n</td></tr>'
        "</tbody></table></div>\n"
        '<p dir="auto">The end.\n</p>'
    )


def test_a_mark_over_several_elements_is_in_each_and_has_its_id_once() -> None:
    start, end = TEXT.index("sails"), TEXT.index("12")
    html = written(TEXT, layers=[Layer("span", [Span(start, end)], anchor="span")])
    assert html.count('id="span"') == 1
    assert html.count("<mark") == html.count("</mark>") > 3
    assert Reader(html).marked == {"span": TEXT[start:end]}


def test_long_lines_of_print_flow_and_short_ones_do_not() -> None:
    prose = f"{'word ' * 12}\n{'word ' * 12}\nend\n"
    assert 'class="flowing"' in written(prose, printed=True)
    assert 'class="flowing"' not in written(prose)
    assert 'class="flowing"' not in written("First covered\nSecond bare\n", printed=True)


texts = st.text(st.sampled_from('ab <&"\t\t\n\n\n\ré😀'), max_size=60)


def spans_in(length: int) -> st.SearchStrategy[list[Span]]:
    places = st.integers(0, length)
    spans = st.tuples(places, places).map(lambda pair: Span(min(pair), max(pair)))
    return st.lists(spans, max_size=5).map(merge_spans)


@given(st.data(), texts, st.integers(0, 1000))
def test_text_and_marks_read_back(data: st.DataObject, text: str, offset: int) -> None:
    layers = [Layer(name, data.draw(spans_in(len(text)))) for name in ("span", "best")]
    moved = [Layer(layer.name, [span.shifted(offset) for span in layer.spans]) for layer in layers]
    starts = sorted(data.draw(st.sets(st.integers(0, len(text)))))
    lines = [HeadingLine(start + offset, data.draw(st.integers(1, 9))) for start in starts]
    cuts = sorted({0, len(text), *data.draw(st.sets(st.integers(0, len(text)), max_size=4))})
    sections = [Span(*pair).shifted(offset) for pair in pairwise(cuts)]
    headings = Headings(lines, highest=2)
    parts = ReadableText(text, offset, moved, headings).sections(sections)
    # Each section is whole.
    for section, part in zip(sections, parts, strict=True):
        assert Reader(str(part)).text == section.shifted(-offset).of(text)
    read = Reader("".join(map(str, parts)))
    for layer in layers:
        assert read.marked.get(layer.name, "") == "".join(span.of(text) for span in layer.spans)
    # Readers of headings would look for those that are left out.
    assert all(following <= level + 1 for level, following in pairwise([1, *read.headings]))
    assert max(read.headings, default=2) <= 6
