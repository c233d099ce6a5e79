"""Judged sets: queries, and the documents or spans that answer them.

There are two layouts. BEIR: `corpus.jsonl`, `queries.jsonl`, `qrels/<split>.tsv`. Spans: `corpora/`
with the files, and `questions.jsonl` with references in code points of the decoded files.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from indexer.errors import UsageError
from indexer.spans import Span

__all__ = [
    "DocumentSet",
    "InvalidJudgements",
    "JudgedSet",
    "Query",
    "Question",
    "SpanSet",
    "open_judged_set",
    "take_queries",
    "write_documents",
]

T = TypeVar("T")

QREL_COLUMNS = ("query-id", "corpus-id", "score")
BYTE_ORDER_MARK = "\ufeff"
# File names have at most 255 bytes. The rest is for a suffix and a hash.
LONGEST_STEM = 200


class InvalidJudgements(UsageError):
    """A judged set cannot be scored; the message names the file, the line and the reason."""

    code = "invalid_judgements"


@dataclass(frozen=True, slots=True)
class Query:
    """A query whose answers are judged by document."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A query whose answers are spans of one file."""

    id: str
    text: str
    path: str
    references: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class DocumentSet:
    """Queries with graded documents. `queries` are only the judged ones, in the file's order.

    `judgements` maps a query's id to the grades of documents; 0 means judged as not relevant.
    """

    name: str
    folder: Path
    queries: tuple[Query, ...]
    judgements: Mapping[str, Mapping[str, int]]
    document_count: int

    @property
    def asked(self) -> tuple[Query, ...]:
        """All queries, without their judgements."""
        return self.queries

    @property
    def query_count(self) -> int:
        return len(self.queries)


@dataclass(frozen=True, slots=True)
class SpanSet:
    """Questions with the spans that answer them; paths are relative to `corpora`."""

    name: str
    folder: Path
    questions: tuple[Question, ...]

    @property
    def corpora(self) -> Path:
        return self.folder / "corpora"

    @property
    def asked(self) -> tuple[Query, ...]:
        """All questions, without their judgements."""
        return tuple(Query(question.id, question.text) for question in self.questions)

    @property
    def query_count(self) -> int:
        return len(self.questions)


JudgedSet = DocumentSet | SpanSet


def open_judged_set(folder: Path, *, split: str = "test") -> JudgedSet:
    """Return the judged set in the folder, in either layout. Raises InvalidJudgements."""
    folder = folder.resolve()
    if not folder.is_dir():
        raise InvalidJudgements(f"{folder} is not a folder")
    if (folder / "corpus.jsonl").is_file():
        return _open_document_set(folder, split)
    if (folder / "corpora").is_dir() and (folder / "questions.jsonl").is_file():
        return _open_span_set(folder)
    raise InvalidJudgements(
        f"{folder} is not a judged set: it has neither corpus.jsonl with queries.jsonl and qrels/ "
        "nor corpora/ with questions.jsonl"
    )


def take_queries(judged: JudgedSet, count: int) -> JudgedSet:
    """Return the set with at most `count` queries, spread evenly over the whole set.

    Neighbouring queries are often about the same document.
    """
    if isinstance(judged, SpanSet):
        return replace(judged, questions=_evenly(judged.questions, count))
    queries = _evenly(judged.queries, count)
    judgements = {query.id: judged.judgements[query.id] for query in queries}
    return replace(judged, queries=queries, judgements=judgements)


def write_documents(documents: DocumentSet, folder: Path) -> dict[str, str]:
    """Write one text file for each document to the folder, and return each file's document id.

    A file contains the title, a blank line and the text. Files with this content are left alone, so
    that an index of the folder stays up to date. All other files are removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ids: dict[str, str] = {}
    for where, record in _read_jsonl(documents.folder / "corpus.jsonl"):
        document_id = _text_field(record, "_id", where)
        path = _file_name(document_id)
        ids[path] = document_id
        _write_if_different(folder / path, _document_bytes(record))
    for left_over in set(folder.iterdir()) - {folder / path for path in ids}:
        left_over.unlink()
    return ids


def _open_document_set(folder: Path, split: str) -> DocumentSet:
    document_ids = _read_ids(folder / "corpus.jsonl")
    texts = _read_queries(folder / "queries.jsonl")
    qrels = folder / "qrels" / f"{split}.tsv"
    judgements = _read_qrels(qrels, queries=texts.keys(), documents=document_ids)
    queries = tuple(Query(id, text) for id, text in texts.items() if id in judgements)
    if not any(grade > 0 for grades in judgements.values() for grade in grades.values()):
        raise InvalidJudgements(f"{qrels} judges no query: it has no row with a score above 0")
    return DocumentSet(folder.name, folder, queries, judgements, len(document_ids))


def _read_ids(path: Path) -> set[str]:
    ids: set[str] = set()
    for where, record in _read_jsonl(path):
        id = _text_field(record, "_id", where)
        if id in ids:
            raise InvalidJudgements(f"{where}: the id {id!r} occurs twice")
        ids.add(id)
    return ids


def _read_queries(path: Path) -> dict[str, str]:
    texts: dict[str, str] = {}
    for where, record in _read_jsonl(path):
        id = _text_field(record, "_id", where)
        if id in texts:
            raise InvalidJudgements(f"{where}: the id {id!r} occurs twice")
        texts[id] = _text_field(record, "text", where)
    return texts


def _read_qrels(
    path: Path, *, queries: Collection[str], documents: Collection[str]
) -> dict[str, dict[str, int]]:
    judgements: dict[str, dict[str, int]] = {}
    for number, line in enumerate(_read_lines(path), start=1):
        columns = line.rstrip("\n").split("\t")
        where = f"{path} line {number}"
        if len(columns) != len(QREL_COLUMNS):
            raise InvalidJudgements(
                f"{where}: expected {len(QREL_COLUMNS)} columns separated by tabs "
                f"({', '.join(QREL_COLUMNS)}), found {len(columns)}"
            )
        if number == 1 and not _is_integer(columns[2]):
            _check_names(columns, where)
            continue
        query, document, score = columns
        if not _is_integer(score):
            raise InvalidJudgements(f"{where}: the score {score!r} is not a whole number")
        if query not in queries:
            raise InvalidJudgements(f"{where}: no query has the id {query!r}")
        if document not in documents:
            raise InvalidJudgements(f"{where}: no document has the id {document!r}")
        judgements.setdefault(query, {})[document] = int(score)
    return judgements


def _check_names(columns: Sequence[str], where: str) -> None:
    """Raise InvalidJudgements if the header names the columns in another order."""
    if sorted(columns) == sorted(QREL_COLUMNS) and tuple(columns) != QREL_COLUMNS:
        raise InvalidJudgements(
            f"{where}: the columns are {', '.join(columns)}; expected {', '.join(QREL_COLUMNS)}"
        )


def _open_span_set(folder: Path) -> SpanSet:
    texts: dict[str, str] = {}
    questions: dict[str, Question] = {}
    for where, record in _read_jsonl(folder / "questions.jsonl"):
        id = str(record.get("id", len(questions) + 1))
        if id in questions:
            raise InvalidJudgements(f"{where}: the id {id!r} occurs twice")
        path = _text_field(record, "file", where)
        if path not in texts:
            texts[path] = _read_corpus_file(folder / "corpora", path, where)
        references = _references(record, texts[path], where)
        if texts[path].startswith(BYTE_ORDER_MARK):
            references = tuple(_without_mark(reference) for reference in references)
        questions[id] = Question(id, _text_field(record, "question", where), path, references)
    if not questions:
        raise InvalidJudgements(f"{folder / 'questions.jsonl'} judges no query: it is empty")
    return SpanSet(folder.name, folder, tuple(questions.values()))


def _read_corpus_file(corpora: Path, path: str, where: str) -> str:
    try:
        return (corpora / path).read_bytes().decode()
    except FileNotFoundError:
        raise InvalidJudgements(f"{where}: {corpora} has no file {path!r}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidJudgements(f"{where}: {path!r} cannot be read: {error}") from error


def _references(record: dict[str, Any], text: str, where: str) -> tuple[Span, ...]:
    references = record.get("references")
    if not isinstance(references, list) or not references:
        raise InvalidJudgements(f"{where}: 'references' must be a list of at least one span")
    return tuple(_reference(reference, text, where) for reference in references)


def _reference(reference: Any, text: str, where: str) -> Span:
    try:
        span = Span(int(reference["start"]), int(reference["end"]))
    except (KeyError, TypeError, ValueError):
        raise InvalidJudgements(
            f"{where}: a reference needs 'start' and 'end' in code points, not {reference!r}"
        ) from None
    if not len(span) or span.end > len(text):
        raise InvalidJudgements(
            f"{where}: the reference [{span.start}, {span.end}) is empty or ends after the file, "
            f"which has {len(text)} code points"
        )
    if reference.get("text", span.of(text)) != span.of(text):
        raise InvalidJudgements(
            f"{where}: the text of the reference [{span.start}, {span.end}) differs from the file's"
        )
    return span


def _without_mark(reference: Span) -> Span:
    """Return the reference as the index counts, which leaves out the byte order mark."""
    return Span(max(reference.start - 1, 0), reference.end - 1)


def _read_jsonl(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each record of the file, with its file and line number in words."""
    for number, line in enumerate(_read_lines(path), start=1):
        if not line.strip():
            continue
        where = f"{path} line {number}"
        try:
            record = json.loads(line)
        except ValueError as error:
            raise InvalidJudgements(f"{where} is not JSON: {error}") from error
        if not isinstance(record, dict):
            raise InvalidJudgements(f"{where}: expected an object, found {line.strip()[:40]!r}")
        yield where, record


def _read_lines(path: Path) -> Iterator[str]:
    try:
        # Only LF ends a line, because texts may contain other line ends.
        with path.open(encoding="utf-8", newline="\n") as lines:
            yield from lines
    except FileNotFoundError:
        raise InvalidJudgements(f"{path} is missing") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidJudgements(f"{path} cannot be read: {error}") from error


def _text_field(record: dict[str, Any], field: str, where: str) -> str:
    value = record.get(field)
    if not isinstance(value, str):
        raise InvalidJudgements(f"{where}: the field {field!r} is missing or is not text")
    return value


def _evenly(items: Sequence[T], count: int) -> tuple[T, ...]:
    if count >= len(items):
        return tuple(items)
    return tuple(items[number * len(items) // count] for number in range(count))


def _is_integer(text: str) -> bool:
    try:
        int(text)
    except ValueError:
        return False
    return True


def _document_bytes(record: dict[str, Any]) -> bytes:
    # The index recognises a title only as a single line.
    title = " ".join(str(record.get("title") or "").split())
    text = str(record.get("text") or "")
    # JSON can contain half a surrogate pair, which cannot be encoded.
    return (f"{title}\n\n{text}" if title else text).encode(errors="replace")


def _file_name(document_id: str) -> str:
    """Return a file name that is unique for the id, safe on every file system and not hidden."""
    stem = quote(document_id, safe=" ()+,=@")
    if len(stem) > LONGEST_STEM:
        digest = hashlib.sha256(document_id.encode()).hexdigest()[:16]
        stem = f"{stem[:LONGEST_STEM]}-{digest}"
    if stem.startswith("."):
        stem = f"%2E{stem[1:]}"
    return f"{stem}.txt"


def _write_if_different(path: Path, content: bytes) -> None:
    try:
        if path.read_bytes() == content:
            return
    except FileNotFoundError:
        pass
    path.write_bytes(content)
