"""Damaged and hostile office files are refused with a clear word, and cost little."""

import io
import random
import struct
import zipfile

import pytest

from indexer.documents import SkipReason
from indexer.reading.extraction.office.packages import COMPOUND_FILE, Package, joined
from indexer.reading.extraction.office.word.reader import read_word
from indexer.reading.extraction.pieces import LIMITS, Limits, NotExtracted
from tests.indexer.reading.extraction.office.office_files import (
    WORD,
    package,
    relationships,
    word_file,
)

SMALL = LIMITS._replace(members=20, unpacked=1 << 20)


def refusal(content: bytes, limits: Limits = LIMITS) -> tuple[SkipReason, str]:
    with pytest.raises(NotExtracted) as refused:
        read_word("a.docx", content, limits)
    return refused.value.reason, refused.value.detail


def document(xml: str) -> bytes:
    return package({"word/document.xml": xml})


def test_passwords() -> None:
    stream = COMPOUND_FILE + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    assert refusal(stream) == (SkipReason.ENCRYPTED, "it needs a password")


def test_an_encrypted_member() -> None:
    content = bytearray(word_file("<w:p/>"))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = -1
        while (position := content.find(signature, position + 1)) >= 0:
            content[position + flags] |= 1
    assert refusal(bytes(content)) == (SkipReason.ENCRYPTED, "it needs a password")


def test_an_old_file_with_a_new_name() -> None:
    content = COMPOUND_FILE + "WordDocument".encode("utf-16-le")
    assert refusal(content) == (SkipReason.UNSUPPORTED, "it is a file of an Office before 2007")


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", b"%PDF-1.7", word_file("<w:p/>")[:-30], word_file("<w:p/>")[:200]],
)
def test_what_is_not_a_whole_zip_file(content: bytes) -> None:
    assert refusal(content) == (SkipReason.DAMAGED, "it is not a whole zip file")


def test_a_missing_part() -> None:
    content = package({"mimetype": "application/epub+zip"})
    assert refusal(content) == (SkipReason.DAMAGED, "it has no 'word/document.xml'")


@pytest.mark.parametrize(
    "xml",
    ["", "text", "<w:document>", f'<w:document xmlns:w="{WORD}"><w:p></w:document>', "<a>\x00</a>"],
)
def test_what_is_not_xml(xml: str) -> None:
    reason, detail = refusal(document(xml))
    assert reason is SkipReason.DAMAGED
    assert detail.startswith("'word/document.xml' is not XML as it should be: ")


def test_a_damaged_member() -> None:
    content = bytearray(package({"word/document.xml": b"<a>" + bytes(range(64, 90)) * 9 + b"</a>"}))
    content[60] ^= 0xFF
    assert refusal(bytes(content)) == (
        SkipReason.DAMAGED,
        "'word/document.xml' cannot be unpacked",
    )


def test_entities_are_never_expanded() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]><a>&l9;</a>'
    reason, detail = refusal(document(bomb))
    assert reason is SkipReason.TOO_COSTLY
    assert detail == "'word/document.xml' declares the entity 'l0', and entities are not expanded"


def test_files_outside_are_never_read() -> None:
    xml = '<!DOCTYPE a [<!ENTITY file SYSTEM "file:///etc/hostname">]><a>&file;</a>'
    assert refusal(document(xml))[0] is SkipReason.TOO_COSTLY
    outside = f'<!DOCTYPE a SYSTEM "file:///etc/hostname"><w:a xmlns:w="{WORD}">{{}}</w:a>'
    body = "<w:p><w:r><w:t>seen</w:t></w:r></w:p>"
    assert read_word("a.docx", document(outside.format(body)), LIMITS).text == "seen"


def test_relationships_cannot_leave_the_file() -> None:
    rels = relationships("officeDocument ../../../../etc/passwd")
    assert refusal(package({"_rels/.rels": rels}))[0] is SkipReason.DAMAGED
    assert joined("word/document.xml", "../media/a.xml") == "media/a.xml"
    assert joined("word/document.xml", "/media/a.xml") == "media/a.xml"


def test_elements_that_are_nested_too_deep() -> None:
    xml = "<a>" * 1_000_000 + "</a>" * 1_000_000
    reason, detail = refusal(document(xml))
    assert reason is SkipReason.TOO_COSTLY
    assert detail == "elements of 'word/document.xml' are nested more than 256 deep"


def test_too_many_elements() -> None:
    """A converter that writes a run for each letter takes seconds for a book, which is refused."""
    letters = "".join(random.Random(7).choices("abcdefgh", k=800_000))
    body = "".join([f"<w:r><w:t>{letter}</w:t></w:r>" for letter in letters])
    assert refusal(document(f"<w:document>{body}</w:document>")) == (
        SkipReason.TOO_COSTLY,
        "'word/document.xml' has too many elements",
    )


def test_a_member_that_becomes_too_large() -> None:
    xml = f"<a>{' ' * (2 << 20)}</a>"
    reason, detail = refusal(document(xml), SMALL)
    assert reason is SkipReason.TOO_COSTLY
    assert detail == "'word/document.xml' becomes 2,097,159 bytes when it is unpacked"


def test_a_bomb() -> None:
    reason, detail = refusal(document(" " * (17 << 20)))
    assert reason is SkipReason.TOO_COSTLY
    assert "when it is unpacked" in detail


def test_a_bomb_that_lies_about_its_size() -> None:
    """It would take 64 MiB and must not take more than the size that it declares."""
    xml = b"<a>" + bytes(64 << 20)
    content = bytearray(package({"word/document.xml": xml}))
    directory = content.rfind(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<I", 1000)
    assert refusal(bytes(content))[0] is SkipReason.DAMAGED


def test_too_many_members() -> None:
    content = package({f"word/{number}.xml": "" for number in range(30)})
    assert refusal(content, SMALL) == (SkipReason.TOO_COSTLY, "it has more than 20 members")


def test_other_compressions_are_refused() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("word/document.xml", "<a>" + "a" * 9999)
    assert refusal(content.getvalue())[0] is SkipReason.DAMAGED


def test_all_members_together_have_a_limit() -> None:
    opened = Package(package({"a": bytes(600_000), "b": bytes(600_000)}), SMALL)
    opened.get("a")
    with pytest.raises(NotExtracted):
        opened.get("b")
