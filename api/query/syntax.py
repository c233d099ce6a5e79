"""The table of the query language, for the page's help and the README. Pure."""

from typing import NamedTuple

__all__ = ["SYNTAX", "SyntaxRow"]


class SyntaxRow(NamedTuple):
    """One row of the table."""

    example: str
    meaning: str


SYNTAX = (
    SyntaxRow("climate treaty", "passages with these words; those with more of them come first"),
    SyntaxRow('"to be or not to be"', "exactly these words, in this order"),
    SyntaxRow("treaty +climate", "only in documents with climate, wherever they have it"),
    SyntaxRow('treaty +"sea level"', "only in documents with the phrase"),
    SyntaxRow("treaty -trade", "not in documents with trade"),
    SyntaxRow('treaty -"free trade"', "not in documents with the phrase"),
    SyntaxRow("environ*", "words with this beginning (at least two characters)"),
    SyntaxRow("goverment~", "words at most one typing error away (at least three characters)"),
    SyntaxRow('treaty (climate OR "sea level")', "only in documents with one of the alternatives"),
    SyntaxRow("climate OR weather", "only in documents with one of the two"),
    SyntaxRow("climate AND treaty", "only in documents with both, as with `+climate +treaty`"),
    SyntaxRow("treaty NOT trade", "not in documents with trade, as with `-trade`"),
    SyntaxRow("treaty -(trade OR tariff*)", "not in documents with any of the alternatives"),
    SyntaxRow(
        "treaty path:2024/*.md", "only in files with a matching path; repeat it to allow more"
    ),
    SyntaxRow(
        "treaty -path:drafts/*", "not in files whose path matches; also -title:, -type: and so on"
    ),
    SyntaxRow('title:"annual report"', "only in documents whose title has these words in a row"),
    SyntaxRow(
        "treaty type:pdf",
        "only in files of this type; also type:word, type:mail, type:text/markdown",
    ),
    SyntaxRow(
        'treaty author:"Ida Brandt"', "only in documents with these words in the author's name"
    ),
    SyntaxRow("treaty ext:md", "only in files whose names end in `.md`"),
    SyntaxRow("treaty after:2024-06", "only in files modified then or later; also a year or a day"),
    SyntaxRow("treaty before:2024-06-01", "only in files modified earlier"),
)
