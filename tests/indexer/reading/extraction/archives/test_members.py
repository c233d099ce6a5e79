"""Files inside archives and mails have paths of their own, and hostile archives cost little."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import SkippedFile, SkipReason
from indexer.reading.extraction.archives.members import Member, members_of
from indexer.reading.extraction.pieces import LIMITS, Limits, NotExtracted
from tests.property_examples import examples


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


def inside(path: str, content: bytes, limits: Limits = LIMITS) -> dict[str, bytes | str]:
    """Return the content of each member, or why it has none."""
    return {
        each.path: f"{each.reason}: {each.detail}"
        if isinstance(each, SkippedFile)
        else each.content
        for each in members_of(path, content, limits)
    }


FILES = {"b.txt": b"It rains.", "c/d é.txt": b"It snows."}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.zip", zipped(FILES)),
        ("a.tar", tarred(FILES)),
        ("a.tar.gz", gzip.compress(tarred(FILES))),
        ("a.TGZ", gzip.compress(tarred(FILES))),
        ("a.tar.bz2", bz2.compress(tarred(FILES))),
        ("a.txz", lzma.compress(tarred(FILES))),
    ],
)
def test_files_in_archives_of_all_kinds_are_found(name: str, content: bytes) -> None:
    assert inside(name, content) == {
        f"{name}!/b.txt": b"It rains.",
        f"{name}!/c/d é.txt": b"It snows.",
    }


def test_a_compressed_file_is_inside_under_its_own_name() -> None:
    assert inside("x/log.txt.gz", gzip.compress(b"It rains.")) == {
        "x/log.txt.gz!/log.txt": b"It rains."
    }


def test_archives_are_read_three_deep() -> None:
    content = zipped({"d.txt": b"deep", "e.zip": zipped({"f.txt": b"too deep"})})
    nested = zipped({"b.tar.gz": gzip.compress(tarred({"c.zip": content}))})
    assert inside("a.zip", nested) == {
        "a.zip!/b.tar.gz!/c.zip!/d.txt": b"deep",
        "a.zip!/b.tar.gz!/c.zip!/e.zip": "too costly: archives are read 3 deep",
    }


def test_a_mail_in_an_archive_is_a_document_and_holds_documents() -> None:
    mail = EmailMessage()
    mail["Subject"] = "Rain"
    mail.set_content("See the file.")
    mail.add_attachment(b"It rains.", maintype="text", subtype="plain", filename="a/rain.txt")
    mail.add_attachment(b"It snows.", maintype="application", subtype="x", filename="äh.bin")
    mail.add_attachment(zipped(FILES), maintype="application", subtype="zip", filename="f.zip")
    forwarded = EmailMessage()
    forwarded.set_content("forwarded")
    forwarded.add_attachment(mail)
    content = forwarded.as_bytes()
    box = "x/a.zip!/b.eml"
    assert inside("x/a.zip", zipped({"b.eml": content})) == {
        box: content,
        f"{box}!/a_rain.txt": b"It rains.",
        f"{box}!/äh.bin": b"It snows.",
        f"{box}!/f.zip!/b.txt": b"It rains.",
        f"{box}!/f.zip!/c/d é.txt": b"It snows.",
    }


def test_attached_files_of_a_box_are_under_the_number_of_their_mail() -> None:
    mail = EmailMessage()
    mail["Subject"] = "Rain"
    mail.set_content("See the file.")
    mail.add_attachment(b"It rains.", maintype="text", subtype="plain", filename="rain.txt")
    box = b"From x\nSubject: none\n\nbody\n\nFrom x\n" + mail.as_bytes() + b"\n"
    assert inside("a.mbox", box) == {"a.mbox!/2/rain.txt": b"It rains."}


# Names


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("../b.txt", "the name leads out of the archive"),
        ("c/../../b.txt", "the name leads out of the archive"),
        ("/etc/passwd", "the name leads out of the archive"),
        ("..\\b.txt", "the name leads out of the archive"),
        ("b.zip!/c.txt", "'!/' in a name separates archives from files"),
        ("x" * 300, "the name is too long"),
    ],
)
def test_a_name_that_is_no_path_is_reported(name: str, detail: str) -> None:
    (found,) = members_of("a.tar", tarred({name: b"text"}), LIMITS)
    assert isinstance(found, SkippedFile)
    assert (found.reason, found.detail) == (SkipReason.NAME, detail)


def test_names_are_relative_and_with_slashes() -> None:
    files = {"./b.txt": b"1", "c\\d.txt": b"2", "c//e.txt": b"3"}
    assert list(inside("a.tar", tarred(files))) == [
        "a.tar!/b.txt",
        "a.tar!/c/d.txt",
        "a.tar!/c/e.txt",
    ]


def test_hidden_files_are_left_out_silently_and_temporary_ones_are_reported() -> None:
    files = {".git/config": b"1", "__MACOSX/b": b"2", "c/.d": b"3", "e.tmp": b"4", "f": b""}
    assert inside("a.zip", zipped(files)) == {
        "a.zip!/e.tmp": "temporary: the name is that of a file that is being written",
        "a.zip!/f": "empty: ",
    }


def test_files_of_one_name_are_numbered() -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name in ("b.txt", "b (2).txt", "b.txt", "b.txt", "c", "c"):
            archive.addfile(tarfile.TarInfo(name))
    paths = [each.path for each in members_of("a.tar", target.getvalue(), LIMITS)]
    assert paths == [
        *["a.tar!/b.txt", "a.tar!/b (2).txt", "a.tar!/b (3).txt", "a.tar!/b (4).txt"],
        *["a.tar!/c", "a.tar!/c (2)"],
    ]


def test_a_name_that_is_not_utf_8_is_reported() -> None:
    (found,) = members_of("a.tar", tarred({"b\udcff": b"x"}), LIMITS)
    assert isinstance(found, SkippedFile)
    assert (found.path, found.reason) == ("a.tar!/b\\udcff", SkipReason.NAME)


# Bad archives


def test_links_and_devices_are_reported() -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, kind in (("s", tarfile.SYMTYPE), ("h", tarfile.LNKTYPE), ("f", tarfile.FIFOTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    assert inside("a.tar", target.getvalue()) == {
        "a.tar!/s": "unreadable: it is a link",
        "a.tar!/h": "unreadable: it is a link",
        "a.tar!/f": "unreadable: it is not a regular file",
    }


def test_a_link_in_a_zip_archive_is_reported() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        link = zipfile.ZipInfo("s")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert inside("a.zip", target.getvalue()) == {"a.zip!/s": "unreadable: it is a symbolic link"}


def test_an_encrypted_member_is_reported() -> None:
    content = bytearray(zipped({"b.txt": b"secret"}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert inside("a.zip", bytes(content)) == {"a.zip!/b.txt": "encrypted: "}


def test_a_damaged_member_is_reported_and_the_others_are_read() -> None:
    content = bytearray(zipped({"b.txt": b"It rains every day.", "c.txt": b"It snows."}))
    content[40] ^= 0xFF
    found = inside("a.zip", bytes(content))
    assert str(found["a.zip!/b.txt"]).startswith("damaged: it cannot be unpacked")
    assert found["a.zip!/c.txt"] == b"It snows."


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("a.zip", "it is not a zip archive: File is not a zip file"),
        ("a.tar", "it is not a gzip, bzip2 or xz file"),
        ("a.gz", "it is not a gzip, bzip2 or xz file"),
    ],
)
def test_a_file_that_is_no_archive_is_refused(name: str, detail: str) -> None:
    with pytest.raises(NotExtracted) as refused:
        inside(name, b"no archive")
    assert (refused.value.reason, refused.value.detail) == (SkipReason.DAMAGED, detail)


def test_an_archive_that_is_no_archive_inside_another_is_reported() -> None:
    found = inside("a.zip", zipped({"b.zip": b"no", "c.txt": b"It rains."}))
    assert found == {
        "a.zip!/b.zip": "damaged: it is not a zip archive: File is not a zip file",
        "a.zip!/c.txt": b"It rains.",
    }


def test_a_bomb_is_not_unpacked() -> None:
    zeros = bytes(40 << 20)
    assert inside("a.zip", zipped({"b.txt": zeros, "c.txt": b"It rains."})) == {
        "a.zip!/b.txt": "too costly: it unpacks to more than 500 times its size",
        "a.zip!/c.txt": b"It rains.",
    }
    for name, content in (("a.gz", gzip.compress(zeros)), ("a.xz", lzma.compress(zeros))):
        with pytest.raises(NotExtracted) as refused:
            inside(name, content)
        assert refused.value.reason is SkipReason.TOO_COSTLY


def test_all_files_together_have_a_limit() -> None:
    files = {f"{number}.txt": bytes([number]) * 400 for number in range(4)}
    found = inside("a.zip", zipped(files), LIMITS._replace(unpacked=1_000))
    assert [str(each)[:10] for each in found.values()][2:] == ["too costly", "too costly"]


def test_files_beyond_a_number_are_not_read() -> None:
    found: list[Member | SkippedFile] = []
    with pytest.raises(NotExtracted) as refused:
        found.extend(
            members_of("a.tar", tarred(dict.fromkeys("bcdef", b"x")), LIMITS._replace(members=3))
        )
    assert refused.value.detail == "too many files are inside"


@given(data=st.data(), kind=st.sampled_from(["a.zip", "a.tar", "a.tar.gz", "a.tar.xz"]))
@examples(150)
def test_a_changed_archive_is_read_or_refused(data: st.DataObject, kind: str) -> None:
    packed = {
        "a.zip": zipped(FILES | {"e.zip": zipped(FILES)}),
        "a.tar": tarred(FILES),
        "a.tar.gz": gzip.compress(tarred(FILES)),
        "a.tar.xz": lzma.compress(tarred(FILES)),
    }
    content = bytearray(packed[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position : position + data.draw(st.integers(0, 4))] = data.draw(
            st.binary(max_size=4)
        )
    try:
        paths = [each.path for each in members_of(kind, bytes(content), LIMITS)]
    except NotExtracted:
        return
    assert len(set(paths)) == len(paths)


def test_overlapping_members_are_counted_each_time() -> None:
    # All members of this archive share one run of compressed bytes.
    packed = zlib.compress(b"all work and no play " * 50_000)[2:-4]
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, 0, 0, 1, 0) + b"x" + packed
    entry = struct.pack(
        "<4s6H3I5H2I",
        *(b"PK\x01\x02", 20, 20, 0, 8, 0, 0, zlib.crc32(b"all work and no play " * 50_000)),
        *(len(packed), 1_050_000, 1, 0, 0, 0, 0, 0, 0),
    )
    directory = (entry + b"x") * 1_000
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1_000, 1_000, len(directory), len(local), 0)
    found = inside("a.zip", local + directory + end, LIMITS._replace(unpacked=5 << 20))
    read = [content for content in found.values() if isinstance(content, bytes)]
    assert sum(map(len, read)) <= 5 << 20
