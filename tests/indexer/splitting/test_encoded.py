import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import Document
from indexer.splitting.encoded import encoded_spans
from tests.indexer.strategies import texts

BYTES = random.Random(7).randbytes(600)
BASE64 = base64.b64encode(BYTES).decode()
URL_SAFE = base64.urlsafe_b64encode(BYTES).decode()


def in_lines(text: str, width: int) -> str:
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


def encoded(text: str, media_type: str = "text/plain") -> list[str]:
    document = Document("a", text, "utf-8", media_type, "a", "")
    return [span.of(text) for span in encoded_spans(document)]


@pytest.mark.parametrize(
    "data",
    [
        BASE64,
        URL_SAFE,
        BYTES.hex(),
        BASE64[:120],
        in_lines(BASE64, 64),
        in_lines(BASE64, 76).replace("\n", "\r\n"),
        in_lines(BASE64, 76).replace("\n", "\\n"),
        in_lines(BYTES.hex(), 60),
        in_lines("ACGTTGCA" * 40, 70).replace("\n", ""),
        ",".join(map(str, BYTES)),
        "!function(e,t){return" + "e.a(t.b),n={};r[0]=" * 30 + "}",
    ],
)
@pytest.mark.parametrize("frame", ["{}", "Above.\n{}\n\nBelow.", 'One "{}" two', "é {} 北"])
def test_long_runs_without_a_blank_are_encoded_data(data: str, frame: str) -> None:
    if "\n" in data and frame.startswith(("One", "é")):
        return
    assert [run.strip('"') for run in encoded(frame.format(data))] == [data]


def test_a_data_uri_and_a_key_are_encoded_data() -> None:
    assert encoded(f"![dot](data:image/png;base64,{BASE64[:200]})") == [BASE64[:200]]
    key = in_lines(BASE64, 64)
    text = f"Mine:\n\n-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n"
    assert encoded(text) == [key]


@pytest.mark.parametrize(
    "line",
    [
        "00000010: 4865 6c6c 6f20 776f 726c 6421 0a00 ffee  Hello world!....",
        "00000010  48 65 6c 6c 6f 20 77 6f  72 6c 64 21 0a 00 ff ee  |Hello world!....|",
        "0x0010:  4500 0034 5a6d 4000 4006 0000 7f00 0001",
        "0000020 066510 067554 020157 067567 066162 020544 005041",
    ],
)
def test_a_dump_is_encoded_data(line: str) -> None:
    dump = f"{line}\n{line}\n{line}"
    assert encoded(f"It is:\n{dump}\nNo more.") == [dump]
    assert encoded(f"{dump}\n") == [dump]
    assert encoded(f"It is:\n{line}\nNo more.") == []


def test_minified_code_is_encoded_data() -> None:
    line = "var a=function(b,c){return b.d(c)},e=a(f,g);" * 60
    assert encoded(f"// Notice\n{line}\nend") == [line]
    assert encoded("A sentence with blanks between its words. " * 60) == []


@pytest.mark.parametrize("media_type", ["application/json", "text/csv"])
def test_data_files_may_have_few_blanks(media_type: str) -> None:
    words = ",".join(["wolf", "river", "night", "moon"] * 90)
    assert encoded(words) == [words]
    assert encoded(words, media_type) == []
    assert encoded(f'"{BASE64}",{words}', media_type) == [BASE64]


@pytest.mark.parametrize(
    "text",
    [
        "北约联盟将继续在东部边境部署部队" * 40,
        "สวัสดีชาวโลกทั้งหลายที่ตลาด" * 40,
        "សួស្តីពិភពលោក" * 60,
        "ສະບາຍດີຊາວໂລກ" * 60,
        "မင်္ဂလာပါကမ္ဘာလောက" * 60,
        "これは長い文章です。" * 60,
        "https://www.example.org/articles/2024/05/a-long-title-of-some-article-that-says-a-lot-about-it"
        "?utm_source=newsletter&utm_medium=email&utm_campaign=spring",
        "src/main/java/org/example/project/component/implementation/factories/FactoryOfFactories/Impl",
        "very-long-chain-of-words-that-someone-has-joined-with-signs-because-it-is-the-name-of-a-page-x",
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
        "-" * 250,
        "|---" * 250,
        "da39a3ee5e6b4b0d3255bfef95601890afd80709  a.txt\n" * 20,
        "2010 45 56 67 78 89 90 12\n2011 46 57 68 79 80 91 13\n2012 47 58 69 70 81 92 14",
        "word " * 500,
    ],
)
def test_text_is_not_encoded_data(text: str) -> None:
    assert encoded(text) == []
    assert encoded(f"Above.\n{text}\nBelow.") == []


@given(
    st.lists(texts | st.sampled_from([BASE64, BYTES.hex(), "\u0301", "\u0600", "\n"]), max_size=6)
)
def test_spans_are_in_order_and_inside_the_text(parts: list[str]) -> None:
    text = "".join(parts)
    end = -1
    for span in encoded_spans(Document("a", text, "utf-8", "text/plain", "a", "")):
        assert end < span.start < span.end <= len(text)
        end = span.end
