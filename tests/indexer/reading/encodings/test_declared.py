import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import EncodingSource
from indexer.reading.encodings.declared import declared_encoding, text_encoding
from indexer.reading.encodings.decoding import Decoded, decode

RUSSIAN = "Огонь охватил крышу."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ('<?xml version="1.0" encoding="KOI8-R"?>\n<p>{}</p>', "koi8-r"),
        ("<?xml version='1.0' encoding='windows-1251' standalone='yes'?><p>{}</p>", "windows-1251"),
        ('<!DOCTYPE html>\n<html><head><meta charset="koi8-r"></head>{}', "koi8-r"),
        (
            '<html><head><meta http-equiv="Content-Type" '
            'content="text/html; charset=ISO-8859-5">{}',
            "iso-8859-5",
        ),
        ('@charset "koi8-r";\n/* {} */', "koi8-r"),
        ("; -*- mode: text; coding: cyrillic-koi8; -*-\n{}", None),
        ("; -*- mode: text; coding: koi8-r-unix; -*-\n{}", "koi8-r"),
        ("#!/usr/bin/python\n# -*- coding: koi8-r -*-\n# {}", "koi8-r"),
        ("# coding=cp866\n# {}", "cp866"),
        ("{}\n\n/* vim: set ts=4 fileencoding=cp1251: */\n", "windows-1251"),
        ("# vim:fenc=koi8-r\n{}", "koi8-r"),
    ],
)
def test_a_declared_encoding_is_obeyed(text: str, encoding: str | None) -> None:
    content = text.format(RUSSIAN).encode(encoding or "koi8-r")
    assert declared_encoding(content) == encoding
    if encoding is not None:
        expected = Decoded(text.format(RUSSIAN), encoding, EncodingSource.DECLARED)
        assert decode(content) == expected


@pytest.mark.parametrize(
    "text",
    [
        'Write <meta charset="koi8-r"> in the head.',
        "The line\n\n\n# coding: koi8-r\n\n\n\n\n\n\nis the fourth.",
        'text\n<?xml version="1.0" encoding="koi8-r"?>',
    ],
)
def test_a_text_about_declarations_declares_nothing(text: str) -> None:
    assert declared_encoding(text.encode()) is None


def test_utf_8_is_what_it_is_whatever_it_declares() -> None:
    text = '<?xml version="1.0" encoding="KOI8-R"?><p>naïve</p>'
    assert decode(text.encode()) == Decoded(text, "utf-8", EncodingSource.UTF_8)


def test_a_wrong_declaration_is_not_obeyed() -> None:
    text = f'<?xml version="1.0" encoding="UTF-8"?><p>{RUSSIAN}</p>'
    decoded = decode(text.encode("windows-1251"))
    assert decoded == Decoded(text, "windows-1251", EncodingSource.DETECTED)
    # The bytes of windows-1252 that are controls in ISO 8859-2.
    quoted = '<?xml version="1.0" encoding="iso-8859-2"?><p>He said “no” and left.</p>'
    decoded = decode(quoted.encode("windows-1252"))
    assert decoded == Decoded(quoted, "windows-1252", EncodingSource.DETECTED)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("latin1", "windows-1252"),
        ("ISO-8859-9", "windows-1254"),
        ("Shift_JIS", "ms932"),
        ("gb2312", "gb18030"),
        ("x-sjis", "ms932"),
        ("mac-roman", "macintosh"),
        ("CP437", "cp437"),
        ("utf8", "utf-8"),
    ],
)
def test_names_of_encodings(name: str, known: str) -> None:
    assert text_encoding(name) == known


@pytest.mark.parametrize(
    "name",
    [
        *["utf-7", "idna", "punycode", "rot13", "hex", "base64", "zlib", "hz", "iso-2022-jp"],
        *["unicode_escape", "raw_unicode_escape", "utf-16", "utf-32", "cp037", "mbcs", "", "x"],
    ],
)
def test_what_is_not_an_encoding_of_text(name: str) -> None:
    assert text_encoding(name) is None


@given(st.binary(max_size=300))
def test_any_bytes_may_declare_anything(content: bytes) -> None:
    for before in (b"<?xml encoding='", b"# coding: ", b"vim: fenc="):
        declared_encoding(before + content)
