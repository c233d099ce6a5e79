"""The elements of an XML member as calls, and each run of its text with its bytes.

Expat says at which byte each run begins. It reads no file, and entities are refused where they are
declared, so nothing is ever expanded.
"""

import codecs
import html
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple
from xml.parsers import expat

from indexer.documents import SkipReason
from indexer.reading.extraction.office.packages import Member
from indexer.reading.extraction.pieces import Limits, NotExtracted, PieceKind

__all__ = [
    "BLANK",
    "BREAK",
    "SKIPPED",
    "TAB",
    "Attributes",
    "Element",
    "Elsewhere",
    "Item",
    "Markup",
    "Run",
]

# The values by the expanded names. Use `Markup.attribute` to get one by its local name.
Attributes = Mapping[str, str]


class Run(NamedTuple):
    """A run of text, and its bytes in the member."""

    kind: PieceKind
    text: str
    start: int
    end: int


class Elsewhere(NamedTuple):
    """Says that the next runs are from another place, or from the paragraph's own again (None)."""

    place: int | None


# What a line consists of: runs, and the blanks, tabs and breaks between them.
Item = Run | Elsewhere | str
BLANK = " "
TAB = "\t"
BREAK = "\n"


class Element(NamedTuple):
    """What is called at the start and at the end of an element; `skipped`: with all inside it."""

    start: Callable[[Attributes], None] | None = None
    end: Callable[[], None] | None = None
    skipped: bool = False


SKIPPED = Element(skipped=True)

# Each may cost a microsecond.
_MOST_TAGS = 3_000_000
_XML_BLANKS = " \t\r\n"
_REFERENCE = re.compile(r"&(?:#\d+|#[xX][\da-fA-F]+|\w+);")
_LONGEST_REFERENCE = 32
_DECLARED = re.compile(rb"<\?xml[^>]{1,100}?encoding\s*=\s*[\"']([A-Za-z][\w.-]*)")
_SEPARATOR = " "
_TAG = re.compile(rb"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_ATTRIBUTE = re.compile(rb"(?<=\s)(?P<name>[^\s=]+)\s*=\s*([\"'])(?P<value>.*?)\2", re.DOTALL)


class Markup:
    """One member that is XML. `into` takes the runs of text; while it is None, text is ignored."""

    def __init__(self, member: Member, limits: Limits) -> None:
        self.into: list[Item] | None = None
        self.encoding = _encoding(member.content)
        self._name = member.name
        self._content = member.content
        self._deepest = limits.depth
        self._depth = 0
        self._skipped_depth = 0
        self._elements: Mapping[str, Element] = {}
        self._parser = expat.ParserCreate(namespace_separator=_SEPARATOR)

    def read(self, elements: Mapping[str, Element], namespaces: Mapping[str, str]) -> None:
        """Call what `elements` has by prefixed names; `namespaces` has the prefixes by addresses.

        Raises NotExtracted if this is not XML or too much of it.
        """
        if self._content.count(b"<") > _MOST_TAGS:
            raise NotExtracted(SkipReason.TOO_COSTLY, f"{self._name!r} has too many elements")
        self._elements = _expanded(elements, namespaces)
        parser = self._parser
        parser.buffer_text = False
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._entity
        try:
            parser.Parse(self._content, True)
        except (expat.ExpatError, LookupError, ValueError) as error:
            detail = f"{self._name!r} is not XML as it should be: {error}"
            raise NotExtracted(SkipReason.DAMAGED, detail) from None

    def attribute(self, attributes: Attributes, name: str) -> str | None:
        """Return the value of the attribute with this local name, in whichever namespace."""
        value = attributes.get(name)
        if value is None:
            ending = _SEPARATOR + name
            for each, found in attributes.items():
                if each.endswith(ending):
                    return found
        return value

    def tag(self, text: str) -> Run:
        """Return the start tag that is being read, as a run with the text that it means."""
        start = self._parser.CurrentByteIndex
        closing = ">".encode(self.encoding)
        return Run(
            PieceKind.ELEMENT, text, start, self._content.find(closing, start) + len(closing)
        )

    def value_run(self, name: str, value: str | None) -> Run | None:
        """Return the value of an attribute of the start tag that is being read, as a run."""
        if not value or value.isspace():
            return None
        start = self._parser.CurrentByteIndex
        tag = _TAG.match(self._content, start) if self.encoding == "utf-8" else None
        for attribute in _ATTRIBUTE.finditer(tag[0]) if tag else ():
            if attribute["name"].rpartition(b":")[2] == name.encode():
                first, end = attribute.span("value")
                source = attribute["value"].decode(self.encoding)
                for kind, text in (
                    (PieceKind.VERBATIM, source),
                    (PieceKind.REFERENCE, html.unescape(source)),
                ):
                    if text == value:
                        return Run(kind, text, start + first, start + end)
        return None

    def skip(self) -> None:
        """Leave out the element that starts, with all inside it. Its end is not called."""
        self._skipped_depth = 1
        self._parser.StartElementHandler = self._start_skipped
        self._parser.EndElementHandler = self._end_skipped
        self._parser.CharacterDataHandler = None

    def _start(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        if self._depth > self._deepest:
            detail = f"elements of {self._name!r} are nested more than {self._deepest} deep"
            raise NotExtracted(SkipReason.TOO_COSTLY, detail)
        element = self._elements.get(name)
        if element is None:
            return
        if element.skipped:
            self.skip()
        elif element.start is not None:
            element.start(attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        element = self._elements.get(name)
        if element is not None and element.end is not None:
            element.end()

    def _start_skipped(self, name: str, attributes: Attributes) -> None:
        self._skipped_depth += 1

    def _end_skipped(self, name: str) -> None:
        self._skipped_depth -= 1
        if not self._skipped_depth:
            self._depth -= 1
            self._parser.StartElementHandler = self._start
            self._parser.EndElementHandler = self._end
            self._parser.CharacterDataHandler = self._characters

    def _characters(self, data: str) -> None:
        into = self.into
        if into is None:
            return
        text = data.strip(_XML_BLANKS)
        if not text:
            into.append(BLANK)
            return
        start = self._parser.CurrentByteIndex
        source = data.encode(self.encoding)
        end = start + len(source)
        # The `&` in front of `amp;` is the text that is looked for, too.
        if data == "&" or self._content[start:end] != source:
            run = self._reference(data, start)
            if run is not None:
                into.append(run)
            return
        if len(text) == len(data):
            into.append(Run(PieceKind.VERBATIM, data, start, end))
            return
        before = len(data) - len(data.lstrip(_XML_BLANKS))
        if before:
            into.append(BLANK)
        start += len(data[:before].encode(self.encoding))
        end = start + len(text.encode(self.encoding))
        into.append(Run(PieceKind.VERBATIM, text, start, end))
        if before + len(text) < len(data):
            into.append(BLANK)

    def _reference(self, text: str, start: int) -> Run | None:
        """Return the run of a reference, or of a bare `&`; None for a control character."""
        source = self._content[start : start + 2 * _LONGEST_REFERENCE]
        found = _REFERENCE.match(source.decode(self.encoding, "ignore"))
        if found and html.unescape(found[0]) == text:
            end = start + len(found[0].encode(self.encoding))
            return Run(PieceKind.REFERENCE, text, start, end)
        end = start + len(text.encode(self.encoding))
        if self._content[start:end] == text.encode(self.encoding):
            return Run(PieceKind.VERBATIM, text, start, end)
        if found and not text.isprintable():
            return None
        detail = f"{text[:40]!r} is not what is at {start:,} of {self._name!r}"
        raise NotExtracted(SkipReason.DAMAGED, detail)

    def _entity(self, name: str, *_: object) -> None:
        detail = f"{self._name!r} declares the entity {name[:40]!r}, and entities are not expanded"
        raise NotExtracted(SkipReason.TOO_COSTLY, detail)


def _encoding(content: bytes) -> str:
    """Return the encoding of XML, as one without a byte order mark."""
    for start, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if content.startswith(start):
            return encoding
    declared = _DECLARED.match(content)
    if declared is None:
        return "utf-8"
    try:
        name = codecs.lookup(declared[1].decode("ascii")).name
    except LookupError:
        return "utf-8"
    return "utf-8" if name.startswith(("utf-8", "utf-16", "ascii")) else name


def _expanded(
    elements: Mapping[str, Element], namespaces: Mapping[str, str]
) -> Mapping[str, Element]:
    """Return the elements by the names that expat gives: address, blank, local name."""
    found: dict[str, Element] = {}
    addresses: dict[str, list[str]] = {}
    for address, prefix in namespaces.items():
        addresses.setdefault(prefix, []).append(address)
    for name, element in elements.items():
        prefix, _, local = name.rpartition(":")
        for address in addresses.get(prefix, [""]):
            found[f"{address}{_SEPARATOR}{local}" if address else local] = element
    return found
