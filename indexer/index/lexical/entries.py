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
from functools import lru_cache
from itertools import pairwise
from pathlib import PurePosixPath
from typing import NamedTuple

import regex

from indexer.index.analysis.analyzer import Analyzer, IndexForms
from indexer.index.lexical.borders import border_terms, border_terms_between
from indexer.index.records import StoredDocument, StoredPassage

__all__ = ["Context", "LexicalEntry", "document_entries", "lexical_entry", "name_text"]

BETWEEN_WORDS = regex.compile(r"[\W_]+")
# Where a word of a name has another part: budgetPlan, HTTPServer, q3.
BETWEEN_PARTS = regex.compile(
    r"(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})"
)
# Those of a document and of a few sections.
KNOWN_CONTEXTS = 8
NOTHING = IndexForms("", "")


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
    text: str, *, repeated: Sequence[int] = (), context: Context | None = None
) -> LexicalEntry:
    """Return the entry of a passage. `repeated` are the start and the end of each repeated span.

    Only its words find a passage that consists of repeated text, not its title or its name.
    """
    form = Analyzer.index_forms
    whole = own = form(text)
    again = NOTHING
    if repeated:
        parts = [text[start:end] for start, end in pairwise([0, *repeated, len(text)])]
        own, again = form("".join(parts[::2])), form("\n".join(parts[1::2]))
    found = context if context is not None and own.words else Context()
    return LexicalEntry(
        own.words,
        again.words,
        whole.words,
        whole.identifiers,
        _context_words(found.title),
        _context_words(found.heading),
        _context_words(found.name),
    )


@lru_cache(KNOWN_CONTEXTS)
def _context_words(text: str) -> str:
    return Analyzer.index_forms(text).words


def document_entries(
    document: StoredDocument, passages: Sequence[StoredPassage], analyzer: Analyzer
) -> Iterator[LexicalEntry]:
    """Yield the entry of each passage of the document. They are all its passages, in order."""
    title, name = document.searched_title, name_text(document.path)
    entries = [
        # Blanks around the passage make no difference, and a shared string is pickled once.
        lexical_entry(
            passage.piece,
            repeated=[edge - passage.piece_start for edge in passage.repeated_edges],
            context=Context(title, passage.heading, name),
        )
        for passage in passages
    ]
    text = "".join([passage.piece for passage in passages])
    for place, entry in enumerate(entries[:-1]):
        border = passages[place + 1].piece_start
        terms: tuple[str, ...] = ()
        if text[border - 1].isspace():
            terms = border_terms_between(entry.words, entries[place + 1].words, analyzer)
        yield entry._replace(borders=terms or border_terms(text, border, analyzer))
    yield from entries[-1:]


def name_text(path: str) -> str:
    """Return the words of a path: folders and the file without its suffix, then parts of them."""
    words = BETWEEN_WORDS.split(str(PurePosixPath(path).with_suffix("")))
    # Most words have one part only, which is seen at once.
    others = [word for word in words if not (word.isalpha() and word.islower())]
    parts = [parted for word in others if (parted := BETWEEN_PARTS.sub(" ", word)) != word]
    return " ".join([*words, *parts])
