"""Parsed queries, as small examples and as properties of every text."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.contract.errors import InvalidQuery
from api.contract.limits import MAX_FILTERS, MAX_OPERATORS, MAX_QUERY_CHARS
from api.query.filters import parse_moment
from api.query.parser import parse_query
from api.query.query import Query, QueryFilters
from api.query.syntax import SYNTAX
from indexer.index.clauses import AnyOf, Clause, Leaf, Occur, Phrase, Prefix, Typo, Words
from tests.property_examples import examples


def should(node: Leaf) -> Clause:
    return Clause(Occur.SHOULD, node)


def must(node: Leaf | AnyOf) -> Clause:
    return Clause(Occur.MUST, node)


def must_not(node: Leaf | AnyOf) -> Clause:
    return Clause(Occur.MUST_NOT, node)


def any_of(*alternatives: Leaf) -> AnyOf:
    return AnyOf(alternatives)


def codes(query: Query) -> list[tuple[str, int]]:
    return [(warning.code, warning.position) for warning in query.warnings]


TREATY = should(Words("treaty"))
NO_FILTERS = QueryFilters()

MEANINGS: dict[str, tuple[list[Clause], QueryFilters]] = {
    "climate treaty": ([should(Words("climate treaty"))], NO_FILTERS),
    '"to be or not to be"': ([should(Phrase("to be or not to be"))], NO_FILTERS),
    "treaty +climate": ([TREATY, must(Words("climate"))], NO_FILTERS),
    'treaty +"sea level"': ([TREATY, must(Phrase("sea level"))], NO_FILTERS),
    "treaty -trade": ([TREATY, must_not(Words("trade"))], NO_FILTERS),
    'treaty -"free trade"': ([TREATY, must_not(Phrase("free trade"))], NO_FILTERS),
    "environ*": ([should(Prefix("environ"))], NO_FILTERS),
    "goverment~": ([should(Typo("goverment"))], NO_FILTERS),
    'treaty (climate OR "sea level")': (
        [TREATY, must(any_of(Words("climate"), Phrase("sea level")))],
        NO_FILTERS,
    ),
    "treaty -(trade OR tariff*)": (
        [TREATY, must_not(any_of(Words("trade"), Prefix("tariff")))],
        NO_FILTERS,
    ),
    "climate OR weather": ([must(any_of(Words("climate"), Words("weather")))], NO_FILTERS),
    "climate AND treaty": ([must(Words("climate")), must(Words("treaty"))], NO_FILTERS),
    "treaty NOT trade": ([TREATY, must_not(Words("trade"))], NO_FILTERS),
    "treaty path:2024/*.md": ([TREATY], QueryFilters(paths=("2024/*.md",))),
    "treaty -path:drafts/*": ([TREATY], QueryFilters(excluded_paths=("drafts/*",))),
    'title:"annual report"': ([], QueryFilters(titles=("annual report",))),
    "treaty type:pdf": ([TREATY], QueryFilters(media_types=("application/pdf",))),
    'treaty author:"Ida Brandt"': ([TREATY], QueryFilters(authors=("Ida Brandt",))),
    "treaty ext:md": ([TREATY], QueryFilters(extensions=("md",))),
    "treaty after:2024-06": (
        [TREATY],
        QueryFilters(modified_after=datetime(2024, 6, 1, tzinfo=UTC)),
    ),
    "treaty before:2024-06-01": (
        [TREATY],
        QueryFilters(modified_before=datetime(2024, 6, 1, tzinfo=UTC)),
    ),
}


def test_the_documented_table_of_the_language_is_the_one_tested() -> None:
    assert {row.example for row in SYNTAX} == MEANINGS.keys()


@pytest.mark.parametrize("example", MEANINGS)
def test_each_row_of_the_table_means_what_it_says(example: str) -> None:
    clauses, filters = MEANINGS[example]
    assert parse_query(example) == Query(example, tuple(clauses), filters)


@pytest.mark.parametrize(
    "text",
    [
        "What is C++ (the language)?",
        "a - b",
        "3 - 2 = +1",
        "-5 degrees, well-known, --flag, a+b",
        """5' 3" by 4' 2\"""",
        'print("hello world")',
        'rock"n"roll',
        "don't 'quote' me",
        "''leaky'' transcription",
        "http://example.org/a?b=c foo:bar 4:51 title: x",
        "V(D)J recombination, f(x, y), T(n) = 7n2 + 15n",
        "a*b 2 * 3 **kwargs x~5 ~/home",
        "SELECT * FROM t WHERE a IN (1, 2) -- all",
        "(see below)",
        "-(a b)",
        "-f(x y)",
        '"Model C"-Schulen',
        '"?!"',
        "title:?",
        "?",
        "(",
        ")",
        "-",
        "+",
        "*",
        "~",
        "😀",
    ],
)
def test_natural_text_stays_one_run_of_words(text: str) -> None:
    assert parse_query(text) == Query(text, (should(Words(text)),))


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ('a "b c" d', [should(Words("a")), should(Phrase("b c")), should(Words("d"))]),
        ('named "The Tesla"?', [should(Words("named")), should(Phrase("The Tesla"))]),
        ("“La  La Land” „Fog“", [should(Phrase("La La Land")), should(Phrase("Fog"))]),
        ('"-a (b OR c*"', [should(Phrase("-a (b OR c*"))]),
        ("-well-known +C++", [must_not(Words("well-known")), must(Words("C++"))]),
        ("-f(x) +2 -联盟", [must_not(Words("f(x)")), should(Words("+2")), must_not(Words("联盟"))]),
        ("-水 +C", [must_not(Words("水")), must(Words("C"))]),
        ("+ab* -abc~", [must(Prefix("ab")), must_not(Typo("abc"))]),
        ("हिन्दी* cafe\u0301~", [should(Prefix("हिन्दी")), should(Typo("cafe\u0301"))]),
        ("(new york OR boston)?", [must(any_of(Words("new york"), Words("boston")))]),
        ("+(a OR b) c", [must(any_of(Words("a"), Words("b"))), should(Words("c"))]),
        ("((a OR b)", [should(Words("(")), must(any_of(Words("a"), Words("b")))]),
        ('(a "b c")', [should(Words("(a")), should(Phrase("b c")), should(Words(")"))]),
        ("( -ab )", [should(Words("(")), must_not(Words("ab")), should(Words(")"))]),
        ("(-ab )", [should(Words("(-ab )"))]),
    ],
)
def test_operators_are_recognised_at_word_boundaries(text: str, clauses: list[Clause]) -> None:
    assert parse_query(text) == Query(text, tuple(clauses))


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("sales +70%", [should(Words("sales")), must(Words("70%"))]),
        ("+1.5‰, +£70 +70€", [must(Words("1.5‰,")), must(Words("£70")), must(Words("70€"))]),
        ("+§12(3) x", [must(Words("§12(3)")), should(Words("x"))]),
        ("x -§ 12(3)(b)", [should(Words("x")), must_not(Words("§ 12(3)(b)"))]),
        ("x NOT 70%", [should(Words("x")), must_not(Phrase("70%"))]),
    ],
)
def test_signs_act_before_percentages_amounts_and_sections(
    text: str, clauses: list[Clause]
) -> None:
    assert parse_query(text) == Query(text, tuple(clauses))


@pytest.mark.parametrize(
    "text",
    ["-5 °C", "-1", "a -1 b", "+49 30 1234", "+1-800-555-0199", "-273.15", "3 - 2 = +1", "+ £ 70"],
)
def test_a_signed_number_is_a_number(text: str) -> None:
    assert parse_query(text) == Query(text, (should(Words(text)),))


@pytest.mark.parametrize(
    ("text", "position", "hint"),
    [
        ("fell -70%", 5, 'to leave it out, type -"70%"'),
        ("-£70.50, paid", 0, 'to leave it out, type -"£70.50"'),
        ("printer -3D", 8, 'to leave it out, type -"3D"'),
        ("treaty +2024", 7, 'to require it, type +"2024"'),
        ("1914 -1918", 5, 'to leave it out, type -"1918"'),
    ],
)
def test_a_number_that_may_be_signed_is_words_with_a_warning(
    text: str, position: int, hint: str
) -> None:
    query = parse_query(text)
    assert query.clauses == (should(Words(text)),)
    assert codes(query) == [("signed_number", position)]
    assert hint in query.warnings[0].message
    quoted = hint.rpartition(" ")[2]
    assert parse_query(quoted).clauses[0].occur is not Occur.SHOULD


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("rm -rf build", ["-rf"]),
        ("ls -la -h", ["-la", "-h"]),
        ("tar -xzvf old.tar", ["-xzvf"]),
        ("path:notes/ ps -ef", ["-ef"]),
    ],
)
def test_options_of_a_command_are_words_with_a_warning(text: str, options: list[str]) -> None:
    query = parse_query(text)
    assert query.clauses == (should(Words(text.removeprefix("path:notes/ "))),)
    assert codes(query) == [("command_option", text.index(option)) for option in options]
    for option, warning in zip(options, query.warnings, strict=True):
        assert f'type -"{option[1:]}"' in warning.message


@pytest.mark.parametrize(
    ("text", "excluded"),
    [
        ("python -js", Words("js")),
        ("the rm -rf", Words("rf")),
        ("ls -home", Words("home")),
        ("tar build -gz", Words("gz")),
        ('rm -"rf"', Phrase("rf")),
        ("rm NOT rf", Phrase("rf")),
        ("rm old NOT rf", Words("rf")),
        ("RM -rf", Words("rf")),
    ],
)
def test_what_may_not_be_an_option_is_left_out(text: str, excluded: Leaf) -> None:
    query = parse_query(text)
    assert query.clauses[-1] == must_not(excluded)
    assert query.warnings == ()


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("path:a path:b/** ", QueryFilters(paths=("a", "b/**"))),
        ('path:"my files/*"', QueryFilters(paths=("my files/*",))),
        ("path:report(1).txt", QueryFilters(paths=("report(1).txt",))),
        (
            "+title:war -title:“civil war”",
            QueryFilters(titles=("war",), excluded_titles=("civil war",)),
        ),
        ("type:MD type:text/X-Log", QueryFilters(media_types=("text/markdown", "text/x-log"))),
        ("-type:html", QueryFilters(excluded_media_types=("text/html",))),
        (
            "after:2023 after:2024-02-29 before:2025 before:2026",
            QueryFilters(
                modified_after=datetime(2024, 2, 29, tzinfo=UTC),
                modified_before=datetime(2025, 1, 1, tzinfo=UTC),
            ),
        ),
        ("-after:2024", QueryFilters(modified_before=datetime(2024, 1, 1, tzinfo=UTC))),
        ("-before:2024", QueryFilters(modified_after=datetime(2024, 1, 1, tzinfo=UTC))),
    ],
)
def test_filters(text: str, filters: QueryFilters) -> None:
    assert parse_query(text) == Query(text, (), filters)


def test_words_around_a_filter_form_one_run() -> None:
    query = parse_query("climate path:*.md (sea type:txt) level")
    assert query.clauses == (should(Words("climate (sea ) level")),)


@pytest.mark.parametrize(
    ("text", "words", "warning"),
    [
        ('say "unclosed words', 'say "unclosed words', ("unclosed_quote", 4)),
        ('-"unclosed', '-"unclosed', ("unclosed_quote", 0)),
        ('title:"unclosed', 'title:"unclosed', ("unclosed_quote", 0)),
        ("a OR", "a OR", ("stray_or", 2)),
        ("(a OR b", "(a OR b", ("stray_or", 3)),
        ("Salem (Portland, OR)", "Salem (Portland, OR)", ("stray_or", 17)),
        ("f(a OR b)", "f(a OR b)", ("stray_or", 4)),
        ("(a OR b)c", "(a OR b)c", ("stray_or", 3)),
        ("C*", "C*", ("stray_operator", 0)),
        ("ab~", "ab~", ("stray_operator", 0)),
        (f"see {'a' * 41}~", f"see {'a' * 41}~", ("stray_operator", 4)),
        ("see snake_ca*", "see snake_ca*", ("stray_operator", 4)),
        ("x after:tomorrow", "x after:tomorrow", ("not_a_date", 2)),
        ("before:2024-6-1", "before:2024-6-1", ("not_a_date", 0)),
        ("type:poem", "type:poem", ("unknown_type", 0)),
    ],
)
def test_apparent_operators_without_effect_become_words_with_a_warning(
    text: str, words: str, warning: tuple[str, int]
) -> None:
    query = parse_query(text)
    assert query.clauses == (should(Words(words)),)
    assert query.filters == NO_FILTERS
    assert codes(query) == [warning]


@pytest.mark.parametrize(
    ("text", "alternatives", "position"),
    [
        ("(a OR (b OR c))", [Words("a"), Words("(b"), Words("c)")], 6),
        ("(a OR path:x)", [Words("a"), Words("path:x")], 6),
        ("(a OR -bc)", [Words("a"), Words("bc")], 6),
        ('(a OR +"b c")', [Words("a"), Phrase("b c")], 6),
        ('("a b" c OR d)', [Phrase("a b"), Words("c"), Words("d")], 1),
    ],
)
def test_a_group_holds_only_alternatives(
    text: str, alternatives: list[Leaf], position: int
) -> None:
    query = parse_query(text)
    assert query.clauses == (must(any_of(*alternatives)),)
    assert codes(query) == [("inside_group", position)]


def test_a_stray_operator_in_a_group_is_a_word_of_its_alternative() -> None:
    query = parse_query('(OR a* OR b OR "c)')
    assert query.clauses == (must(any_of(Words("a*"), Words("b"), Words('"c'))),)
    assert codes(query) == [("stray_operator", 4), ("unclosed_quote", 15)]


@pytest.mark.parametrize(
    ("operator", "clause"),
    [
        ('"a b"', should(Phrase("a b"))),
        ("-de*", must_not(Prefix("de"))),
        ("tyop~", should(Typo("tyop"))),
        ("(a OR b)", must(any_of(Words("a"), Words("b")))),
    ],
)
def test_operators_beyond_the_limit_are_words(operator: str, clause: Clause) -> None:
    most = " ".join([operator] * MAX_OPERATORS)
    assert codes(parse_query(most)) == []
    query = parse_query(f"{most} {operator} ferry {operator}")
    words = Words(f"{operator} ferry {operator}")
    assert query.clauses == (*[clause] * MAX_OPERATORS, should(words))
    assert codes(query)[0] == ("too_many_operators", len(most) + 1)


def test_alternatives_count_as_operators() -> None:
    text = " OR ".join(["de*"] * MAX_OPERATORS)
    query = parse_query(f"({text})")
    # The group is the first.
    assert query.clauses == (must(any_of(*[Prefix("de")] * (MAX_OPERATORS - 1), Words("de*"))),)
    assert codes(query) == [("too_many_operators", 1 + text.rindex("de*"))]


def test_binding_words_do_not_count_as_operators() -> None:
    assert codes(parse_query("+a -bc " * 100)) == []


@pytest.mark.parametrize("filter_", ["path:*.md", "-title:a", "type:md"])
def test_filters_beyond_the_limit_are_words(filter_: str) -> None:
    most = " ".join([filter_] * MAX_FILTERS)
    assert codes(parse_query(most)) == []
    query = parse_query(f"{most} {filter_} ferry")
    assert query.clauses == (should(Words(f"{filter_} ferry")),)
    assert query.filters == parse_query(most).filters
    assert codes(query) == [("too_many_filters", len(most) + 1)]


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", None),
        (" \t\n", None),
        ("x" * 5_001, MAX_QUERY_CHARS),
        ("a\0b", 1),
        ("ab\ud800", 2),
        ("x before:2024-02-30", 9),
        ('after:"2024-13"', 6),
        ("-after:0000", 7),
        ("after:2024-06-01T25:00Z", 6),
        ("after:0001-01-01T00:00:00+23:59", 6),
    ],
)
def test_an_invalid_part_is_refused_with_its_position(text: str, position: int | None) -> None:
    with pytest.raises(InvalidQuery) as caught:
        parse_query(text)
    assert (caught.value.parameter, caught.value.position) == ("q", position)


def test_the_longest_query_is_understood() -> None:
    assert parse_query("x" * MAX_QUERY_CHARS).clauses == (should(Words("x" * MAX_QUERY_CHARS)),)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024", datetime(2024, 1, 1)),
        ("2024-06", datetime(2024, 6, 1)),
        ("2024-06-15", datetime(2024, 6, 15)),
        ("2024-06-15T10:30Z", datetime(2024, 6, 15, 10, 30)),
        ("2024-06-15t10:30:05.25z", datetime(2024, 6, 15, 10, 30, 5, 250_000)),
        ("2024-06-15T10:30:05+02:00", datetime(2024, 6, 15, 8, 30, 5)),
        ("2024-06-15T10:30", datetime(2024, 6, 15, 10, 30)),
    ],
)
def test_moments(text: str, moment: datetime) -> None:
    assert parse_moment(text, parameter="modified_after") == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "tomorrow", "24", "2024-6", "20240601", "٢٠٢٤", "2024-06-31"])
def test_invalid_moments_are_refused(text: str) -> None:
    with pytest.raises(InvalidQuery, match="date") as caught:
        parse_moment(text, parameter="modified_after")
    assert (caught.value.parameter, caught.value.position) == ("modified_after", None)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("  a \n b ", "a b"),
        ("“a” path:x +(b OR cc*) -dog~ e", 'path:x "a" (b OR cc*) -dog~ e'),
        (
            "a +type:md -title:“b c” after:2024",
            '-title:"b c" type:text/markdown after:2024-01-01 a',
        ),
        ("before:2024-06-15T10:30+02:00", "before:2024-06-15T08:30:00Z"),
        ("after:0999", "after:0999-01-01"),
    ],
)
def test_canonical_text(text: str, canonical: str) -> None:
    assert str(parse_query(text)) == canonical


OPERATOR_CHARS = '\0"“”„‟＂〝〞〟«»‹›「」『』‘’‚−–－()+-*~:/|&'
# Parts of texts with many operators, joined and spaced in every way.
PIECES = [
    *'"“”„()+-*~?,_ \n\x1c',
    *[" ", " ", " (", ") ", " OR ", "OR", " -", " +", "(a OR b", " OR b)", "a", "ab", "foo", "5"],
    *[
        "'",
        "C++",
        "f(x)",
        "\u0301",
        "日本",
        '"a b"',
        ' title:"a b" ',
        "title:",
        "path:x",
        " type:md ",
    ],
    *["after:2024", "before:", "tomorrow", " ext:md "],
    *[" NOT ", " AND ", " NEAR ", " | ", " && ", "NOT", "A", " w/5 ", "~2", "do", "-v", " -vx"],
    *["rm", "ls ", "-rf ", " +70%", "-§ 12", " +£7", " -2024 ", "“a b”"],
    *[*"«»「」‘’‹›–−", "‘a b’", "«a b»", " –ab", " −ab"],
]
pieces = st.lists(st.sampled_from(PIECES), min_size=1, max_size=60).map("".join)
# With nearly as many operators and filters as are allowed.
crowds = st.builds(
    lambda crowd, times, rest: f"{crowd} " * times + rest,
    st.sampled_from(["ab*", '"a b"', "-foo~", "(a OR b)", "path:x", "title:x"]),
    st.integers(18, 34),
    pieces,
)
awkward_texts = pieces | crowds
readable_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
texts = (awkward_texts | readable_texts).filter(str.strip)


@examples(500)
@given(texts)
def test_any_text_parses_to_something_and_its_canonical_text_to_the_same(text: str) -> None:
    query = parse_query(text)
    again = parse_query(str(query))
    assert query.clauses or query.filters != NO_FILTERS
    assert (again.clauses, again.filters) == (query.clauses, query.filters)
    assert str(again) == str(query)
    assert all(0 <= warning.position < len(text) for warning in query.warnings)


def refusal(text: str) -> InvalidQuery | None:
    try:
        parse_query(text)
    except InvalidQuery as error:
        return error
    return None


@examples(250)
@given(st.text(st.characters(), max_size=1_100) | st.lists(st.text() | awkward_texts).map("".join))
@example("\ud800")
@example("after:2024-02-30 " * 70)
def test_a_refusal_has_a_position_inside_the_text(text: str) -> None:
    error = refusal(text)
    if error is not None:
        assert error.parameter == "q"
        assert error.position is None or 0 <= error.position < len(text)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters=OPERATOR_CHARS)))
def test_text_without_operator_characters_is_words_as_typed(text: str) -> None:
    words = " ".join(each for each in text.split() if each not in {"OR", "AND", "NOT", "NEAR"})
    if words:
        query = parse_query(words)
        assert query == Query(words, (should(Words(words)),))
        assert query.embedding_text == words


EMBEDDED = {
    "treaty": "treaty",
    '"sea level"': "sea level",
    "+climate": "climate",
    "environ*": "environ",
    "+goverment~": "goverment",
    '(a OR "b c" OR de*)': "a b c de",
    "C++": "C++",
    "3 - 2": "3 - 2",
    "-trade": "",
    '-"free trade"': "",
    "-(tax OR tariff*)": "",
    "path:*.md": "",
    'title:"annual report"': "",
    "-type:html": "",
    "after:2024": "",
}


# Few enough for all operators to act; a group of three counts as three.
@given(st.lists(st.sampled_from(sorted(EMBEDDED)), min_size=1, max_size=MAX_OPERATORS // 3))
def test_embedding_text_has_the_searched_words_in_the_typed_order(items: list[str]) -> None:
    expected = " ".join(filter(None, [EMBEDDED[item] for item in items]))
    assert parse_query(" ".join(items)).embedding_text == expected
