"""A mail or an mbox file -> its text: subjects as headings, the lines of the header, the letter.

Of alternatives the plain one is read, and HTML only if there is no plain one. A mail that another
one encloses follows it under a heading of its own. Attached files are named; their content is not
part of the mail's text.
"""

import re
from collections.abc import Iterable
from contextlib import nullcontext
from email.utils import parsedate_to_datetime

from indexer.documents import SkipReason
from indexer.reading.encodings.decoding import Decoded, decode
from indexer.reading.extraction.builder import TextBuilder
from indexer.reading.extraction.html.reader import add_markup
from indexer.reading.extraction.mail.header import Field, decode_words, plain_value, runs_of
from indexer.reading.extraction.mail.kinds import (
    attached_parts,
    best_alternative,
    enclosed_mails,
    is_encrypted,
    is_shown,
)
from indexer.reading.extraction.mail.mbox import is_mbox, messages_of
from indexer.reading.extraction.mail.structure import Bounds, Part, read_structure
from indexer.reading.extraction.mail.transfer import PartText, lines_of, text_of
from indexer.reading.extraction.pieces import (
    Extraction,
    Limits,
    MarkKind,
    Metadata,
    NotExtracted,
    PieceKind,
    Place,
)
from indexer.spans import Span

__all__ = ["read_mail", "read_mbox"]

# The lines of a header that a person reads, in the order of a letter.
_SHOWN = ("from", "to", "cc", "date")
# A list of this many bytes names the members of a group, and says nothing about the letter.
_LONG_FIELD_BYTES = 300
_LONGEST_DATE = 100
_CUT = "it encloses more than is read"
_ADDRESS = re.compile(r"\s*+<[^<>]*+>\s*+\Z")


def read_mail(path: str, content: bytes, limits: Limits) -> Extraction:
    """Return the text of one mail. Raises NotExtracted if it has none."""
    builder = TextBuilder(limits)
    mail = read_structure(content, 0, len(content), _bounds(limits))
    _Writer(builder, content).message(mail, level=1)
    return builder.finish(_metadata(content, mail))


def read_mbox(path: str, content: bytes, limits: Limits) -> Extraction:
    """Return the text of all messages of an mbox file, each under its subject."""
    if not is_mbox(content):
        raise NotExtracted(SkipReason.DAMAGED, "it does not begin as an mbox file does")
    builder = TextBuilder(limits)
    writer = _Writer(builder, content)
    for number, message in enumerate(messages_of(content), start=1):
        mail = read_structure(content, message.start, message.end, _bounds(limits))
        # The title is the name of the file, so no subject is a heading of level 1.
        writer.message(mail, level=2, number=number)
    return builder.finish()


def _bounds(limits: Limits) -> Bounds:
    return Bounds(header_bytes=limits.header, parts=limits.members)


def _metadata(content: bytes, mail: Part) -> Metadata:
    header = mail.header
    return Metadata(
        title=plain_value(content, header.value("subject")) or None,
        author=_author(plain_value(content, header.value("from"))) or None,
        published=_date(plain_value(content, header.value("date"))),
    )


def _author(sender: str) -> str:
    """Return the name of the sender, or the address of a sender without a name."""
    name = _ADDRESS.sub("", sender).strip().strip('"').strip()
    return name or sender.strip(" <>")


def _date(value: str) -> str | None:
    try:
        return parsedate_to_datetime(value[:_LONGEST_DATE]).isoformat(timespec="seconds")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _encoding_of(header: bytes) -> str:
    """Return the encoding of a header. It should be ASCII, but is often some other one."""
    try:
        header.decode("utf-8")
    except UnicodeDecodeError:
        found = decode(header)
        return found.encoding if isinstance(found, Decoded) else "latin-1"
    return "utf-8"


class _Writer:
    """Writes the text of mails with a builder."""

    def __init__(self, builder: TextBuilder, content: bytes) -> None:
        self._builder = builder
        self._content = content
        self._encoding = "utf-8"  # of the header that is being written
        self._box = ""  # before the numbers of parts, in an mbox file

    def message(self, mail: Part, *, level: int, number: int = 0) -> None:
        """Write one mail, its subject as a heading of this level. `number` is that in an mbox."""
        self._box = f"{number}/" if number else ""
        self._builder.mark(MarkKind.MESSAGE, str(number or 1))
        self._mail(mail, level)

    def _mail(self, mail: Part, level: int) -> None:
        builder = self._builder
        self._enter_header(mail)
        fields = mail.header.fields
        builder.line_break(2)
        if subject := fields.get("subject"):
            builder.heading(level)
            self._value(subject.value, mail)
            builder.end_heading()
        header_start = builder.length
        for name in _SHOWN:
            if field := fields.get(name):
                self._line(field, mail)
        header_end = builder.length
        builder.line_break(2)
        self._body(mail, level)
        if builder.length > header_end:
            # They are data beside a letter: found by their words, but never its best sentence.
            builder.mark_repeated(header_start, header_end)
        builder.line_break(2)
        for part in attached_parts(mail):
            assert part.file_name is not None
            if part.file_name.place is not None:
                self._enter_header(part)
                self._value(part.file_name.place, part)
                builder.line_break()
        for part in enclosed_mails(mail):
            if part.cut:
                self._warn(part, _CUT)
            for inner in part.parts:
                self._mail(inner, level + 1)

    def _enter_header(self, part: Part) -> None:
        header = part.header
        source = self._content[header.start : header.body]
        name = f"{self._box}{part.number}.HEADER" if part.number else f"{self._box}HEADER"
        place = Place(name=name, encoding=_encoding_of(source), start=header.start, end=header.body)
        self._encoding = place.encoding
        self._builder.place(place, source)

    def _line(self, field: Field, part: Part) -> None:
        """Write a field with its name, in a line of its own."""
        builder = self._builder
        is_long = len(field.value) > _LONG_FIELD_BYTES
        with builder.repeated() if is_long else nullcontext():
            start = part.header.start
            builder.line_break()
            label = self._content[field.label.start : field.label.end].decode("ascii")
            builder.add(
                PieceKind.VERBATIM, label, field.label.start - start, field.label.end - start
            )
            builder.blank()
            self._value(field.value, part)
        builder.line_break()

    def _value(self, value: Span, part: Part) -> None:
        """Write the words of a field."""
        builder, content = self._builder, self._content
        start = part.header.start
        for run in runs_of(content, value):
            if run.after_blank:
                builder.blank()
            source = content[run.start : run.end]
            words = decode_words(source) if run.encoded else None
            kind = PieceKind.VERBATIM if words is None else PieceKind.ENCODED_WORD
            text = source.decode(self._encoding) if words is None else words
            builder.add(kind, text, run.start - start, run.end - start)

    def _body(self, part: Part, level: int) -> None:
        if part.is_mail:
            return
        if part.cut:
            self._warn(part, _CUT)
        if is_encrypted(part):
            self._warn(part, "it is encrypted")
        elif part.parts:
            for inner in self._shown_parts(part):
                self._body(inner, level)
                self._builder.line_break(2)
        elif is_shown(part):
            if part.media_type == "text/html":
                self._html(part, level)
            else:
                self._text(part)

    def _shown_parts(self, part: Part) -> Iterable[Part]:
        if part.media_type == "multipart/alternative":
            return best_alternative(self._content, part.parts)
        if part.media_type in {"multipart/related", "multipart/signed"}:
            return part.parts[:1]
        return part.parts

    def _text(self, part: Part) -> None:
        builder = self._builder
        found = self._decoded(part, by_line=True)
        if found is None:
            return
        lines = lines_of(found)
        if lines is None:
            self._warn(part, f"its lines are not text in its charset {part.charset!r}")
            return
        builder.place(found.place, found.source)
        goes_on = False
        for line in lines:
            if line.text:
                builder.add(found.kind, line.text, line.start, line.end)
            elif not goes_on:
                builder.line_break(2)
            goes_on = line.goes_on
            if line.blank_after:
                builder.blank()
            if not goes_on:
                builder.line_break()

    def _html(self, part: Part, level: int) -> None:
        builder = self._builder
        found = self._decoded(part, by_line=False)
        if found is not None:
            builder.place(found.place, found.source)
            with builder.below(level):
                add_markup(builder, found.source, found.place.encoding, first=found.charset.start)

    def _decoded(self, part: Part, *, by_line: bool) -> PartText | None:
        found = text_of(self._content, part, self._box + part.number, by_line=by_line)
        if found is None:
            self._warn(part, f"it is not text in its charset {part.charset!r} or any other")
        elif found.charset.warning:
            self._warn(part, found.charset.warning)
        return found

    def _warn(self, part: Part, warning: str) -> None:
        message = f"message {self._box[:-1]}, " if self._box else ""
        number = f"part {part.number}" if part.number else "the mail"
        self._builder.warn(f"{message}{number}: {warning}")
