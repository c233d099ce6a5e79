"""Changes of a file: in its bytes, in a member of a zip file, or in a stream of a PDF."""

import io
import re
import zipfile
import zlib
from random import Random

from tests.indexer.reading.extraction.office.office_files import package

__all__ = ["mutated"]

# What the formats are made of, and what readers of them stumble over.
TOKENS = (
    *(b"", b"\n", b"\r\n", b"\r", b"\0", b"\xff", b"\xc3", b"\xef\xbb\xbf", b"\xed\xa0\x80"),
    # Markup
    *(b"<", b">", b"</", b"/>", b'"', b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<p>", b"<table>"),
    *(b"&", b"&amp", b"&amp;", b"&#x80;", b"&#xd800;", b"&#0;", b"&notin;", b"<plaintext>"),
    # Mail
    *(b"=", b"=3D", b"=\n", b"--", b"=?utf-8?q?=C3?=", b"From x\n", b"base64", b"\n\n"),
    *(b"Content-Type: text/html\n", b"charset=utf-7", b"charset=utf-16", b"charset=hz"),
    # RTF, JSON and subtitles
    *(b"\\", b"{", b"}", b"[", b"]", b"\\'", b"\\'ff", b"\\u-10179?", b"\\bin9 ", b"\\ud800"),
    *(b"\\ansicpg932", b"\\uc9", b" --> ", b"<v x>", b"null", b"1e999"),
    # PDF
    *(b"0", b"-1", b"7", b"2147483648", b"1000000000000000000", b"0 R", b"<<", b">>", b"(", b")"),
    *(b"endobj", b"endstream", b" Tj ", b" Tm ", b" BT ", b"/Rotate 90", b"/CropBox [0 0 1 1]"),
)
# Of a hundred changed files, so many are changed in their own bytes rather than inside.
OUTSIDE = 0.2
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


def mutated(content: bytes, chance: Random) -> bytes:
    """Return the file with a few changes."""
    if chance.random() >= OUTSIDE:
        if content.startswith(b"PK"):
            return _with_other_member(content, chance)
        if content.startswith(b"%PDF"):
            return _with_other_stream(content, chance)
    return _changed(content, chance)


def _with_other_member(content: bytes, chance: Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(sorted(members))
    member = members[name]
    assert isinstance(member, bytes)
    if chance.random() < 0.1:
        del members[name]
    else:
        members[name] = _changed(member, chance)
    return package(members)


def _with_other_stream(content: bytes, chance: Random) -> bytes:
    """Return the PDF with changes in one of its deflated streams, or in its bytes if it has none.

    Lengths and places stay as they were, so PDFium has to look for objects itself.
    """
    streams = []
    for match in STREAM.finditer(content):
        try:
            streams.append((match.span(1), zlib.decompress(match[1])))
        except zlib.error:
            continue
    if not streams:
        return _changed(content, chance)
    (start, end), stream = chance.choice(streams)
    return content[:start] + zlib.compress(_changed(stream, chance)) + content[end:]


def _changed(content: bytes, chance: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice([1, 1, 1, 2, 3, 8])):
        start = chance.randrange(len(changed) + 1)
        end = start + chance.choice([0, 0, 1, 2, 8, 60, 200])
        other = chance.randrange(len(changed) + 1)
        match chance.randrange(6):
            case 0:
                changed[start:end] = chance.randbytes(chance.randint(0, 4))
            case 1:
                del changed[start:end]
            case 2:
                changed[start:start] = changed[other : other + chance.randint(0, 80)]
            case 3:
                changed[start:end] = changed[start:end] * 3
            case _:
                changed[start:end] = chance.choice(TOKENS)
    return bytes(changed)
