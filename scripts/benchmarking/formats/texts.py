"""Texts of a few paragraphs: the files of a judged set, cut into parts, or its documents."""

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from api.command.evaluation.judged_set import (
    DocumentSet,
    JudgedSet,
    SpanSet,
    open_judged_set,
    write_documents,
)
from indexer.errors import UsageError
from indexer.spans import Span

__all__ = ["Asked", "Text", "asked_of", "texts_of"]

_BREAK = re.compile(r"\n\s*\n")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_NOT_IN_NAMES = re.compile(r"[^\w -]")
LONGEST_NAME = 60
# Words of a sentence that is looked for. A shorter one may be in several texts.
SENTENCE_WORDS = range(9, 40)


class Text(NamedTuple):
    """A text. `id` begins the name of its file.

    `path` is the file of the set, and `span` where the text is in it; or else the document's id.
    """

    id: str
    title: str
    paragraphs: tuple[str, ...]
    path: str
    span: Span = Span(0, 0)

    @property
    def name(self) -> str:
        """The name of its file without a suffix, as people give names."""
        return " ".join(f"{self.id} {_NOT_IN_NAMES.sub(' ', self.title)[:LONGEST_NAME]}".split())

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
    """A question and the ids of the texts that answer it."""

    question: str
    answers: frozenset[str]


def texts_of(judged: Path, count: int) -> list[Text]:
    """Return so many texts of a judged set, in either layout.

    The files of a set with spans are cut into parts, as equal as possible. Of a set of documents,
    those that answer its questions come first.
    """
    found = open_judged_set(judged)
    parts = _documents(found) if isinstance(found, DocumentSet) else _parts(found, count)
    if len(parts) < count:
        raise UsageError(f"{judged} has only {len(parts):,} texts, not {count:,}")
    return [part._replace(id=f"{number:03}") for number, part in enumerate(parts[:count])]


def asked_of(judged: Path, texts: Sequence[Text], count: int) -> list[Asked]:
    """Return so many questions that the texts answer, spread evenly over all of them."""
    asked = [each for each in _all_asked(open_judged_set(judged), texts) if each.answers]
    count = min(count, len(asked))
    return [asked[number * len(asked) // count] for number in range(count)]


def _all_asked(judged: JudgedSet, texts: Sequence[Text]) -> Iterator[Asked]:
    if isinstance(judged, DocumentSet):
        for query in judged.queries:
            grades = judged.judgements[query.id]
            answers = [text.id for text in texts if grades.get(text.path, 0) > 0]
            yield Asked(query.text, frozenset(answers))
        return
    for question in judged.questions:
        reference = question.references[0]
        answers = [
            text.id
            for text in texts
            if text.path == question.path
            and text.span.start <= reference.start
            and reference.end <= text.span.end
        ]
        yield Asked(question.text, frozenset(answers))


def _documents(judged: DocumentSet) -> list[Text]:
    """Return the documents of the set, those that answer a question first."""
    relevant = {
        document
        for grades in judged.judgements.values()
        for document, grade in grades.items()
        if grade > 0
    }
    with tempfile.TemporaryDirectory(prefix="spanlight-documents-") as place:
        ids = write_documents(judged, Path(place))
        texts = [_document(ids[path], Path(place, path).read_bytes()) for path in sorted(ids)]
    return sorted(texts, key=lambda text: text.path not in relevant)


def _document(document: str, written: bytes) -> Text:
    content = written.decode()
    paragraphs = tuple([" ".join(span.of(content).split()) for span in _paragraphs(content)])
    title = paragraphs[0] if len(paragraphs) > 1 else document.replace("_", " ")
    return Text("", title, paragraphs[len(paragraphs) > 1 :], document)


def _parts(judged: SpanSet, count: int) -> list[Text]:
    """Return so many parts of the files with as many paragraphs as there may be, or fewer parts."""
    contents = {
        path: (judged.corpora / path).read_bytes().decode()
        for path in sorted({question.path for question in judged.questions})
    }
    paragraphs = {path: [*_paragraphs(content)] for path, content in contents.items()}
    parts: list[tuple[str, Sequence[Span]]] = []
    for size in range(max(map(len, paragraphs.values())), 0, -1):
        parts = [(path, part) for path, spans in paragraphs.items() for part in _cut(spans, size)]
        if len(parts) >= count:
            parts = [parts[number * len(parts) // count] for number in range(count)]
            break
    return [_part(path, spans, contents[path]) for path, spans in parts]


def _part(path: str, spans: Sequence[Span], content: str) -> Text:
    lines = tuple([" ".join(each.of(content).split()) for each in spans])
    title = Path(path).stem.replace("_", " ").strip()
    return Text("", title, lines, path, Span(spans[0].start, spans[-1].end))


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
