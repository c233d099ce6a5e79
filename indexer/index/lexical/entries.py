"""The passages of a document -> what each field of the lexical index gets of them.

text         stems of the passage's own text
repeated     stems of the sentences and lines in it that its document or its folder repeats
words        every word of the passage, unstemmed, with positions: for phrases, prefixes and typos
identifiers  every identifier of the passage, whole
title        stems of the title of its document
heading      stems of the headings above it
name         stems of the names of its file and of the folders around it
borders      the words at the border to the next passage, so that a phrase that crosses it is found
"""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import PurePosixPath
from typing import NamedTuple

import regex

from indexer.index.analysis.analyzer import Analyzer
from indexer.index.lexical.borders import border_terms
from indexer.index.records import StoredDocument, StoredPassage

__all__ = ["Context", "LexicalEntry", "document_entries", "lexical_entry", "name_text"]

BETWEEN_WORDS = regex.compile(r"[\W_]+")
# Where a word of a name has another part: budgetPlan, HTTPServer, q3.
BETWEEN_PARTS = regex.compile(
    r"(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})"
)


class LexicalEntry(NamedTuple):
    """The content of the fields of a passage. An empty field is left out."""

    text: str = ""
    repeated: str = ""
    words: str = ""
    identifiers: str = ""
    title: str = ""
    heading: str = ""
    name: str = ""
    borders: tuple[str, ...] = ()


class Context(NamedTuple):
    """What finds a passage besides its text."""

    title: str = ""
    heading: str = ""
    name: str = ""


def lexical_entry(
    text: str, *, own: str | None = None, repeated: str = "", context: Context | None = None
) -> LexicalEntry:
    """Return the entry of a passage. `own` is its text without what is repeated, if anything is.

    Only its words find a passage that consists of repeated text, not its title or its name.
    """
    form = Analyzer.index_form
    words = form(text)
    entry = LexicalEntry(
        text=words if own is None else form(own).strip(),
        repeated=form(repeated),
        words=words,
        identifiers=Analyzer.identifier_form(text),
    )
    if context is None or not entry.text:
        return entry
    return entry._replace(
        title=form(context.title), heading=form(context.heading), name=form(context.name)
    )


def document_entries(
    document: StoredDocument, passages: Sequence[StoredPassage], analyzer: Analyzer
) -> Iterator[LexicalEntry]:
    """Yield the entry of each passage of the document. They are all its passages, in order."""
    text = "".join([passage.piece for passage in passages])
    name = name_text(document.path)
    borders = [passage.piece_start for passage in passages[1:]]
    for passage, border in zip_longest(passages, borders):
        own, repeated = None, ""
        if spans := passage.repeated:
            own, repeated = passage.content, "\n".join([span.of(text) for span in spans])
        # Blanks around the passage make no difference, and a shared string is pickled once.
        entry = lexical_entry(
            passage.piece,
            own=own,
            repeated=repeated,
            context=Context(document.searched_title, passage.heading, name),
        )
        if border is not None:
            entry = entry._replace(borders=border_terms(text, border, analyzer))
        yield entry


def name_text(path: str) -> str:
    """Return the words of a path: folders and the file without its suffix, then parts of them."""
    words = BETWEEN_WORDS.split(str(PurePosixPath(path).with_suffix("")))
    parts = [parted for word in words if (parted := BETWEEN_PARTS.sub(" ", word)) != word]
    return " ".join([*words, *parts])
