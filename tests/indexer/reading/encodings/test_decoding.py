import codecs
import random
import zlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from indexer.documents import EncodingSource, SkipReason
from indexer.reading.encodings.decoding import Decoded, Refused, decode
from indexer.spans import bom_length, byte_length
from tests.indexer.strategies import texts

RUSSIAN = (
    "Вчера вечером пожарных вызвали на старую фабрику у реки. Огонь охватил крышу и часть "
    "первого этажа, но, к счастью, никто не пострадал."
)
CHINESE = (
    "昨天晚上，消防员赶到河边的一座老工厂灭火。大火烧毁了屋顶和一楼的一部分，幸好没有人受伤。"
    "起火的原因可能是老化的电线，厂主早就想更换这些电线了。"
)
JAPANESE = "昨日の夜、川のそばにある古い工場で火事がありました。幸いけが人はいませんでした。"
POLISH = (
    "Wczoraj późnym wieczorem strażacy zostali wezwani do pożaru w starej fabryce przy ulicy "
    "Źródlanej. Ogień objął dach i część piętra, ale na szczęście nikt nie został ranny."
)

PARAGRAPHS = {
    "windows-1252": "Le café était déjà plein. La serveuse, très occupée, nous a demandé "
    "d’attendre près de la fenêtre où la lumière tombait sur les vieilles tables. Ça va.",
    "windows-1250": POLISH,
    "iso-8859-2": POLISH,
    "windows-1254": "Dün akşam itfaiyeciler nehir kıyısındaki eski fabrikaya çağrıldı. Yangın "
    "çatıyı ve birinci katın bir bölümünü sardı, ancak neyse ki kimse yaralanmadı.",
    "windows-1257": "Vakar vakare ugniagesiai buvo iškviesti į seną gamyklą prie upės. Ugnis "
    "apėmė stogą ir dalį pirmojo aukšto, bet laimei niekas nenukentėjo. Priežastis neaiški.",
    "windows-1251": RUSSIAN,
    "koi8-r": RUSSIAN,
    "cp866": RUSSIAN,
    "iso-8859-5": RUSSIAN,
    "windows-1253": "Χθες το βράδυ οι πυροσβέστες κλήθηκαν σε ένα παλιό εργοστάσιο δίπλα στο "
    "ποτάμι. Η φωτιά έκαψε τη στέγη, αλλά ευτυχώς κανείς δεν τραυματίστηκε.",
    "windows-1255": "אתמול בערב הוזעקו כבאים למפעל ישן ליד הנהר. האש אחזה בגג ובחלק מהקומה "
    "הראשונה, אך למרבה המזל איש לא נפגע. ייתכן שהסיבה היא חיווט פגום.",
    "windows-1256": "استدعي رجال الإطفاء مساء أمس إلى مصنع قديم بجانب النهر. التهمت النيران "
    "السقف وجزءا من الطابق الأول، ولكن لحسن الحظ لم يصب أحد بأذى.",
    "tis-620": "เมื่อคืนนี้นักดับเพลิงถูกเรียกไปยังโรงงานเก่าริมแม่น้ำ ไฟไหม้หลังคาและบางส่วน"
    "ของชั้นหนึ่ง แต่โชคดีที่ไม่มีใครได้รับบาดเจ็บ",
    "ms932": JAPANESE,
    "euc-jp": JAPANESE,
    "euc-kr": "어제 저녁 소방관들이 강가의 오래된 공장으로 출동했다. 다행히 다친 사람은 없었다.",
    "gb18030": CHINESE,
    "big5": "昨天晚上，消防員趕到河邊的一座老工廠滅火。大火燒毀了屋頂和一樓的一部分，幸好沒有人"
    "受傷。起火的原因可能是老化的電線，廠主早就想更換這些電線了。",
}

SHORT_WESTERN_TEXTS = [
    "café",
    "The naïve plan was dropped.",
    "He said “no” and left — for good…",
    "It’s fine.",
    "Price: £5\n",
    "Total: 12,50 €\n",
    "20°C",
    "© 2019 Acme Corp. All rights reserved.\n",
    "1914–18; 1939–45",
    "¿Qué?",
    "Mañana por la mañana",
    "Größe: 5 m²",
    "Straße 5, 80331 München",
    "Où est la clé ?",
    "# Autor: José García\nprint('hola')\n",
    "Ångström, García, Müller and Lefèvre wrote the paper.",
]


def refusal(content: bytes) -> SkipReason | None:
    decoded = decode(content)
    return decoded.reason if isinstance(decoded, Refused) else None


# Certain encodings


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"plain", "utf-8"),
        ("naïve 👍".encode(), "utf-8"),
        (codecs.BOM_UTF8 + "naïve".encode(), "utf-8-sig"),
        (codecs.BOM_UTF16_LE + "naïve 👍".encode("utf-16-le"), "utf-16"),
        (codecs.BOM_UTF16_BE + "naïve 👍".encode("utf-16-be"), "utf-16"),
    ],
)
def test_unicode(content: bytes, encoding: str) -> None:
    source = EncodingSource.UTF_8 if encoding == "utf-8" else EncodingSource.BOM
    assert decode(content) == Decoded(content.decode(encoding), encoding, source)


@given(texts)
def test_any_unicode_text_is_decoded_unchanged(text: str) -> None:
    assume(text and not text.isspace())
    utf16 = {
        codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    }
    if not text.startswith("\ufeff"):
        assert decode(text.encode()) == Decoded(text, "utf-8", EncodingSource.UTF_8)
    bom = EncodingSource.BOM
    assert decode(codecs.BOM_UTF8 + text.encode()) == Decoded(text, "utf-8-sig", bom)
    assert [decode(content) for content in utf16] == [Decoded(text, "utf-16", bom)] * 2


@given(st.binary() | st.sampled_from(sorted(PARAGRAPHS)).map(lambda e: PARAGRAPHS[e].encode(e)))
def test_decoded_text_matches_the_bytes(content: bytes) -> None:
    decoded = decode(content)
    if isinstance(decoded, Decoded):
        text, encoding, _ = decoded
        assert content.decode(encoding) == text
        # Every character has its own bytes, so offsets can be counted piece by piece.
        lengths = [byte_length(character, encoding) for character in text]
        assert bom_length(encoding) + sum(lengths) == len(content)


# Detected encodings


@pytest.mark.parametrize("encoding", PARAGRAPHS)
def test_a_paragraph_is_enough_to_detect_an_encoding(encoding: str) -> None:
    text = PARAGRAPHS[encoding]
    assert decode(text.encode(encoding)) == Decoded(text, encoding, EncodingSource.DETECTED)


@pytest.mark.parametrize("text", SHORT_WESTERN_TEXTS)
def test_one_letter_is_enough_if_the_rest_is_ascii(text: str) -> None:
    assert decode(text.encode("windows-1252")) == Decoded(
        text, "windows-1252", EncodingSource.DETECTED
    )


@pytest.mark.parametrize("encoding", PARAGRAPHS)
def test_a_few_lines_in_a_long_file_are_enough(encoding: str) -> None:
    code = "for (int i = 0; i < n; i++) total += values[i];\n" * 3_000
    text = f"{code}// {PARAGRAPHS[encoding]}\n{code}"
    assert decode(text.encode(encoding)) == Decoded(text, encoding, EncodingSource.DETECTED)


@pytest.mark.parametrize("encoding", ["windows-1251", "gb18030", "ms932"])
def test_a_long_line_is_cut_between_characters(encoding: str) -> None:
    text = "a," * 40_000 + f"{PARAGRAPHS[encoding]} " * 2_000
    assert decode(text.encode(encoding)) == Decoded(text, encoding, EncodingSource.DETECTED)


@pytest.mark.parametrize(
    "content",
    [
        "Да".encode("windows-1251"),  # too few bytes to decide
        "Größe, naïve, déjà vu".encode()[:-1] + b"\xe9!",  # UTF-8, damaged
        ("Größe " * 20_000).encode()[:-3],  # UTF-8, cut
        codecs.BOM_UTF8 + b"caf\xe9",
        codecs.BOM_UTF16_LE + b"abc",
        codecs.BOM_UTF16_LE + b"\x00\xd8a\x00",  # half of a pair
        "日本語のテキスト".encode("iso-2022-jp"),
        # A heading in a Windows encoding, followed by bytes that do not fit.
        "Le café était déjà plein.\n".encode("windows-1252") + b"x\n" * 40_000 + b"\x81",
        # The second of two codes for one character; encoding would give the first.
        JAPANESE.encode("ms932") + b"\x87\x9a",
        "北京".encode("gb18030")[:-1] * 9 + b"\xff",
        bytes(random.Random(1).choices([10, *range(32, 127), *range(128, 256)], k=5_000)),
    ],
    ids=range(11),
)
def test_ambiguous_bytes_are_undecodable(content: bytes) -> None:
    assert refusal(content) == SkipReason.UNDECODABLE


# Not text


@pytest.mark.parametrize(
    "content",
    [
        b"text\0",
        codecs.BOM_UTF8 + b"text\0",
        "text without a mark".encode("utf-16-le"),
        codecs.BOM_UTF32_LE + "text".encode("utf-32-le"),
        codecs.BOM_UTF16_LE + "a\0b".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + ("a" * 18 + "\x01").encode("utf-16-be"),
        b"a" * 18 + b"\x01",
        "é".encode() * 18 + b"\x7f" * 3,
        zlib.compress(bytes(range(256)) * 10),
    ],
    ids=range(9),
)
def test_binary(content: bytes) -> None:
    assert refusal(content) == SkipReason.BINARY


@pytest.mark.parametrize(
    "content",
    [
        b"a" * 19 + b"\x01",  # one in twenty is not more than 5 %
        b"a\tb\r\n\x0b\x0c" * 10,
        b"\x1b[31merror\x1b[0m\n" * 10,
        codecs.BOM_UTF16_BE + ("a" * 19 + "\x01").encode("utf-16-be"),
    ],
)
def test_text_may_contain_some_control_characters(content: bytes) -> None:
    assert refusal(content) is None


@pytest.mark.parametrize("content", [b"", b" \n\t\r\n", codecs.BOM_UTF8, codecs.BOM_UTF16_LE])
def test_blanks_are_empty(content: bytes) -> None:
    assert refusal(content) == SkipReason.EMPTY
