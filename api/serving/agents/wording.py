"""Places and verdicts in words."""

from api.contract.documents import LineRange
from api.contract.quotations import Verdict
from api.contract.sources import Source
from api.documents.sources.place_names import place_words
from api.ranking.verdict import Answers

__all__ = ["CHECKED", "FOUND", "HIT", "where"]

FOUND = {
    Answers.YES: "The documents seem to answer this.",
    Answers.MAYBE: "The documents may answer this; read the quotations with care.",
    Answers.NO: "The documents do not seem to answer this.",
    None: "This was a query of filters alone, so nothing says how well they answer.",
}
HIT = {
    Answers.YES: "seems to answer",
    Answers.MAYBE: "may answer",
    Answers.NO: "does not seem to answer",
    None: "not judged",
}
CHECKED = {
    Verdict.EXACT: "The file says exactly this",
    Verdict.MOVED: "The file says exactly this, but in another place",
    Verdict.SIMILAR: "A file says something like this, with the differences listed",
    Verdict.CHANGED: "The file exists, but does not say this now",
    Verdict.GONE: "No file says this now",
}


def where(lines: LineRange, source: Source | None) -> str:
    """Return a place in words: what the file calls it, such as `page 2`, or else its lines."""
    first, last = lines.start, lines.end
    named = place_words(source)
    return named or (f"line {first}" if first == last else f"lines {first}–{last}")
