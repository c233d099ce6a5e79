"""The text of web pages: what is read, what is left out, and that each piece is in the source."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import SkipReason
from indexer.reading.extraction.html.reader import read_html
from indexer.reading.extraction.pieces import Extraction, NotExtracted
from tests.indexer.reading.extraction.proof import require_proof
from tests.property_examples import examples


def read(page: str | bytes, *, encoding: str | None = None) -> Extraction:
    """Return the text of the page, after checking that every piece is in its bytes."""
    content = page.encode() if isinstance(page, str) else page
    extraction = read_html("page.html", content, encoding=encoding)
    require_proof(extraction, content)
    return extraction


@pytest.mark.parametrize(
    ("page", "text"),
    [
        pytest.param("<p>one\n  two</p>", "one two", id="blanks become one"),
        pytest.param("<p>a<b>b</b>c <i>d</i>", "abc d", id="inline elements do not break"),
        pytest.param("<p>one<p>two", "one\n\ntwo", id="open paragraphs"),
        pytest.param("<div>one</div>two<br>three", "one\ntwo\nthree", id="lines"),
        pytest.param("one<br><br>two", "one\n\ntwo", id="two breaks are a paragraph"),
        pytest.param("AT&amp;T &lt; &eacute;&#8364;", "AT&T < é€", id="references"),
        pytest.param(
            "a&ampb &copy2020 &nosuch; &#x80;", "a&b ©2020 &nosuch; €", id="odd references"
        ),
        pytest.param("10&nbsp;km", "10 km", id="a blank that does not break is a blank"),
        pytest.param("a</>b", "ab", id="an empty end tag"),
        pytest.param("a < b <3 c", "a < b <3 c", id="signs that begin no tag"),
        pytest.param("a\r\nb</>\r\nc<p\r\nx='", "a b c", id="the end inside a tag"),
        pytest.param("a\r\nb\r\n\r\nc\rd", "a b c d", id="other line ends"),
        pytest.param("<ul><li>a<ul><li>b</ul><li>c</ul>d", "a\nb\nc\n\nd", id="lists"),
        pytest.param(
            "<table><tr><th>Year<th>Sum<tr><td><p>2020</p><td><div>12</div></table>",
            "Year\tSum\n2020\t12",
            id="the rows of tables are lines",
        ),
        pytest.param("<tr><td>a</td><td></td><td>c</td></tr>", "a\t\tc", id="an empty cell"),
        pytest.param("<table><td><p>a</p><p>b</p></table>", "a\n\nb", id="a table for layout"),
        pytest.param("<table>foster<tr><td>cell</table>", "foster\ncell", id="text beside cells"),
        pytest.param(
            "<pre>\ndef f():\n    <b>return</b> 1  \n\n</pre>end",
            "def f():\n    return 1\n\nend",
            id="preformatted text keeps its lines",
        ),
        pytest.param("<pre>x <i>&amp;</i> &lt;y</pre>", "x & <y", id="preformatted references"),
        pytest.param("<pre>a\r\n\r\n  b</pre>", "a\n\n  b", id="preformatted, other line ends"),
        pytest.param("a<script>b<c</script><style>d</style>e", "ae", id="scripts and styles"),
        pytest.param("a<template><p>b</template>c", "ac", id="templates"),
        pytest.param("<noscript><p>a &amp; <i>b</i></p></noscript>c", "a & b\n\nc", id="noscript"),
        pytest.param(
            "a<p hidden>b</p><div style='color:red; DISPLAY : none'>c</div>d", "ad", id="hidden"
        ),
        pytest.param(
            "<div hidden><div>a</div><p>b<br>&amp;</div>c", "c", id="inside hidden elements"
        ),
        pytest.param("<p hidden>a<p>b", "b", id="a hidden paragraph without an end"),
        pytest.param("<ul><li hidden>a<ul><li>b</ul><li>c</ul>", "c", id="a hidden item"),
        pytest.param("<tr><td>a<td hidden>b<tr><td>c", "a\nc", id="a hidden cell"),
        pytest.param("<section><div hidden>a</b></section>b", "b", id="a hidden part left open"),
        pytest.param("<input hidden>a<img style='display:none'>b", "ab", id="hidden, without text"),
        pytest.param("<div hidden=until-found>a</div>b", "a\nb", id="hidden until it is found"),
        pytest.param("<body style='display: none'>a", "a", id="a page that a script shows"),
        pytest.param("<p style='x-display:none'>a<b aria-hidden=true>b", "ab", id="not hidden"),
        pytest.param(
            "<div hidden><noscript>a</noscript><pre>b</pre></div>c", "c", id="hidden markup"
        ),
        pytest.param("a<img alt='b'>", "a", id="descriptions of pictures"),
        pytest.param("<svg><title>t</title><path></svg>a", "a", id="the title of a picture"),
        pytest.param("<svg><g><p>a<object><video>b", "ab", id="open elements"),
        pytest.param("<select><option>a<option>b</select>c", "a\nb\nc", id="a list to choose from"),
        pytest.param(
            "<math><mi>m</mi><msup>c<mn>2</mn></msup><annotation>mc^2</annotation></math>",
            "mc2 mc^2",
            id="the source of a formula",
        ),
        pytest.param("<textarea>a\nb</textarea>", "a\nb", id="a field"),
        pytest.param("<!-- no -->a<!no>b<?no?>", "ab", id="comments"),
        pytest.param("😀 &#128512;<b>x", "😀 😀x", id="beyond the basic plane"),
    ],
)
def test_text(page: str, text: str) -> None:
    assert read(page).text == text


def test_xhtml_is_read_by_the_rules_of_xml() -> None:
    page = (
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head>'
        '<script src="x.js"/><title/></head><body><p>one <![CDATA[a < b]]> two</p></body></html>'
    )
    assert read(page).text == "one a < b two"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1252", "utf-16-be"])
def test_bytes_are_counted_in_the_encoding_of_the_file(encoding: str) -> None:
    page = "<meta charset=windows-1252><p>Der Fluß <b>gefror</b> — nachts &amp; &uuml;berall"
    content = page.encode(encoding)
    if encoding == "utf-16-be":
        content = b"\xfe\xff" + content
    assert read(content).text == "Der Fluß gefror — nachts & überall"


def test_an_encoding_that_a_person_names_is_used() -> None:
    content = "<p>Fähre über den Fluß".encode("cp850")
    assert read(content, encoding="cp850").text == "Fähre über den Fluß"


def test_menus_footers_and_lines_of_links_are_repeated() -> None:
    page = """<nav><a href=/>Home</a> and <b>more</b></nav>
    <div class="cookie-banner">We use cookies.</div>
    <h1><a href=x>The ferry</a></h1><p>It <a href=y>sails</a> at noon, every day of the year.</p>
    <div><a href=1>Older</a> | <a href=2>Newer</a></div>
    <div aria-hidden="true">Accept all</div>
    <form><input>Search</form><aside>Also <p>read</aside><footer>© 2020</footer>"""
    extraction = read(page)
    repeated = [span.of(extraction.text) for span in extraction.repeated]
    assert repeated == [
        "Home and more\n\nWe use cookies.",
        "Older | Newer\nAccept all\n\nSearch\n\nAlso\n\nread\n\n© 2020",
    ]
    assert [heading.title for heading in extraction.headings] == ["The ferry"]


@pytest.mark.parametrize(
    "page",
    [
        pytest.param("<nav>menu<p>The text of the page", id="an open menu"),
        pytest.param("<form>The text of the page</form>", id="a page that is one form"),
        pytest.param("<a href=x>One</a><br><a href=y>Two</a>", id="nothing but links"),
    ],
)
def test_a_page_is_not_repeated_text_as_a_whole(page: str) -> None:
    assert read(page).repeated == ()


def test_headings_have_levels_and_menus_have_none() -> None:
    page = "<nav><h2>Menu</h2></nav><h1>A <i>b</i></h1><p>c<h3>d</h3>e<h2></h2>f"
    extraction = read(page)
    text = extraction.text
    assert text == "Menu\n\nA b\n\nc\n\nd\n\ne\n\nf"
    assert extraction.headings == (
        (text.index("A b"), 1, "A b"),
        (text.index("d"), 3, "d"),
    )


def test_a_page_says_what_it_is() -> None:
    page = """<html lang="en-GB"><title>The ferry | The Skerrow Tide</title>
    <meta name="author" content="Ann Bee"><meta property="og:site_name" content="The Skerrow Tide">
    <meta property="article:published_time" content="2020-03-04T10:00:00Z">
    <link rel="canonical" href="https://tide.example/ferry"><h1>The ferry</h1><p>sails"""
    metadata = read(page).metadata
    assert metadata == (
        "The ferry",
        "Ann Bee",
        "The Skerrow Tide",
        "2020-03-04T10:00:00Z",
        "https://tide.example/ferry",
        "en",
    )


def test_linked_data_says_what_meta_elements_do_not() -> None:
    page = """<title>Home</title><script type="application/ld+json">
    {"@graph": [{"@type": "WebSite"}, {"@type": "NewsArticle", "headline": "The &amp; ferry",
     "author": [{"name": "Ann"}, {"name": "Ben"}], "publisher": {"name": "Tide"},
     "datePublished": "2020-03-04", "url": "https://tide.example/f"}]}</script><p>text"""
    metadata = read(page).metadata
    assert metadata.author == "Ann, Ben"
    assert metadata.publisher == "Tide"
    assert metadata.published == "2020-03-04"
    assert metadata.source_url == "https://tide.example/f"


@pytest.mark.parametrize(
    ("names", "author"),
    [
        (["Ann Bee", "Cy Dee", "Ann Bee"], "Ann Bee, Cy Dee"),
        (["Bee, Ann", "Dee, Cy"], "Bee, Ann; Dee, Cy"),
    ],
)
@pytest.mark.parametrize("meta", ["author", "citation_author"])
def test_each_author_may_have_an_element(names: list[str], author: str, meta: str) -> None:
    elements = [f'<meta name="{meta}" content="{name}">' for name in names]
    assert read("".join(elements) + "text").metadata.author == author


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<title>A &amp; B</title><h1>Site</h1>x", "A & B"),
        (
            "<title>The ferry - Tide</title><meta property=og:title content='The ferry'>x",
            "The ferry",
        ),
        ("<meta property=og:title content='The ferry'><h1>Other</h1>x", "The ferry"),
        ("<h1>The ferry</h1>x", "The ferry"),
        ("x", None),
    ],
)
def test_title(page: str, title: str | None) -> None:
    assert read(page).metadata.title == title


@pytest.mark.parametrize("wrong", ["{", "[" * 100_000, '{"@type": "Article", "author": 3}'])
def test_wrong_linked_data_does_no_harm(wrong: str) -> None:
    assert read(f'<script type="application/ld+json">{wrong}</script>text').text == "text"


@pytest.mark.parametrize("published", ["yesterday", "2020-13-01", "20200301", "03/04/2020"])
def test_a_date_that_is_not_one_is_left_out(published: str) -> None:
    assert read(f'<meta name="date" content="{published}">x').metadata.published is None


def test_a_page_without_text_is_refused() -> None:
    with pytest.raises(NotExtracted) as caught:
        read("<html><body><script>app()</script></body></html>")
    assert caught.value.reason is SkipReason.NO_TEXT


def test_a_million_nested_elements_are_read() -> None:
    assert read("<div>" * 1_000_000 + "deep").text == "deep"


FRAGMENTS = st.sampled_from(
    [
        *[
            "word",
            " ",
            "\n",
            "\r\n",
            "\r",
            "é",
            "😀",
            "&amp;",
            "&lt",
            "&",
            "&#0;",
            "&#xD800;",
            "\x0c",
        ],
        *["<p>", "</p>", "<b>", "</b>", "<td>", "<tr>", "<table>", "</table>", "<pre>", "</pre>"],
        *[
            "<nav>",
            "</nav>",
            "<a href=x>",
            "</a>",
            "<h1>",
            "</h1>",
            "<br>",
            "<ul>",
            "<li>",
            "</ul>",
        ],
        *["<div hidden>", "</div>", "<li hidden>", "<p style='display:none'>", "<p hidden/>"],
        *["<script>", "</script>", "<noscript>", "</noscript>", "<title>", "</title>", "<svg>"],
        *[
            "<template>",
            "</template>",
            "<textarea>",
            "</textarea>",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
        ],
        *["</>", "<", ">", "</", "<?", "<!", "<br/>", "<title/>", "\xa0", "<plaintext>", "<form>"],
    ]
)


@examples(400)
@given(
    st.lists(FRAGMENTS, max_size=40),
    st.sampled_from(["", "<?xml version='1.0'?>"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_markup_is_read_exactly_or_refused(parts: list[str], start: str, encoding: str) -> None:
    content = (start + "".join(parts)).encode(encoding)
    try:
        read(content)
    except NotExtracted as error:
        refused = error
    else:
        return
    assert refused.reason in {SkipReason.NO_TEXT, SkipReason.EMPTY}


@examples(100)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)))
def test_all_words_of_a_page_survive(words: list[str]) -> None:
    if not "".join(words).strip():
        return
    page = "".join(f"<p>{word.replace('&', '&amp;').replace('<', '&lt;')}</p>" for word in words)
    assert read(page).text.split() == " ".join(words).split()
