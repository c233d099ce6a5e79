"""Find the records of a document: runs of text that no passage is cut inside without need. Pure.

A record is a row of a table, an object of a JSON Lines file, an item of a list with the lines that
continue it, a dated line of a log with its stack trace, a turn of a speaker, a subtitle, or a block
of fenced code. `sentences` finds items and dated lines together with the ends of paragraphs; the
others are found here. All of it is linear in the length of the text.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, islice
from typing import NamedTuple

from indexer.documents import Document
from indexer.spans import Span
from indexer.splitting.graphemes import next_content
from indexer.splitting.tables import TABULAR, Table

__all__ = ["CODE", "MOST_PLACES", "NESTED", "Records", "records_of"]

# In these types every line that is indented little begins a record.
NESTED = frozenset(["application/json", "application/xml", "application/yaml"])
# Blank lines are the only structure that is known of these types. A stop before a capital is part
# of a name in them.
CODE = frozenset(
    [
        *["application/sql", "application/toml", "application/x-sh", "image/svg+xml", "text/css"],
        *["text/javascript", "text/x-c", "text/x-c++", "text/x-csharp", "text/x-diff"],
        *["text/x-go", "text/x-haskell", "text/x-ini", "text/x-java", "text/x-kotlin"],
        *["text/x-lua", "text/x-perl", "text/x-php", "text/x-python", "text/x-r", "text/x-ruby"],
        *["text/x-rust", "text/x-scala", "text/x-swift", "text/x-typescript"],
    ]
)

# A file that consists of records must not fill the memory. More text is cut as if it had none.
MOST_PLACES = 1_000_000
MOST_WHOLES = 100_000

ROW_END = re.compile(r"[\r\n]\s*+")
# A quotation mark that is never closed must not make one row of the rest of a file.
LONGEST_ROW = 10_000

# A line that does not close what an earlier one has opened.
NESTED_LINE = re.compile(r"(?:\A|\n)(?P<indentation>[ \t]*+)(?=[^\s\]})])(?!</)")
# Of the indentations of a file, the smallest with records of about this length is chosen.
RECORD_CHARS = 600

FENCE = re.compile(r"\n[ \t>]*+(?P<marks>`{3,}+(?=[^`\n]*+(?:\n|\Z))|~{3,}+)")
CLOSING_FENCE = re.compile(r"\n[ \t>]*+(?P<marks>`{3,}+|~{3,}+)[ \t]*+\r?(?=\n|\Z)")

# `ANNA: `, `Dr. Anna Berg (00:12): `, `[12:01] <ann> `
TIME = r"\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?(?: ?[AaPp][Mm])?"
NAME = r"[^\W\d_a-z][\w.'’-]{0,30}+(?: [^\W_a-z][\w.'’-]{0,30}+){0,3}+"
TURN = re.compile(
    rf"\n[ \t]*+(?:[\[(]?{TIME}[\])]?[ \t]*+)?(?:\*\*)?"
    rf"(?P<speaker><[\w.-]{{1,30}}+>|{NAME})(?:\*\*)?"
    rf"(?:(?<=>)|[ \t]*+(?:[\[(]{TIME}[\])])?(?:\*\*)?:(?:\*\*)?)(?=\s)"
)
# Fewer lines look like turns by chance: `Note: …`.
FEWEST_TURNS = 3
LEAST_SHARE_OF_LINES = 0.125
LINE = re.compile(r"\n[^\S\n]*+\S")
# A subtitle whose times are below its number.
CUE = re.compile(
    r"\n[ \t]*+(?P<cue>\d{1,9}[ \t]*+\r?\n[\d:.,]{5,13} *-->[^\n]*+(?:\n[^\S\n]*+\S[^\n]*+)*+)"
)
# A line of a log.
DATED = re.compile(r"\n[ \t]*+\[?\d{1,4}[-:/.]\d\d?[-:/.]\d")


class Records(NamedTuple):
    """Where records start, and runs of text that are one record, in order.

    `are_all` tells that the document consists of records, so blank lines are inside them.
    """

    starts: frozenset[int] = frozenset()
    wholes: tuple[Span, ...] = ()
    are_all: bool = False

    def are_around(self, at: int) -> bool:
        """Return whether one of the runs begins before this position and ends after it."""
        place = bisect_left(self.wholes, at, key=_start) if self.wholes else 0
        return place > 0 and at < self.wholes[place - 1].end


def _start(span: Span) -> int:
    return span.start


def records_of(document: Document, tables: Sequence[Table]) -> Records:
    """Return the records of the document, without those that begin with the mark of an item."""
    text, media_type = document.text, document.text_type
    if media_type in TABULAR:
        return Records(_contents(text, _rows(text)), are_all=True)
    if media_type in NESTED:
        return Records(_contents(text, _nested_lines(text)), are_all=True)
    if media_type in CODE:
        return Records()
    # A line feed before the first line lets expressions begin with one, which is fast.
    lines = "\n" + text
    fences = _fences(lines) if "```" in text or "~~~" in text else []
    cues = islice(CUE.finditer(lines), MOST_WHOLES) if "-->" in text else ()
    wholes = [
        *fences,
        *(table.head for table in tables),
        *(Span(cue.start("cue") - 1, cue.end() - 1) for cue in cues),
    ]
    starts = [
        *(whole.start for whole in wholes),
        *(row for table in tables for row in table.rows),
        *_turns(lines),
    ]
    return Records(_contents(text, starts), _apart(wholes))


def _contents(text: str, starts: Iterable[int]) -> frozenset[int]:
    return frozenset([next_content(text, start) for start in islice(starts, MOST_PLACES)])


def _apart(wholes: list[Span]) -> tuple[Span, ...]:
    """Return the spans in order, without those that begin inside an earlier one."""
    wholes.sort()
    ends = accumulate([whole.end for whole in wholes], max, initial=0)
    return tuple([whole for whole, end in zip(wholes, ends, strict=False) if whole.start >= end])


def _rows(text: str) -> Iterator[int]:
    """Yield where the rows after the first one start. A quoted cell may contain line ends."""
    row_start, line_start, quotes = 0, 0, 0
    for line_end in ROW_END.finditer(text):
        quotes += text.count('"', line_start, line_end.start())
        line_start = line_end.end()
        if quotes % 2 == 0 or line_start - row_start > LONGEST_ROW:
            row_start, quotes = line_start, 0
            yield row_start


def _nested_lines(text: str) -> list[int]:
    """Return the starts of the lines that are indented little enough to begin a record."""
    lines = [(len(line["indentation"]), line.end()) for line in NESTED_LINE.finditer(text)]
    counts = sorted(Counter(indentation for indentation, _ in lines).items())
    enough = len(text) / RECORD_CHARS
    totals = accumulate(count for _, count in counts)
    widest = next(
        (width for (width, _), total in zip(counts, totals, strict=True) if total >= enough),
        counts[-1][0] if counts else 0,
    )
    return [start for indentation, start in lines if indentation <= widest]


def _fences(lines: str) -> list[Span]:
    """Return the blocks of fenced code, from the opening fence to the end of the closing one.

    `lines` is the text with one line feed more before it.
    """
    fences: list[Span] = []
    position = 0
    while len(fences) < MOST_WHOLES and (opening := FENCE.search(lines, position)):
        marks = opening["marks"]
        closings = CLOSING_FENCE.finditer(lines, opening.end())
        position = next((each.end() for each in closings if each["marks"].startswith(marks)), 0)
        if not position:
            break
        fences.append(Span(opening.start("marks") - 1, position - 1))
    return fences


def _turns(lines: str) -> list[int]:
    """Return where the turns of speakers start, if the text is a conversation.

    `lines` is the text with one line feed more before it. The names of errors in the stack traces
    of a log are not speakers.
    """
    turns = list(islice(TURN.finditer(lines), MOST_WHOLES))
    speakers = Counter(turn["speaker"] for turn in turns)
    if len(turns) < FEWEST_TURNS or len(speakers) == len(turns):
        return []
    if len(turns) < LEAST_SHARE_OF_LINES * sum(1 for _ in LINE.finditer(lines)):
        return []
    starts = [turn.start() for turn in turns]
    entries = {entry.start() for entry in DATED.finditer(lines)}
    return [] if len(entries.difference(starts)) >= len(starts) else starts
