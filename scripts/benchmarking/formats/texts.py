"""Texts of a few paragraphs: the files of a judged set, cut into parts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from api.command.evaluation.judged_set import SpanSet, open_judged_set
from indexer.errors import UsageError
from indexer.spans import Span

__all__ = ["Asked", "Text", "asked_of", "texts_of"]

_BREAK = re.compile(r"\n\s*\n")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
# Words of a sentence that is looked for. A shorter one may be in several texts.
SENTENCE_WORDS = range(9, 40)


class Text(NamedTuple):
    """A text: `span` is where it is in the file of the set. `id` begins the name of its file."""

    id: str
    title: str
    paragraphs: tuple[str, ...]
    path: str
    span: Span

    def sentence(self) -> str:
        """Return the longest of its usual sentences, without quotation marks; or nothing."""
        sentences = [each for part in self.paragraphs for each in _SENTENCE.split(part)]
        usual = [
            each
            for each in sentences
            if len(each.split()) in SENTENCE_WORDS and not re.search('["“”„«»]', each)
        ]
        return max(usual, key=len, default="")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the text that answers it."""

    question: str
    text: Text


def texts_of(judged: Path, count: int) -> list[Text]:
    """Return so many texts, spread over the files of a set in span layout."""
    found = _span_set(judged)
    contents = {
        path: (found.corpora / path).read_bytes().decode()
        for path in sorted({question.path for question in found.questions})
    }
    paragraphs = {path: [*_paragraphs(content)] for path, content in contents.items()}
    longest = max(map(len, paragraphs.values()), default=0)
    # As many paragraphs in each text as there may be for so many texts.
    for size in range(longest, 0, -1):
        parts = [(path, part) for path, spans in paragraphs.items() for part in _cut(spans, size)]
        if len(parts) >= count:
            chosen = [parts[number * len(parts) // count] for number in range(count)]
            return [
                _text(number, path, spans, contents[path])
                for number, (path, spans) in enumerate(chosen)
            ]
    raise UsageError(f"{judged} has fewer than {count} paragraphs")


def asked_of(judged: Path, texts: Sequence[Text], count: int) -> list[Asked]:
    """Return so many questions that the texts answer, spread evenly over all of them."""
    asked = [
        Asked(question.text, text)
        for question in _span_set(judged).questions
        for text in texts
        if question.path == text.path
        and text.span.start <= question.references[0].start
        and question.references[0].end <= text.span.end
    ]
    count = min(count, len(asked))
    return [asked[number * len(asked) // count] for number in range(count)]


def _span_set(folder: Path) -> SpanSet:
    judged = open_judged_set(folder)
    if not isinstance(judged, SpanSet):
        raise UsageError(
            f"{folder} has no spans: a set with corpora/ and questions.jsonl is needed"
        )
    return judged


def _cut(spans: Sequence[Span], size: int) -> Iterator[Sequence[Span]]:
    """Yield the paragraphs in parts of at most this size that are as equal as possible."""
    parts = -(-len(spans) // size)
    for number in range(parts):
        yield spans[number * len(spans) // parts : (number + 1) * len(spans) // parts]


def _paragraphs(content: str) -> Iterator[Span]:
    start = 0
    for found in [*_BREAK.finditer(content), None]:
        end = found.start() if found else len(content)
        if content[start:end].strip():
            yield Span(start, end)
        start = found.end() if found else end


def _text(number: int, path: str, spans: Sequence[Span], content: str) -> Text:
    span = Span(spans[0].start, spans[-1].end)
    title = Path(path).stem.replace("_", " ").strip()
    lines = tuple([" ".join(each.of(content).split()) for each in spans])
    return Text(f"{number:03}", title, lines, path, span)
