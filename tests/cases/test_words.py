"""Whatever is written can be found, however it is written, and is highlighted whole."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal

import pytest

from api.contract.search import SearchRequest
from api.search.searcher import Searcher
from tests.api.served_index import search_files

Form = Literal["NFC", "NFD"]


def found(searcher: Searcher, q: str) -> list[str]:
    """Return the paths of the hits, best first."""
    hits = searcher.search(SearchRequest(q=q, limit=50, fold_duplicates=False)).hits
    return [hit.document.path for hit in hits]


def marked(searcher: Searcher, q: str) -> list[str]:
    """Return what is highlighted in the first hit, in the words of the file."""
    hit = searcher.search(SearchRequest(q=q)).hits[0]
    start = hit.span.start
    return [hit.text[each.start - start : each.end - start] for each in hit.highlights]


def assert_marked(searcher: Searcher, q: str, path: str, *texts: str) -> None:
    """Assert that the query finds this file first and highlights exactly these texts."""
    assert found(searcher, q)[:1] == [path], q
    assert marked(searcher, q) == list(texts), q


class TestEscapes:
    """Escapes in data, character references and terminal codes are not part of words."""

    FILES: ClassVar[dict[str, str]] = {
        "data.jsonl": '{"text": "first line\\nPelican crossing", "place": "caf\\u00e9"}\n'
        '{"text": "tab\\there \\"quoted\\" and\\/or \\ud83d\\ude00smile", "x": "one\\n\\ntwo"}\n',
        "paths.txt": "Copy C:\\new\\table to src\\test\\resources or \\\\server\\notes\\final.\n",
        "paper.tex": "We take $\\nabla f$ and \\textbf{bold} letters, 2\\beta and so on.\n",
        "log.txt": "\x1b[31mERROR\x1b[0m disk full\n"
        "\x1b]0;title\x07ready \\u001b[1mloud\\u001b[0m\n",
        "crawled.txt": "AT&amp;T said it can&#39;t. "
        "The p&acirc;t&eacute;&nbsp;spoiled &amp;quot;now&amp;quot;.\n",
    }

    @pytest.fixture(scope="class")
    @classmethod
    def searcher(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
        with search_files(tmp_path_factory.mktemp("escapes"), cls.FILES) as searcher:
            yield searcher

    @pytest.mark.parametrize(
        ("q", "path", "mark"),
        [
            ("pelican", "data.jsonl", "Pelican"),
            ("café", "data.jsonl", "caf\\u00e9"),
            ("here", "data.jsonl", "here"),
            ("quoted", "data.jsonl", "quoted"),
            ("smile", "data.jsonl", "smile"),
            ("two", "data.jsonl", "two"),
            ("new", "paths.txt", "new"),
            ("table", "paths.txt", "table"),
            ("resources", "paths.txt", "resources"),
            ("notes", "paths.txt", "notes"),
            ("nabla", "paper.tex", "nabla"),
            ("textbf", "paper.tex", "textbf"),
            ("beta", "paper.tex", "beta"),
            ("error", "log.txt", "ERROR"),
            ("ready", "log.txt", "ready"),
            ("loud", "log.txt", "loud"),
            ("AT&T", "crawled.txt", "AT&amp;T"),
            ("can't", "crawled.txt", "can&#39;t"),
            ("pâté", "crawled.txt", "p&acirc;t&eacute;"),
            ("spoiled", "crawled.txt", "spoiled"),
            ("now", "crawled.txt", "now"),
        ],
    )
    def test_words_beside_escapes_are_found(
        self, searcher: Searcher, q: str, path: str, mark: str
    ) -> None:
        assert_marked(searcher, q, path, mark)
        assert found(searcher, f"+{q} path:{path}") == [path]

    @pytest.mark.parametrize(
        "q", ["nPelican", "there", "u00e9", "31m", "31mERROR", "amp", "39", "nbsp"]
    )
    def test_escapes_make_no_words(self, searcher: Searcher, q: str) -> None:
        assert found(searcher, f'"{q}"') == []

    @pytest.mark.parametrize("path", FILES)
    def test_a_quotation_of_the_file_is_found(self, searcher: Searcher, path: str) -> None:
        for line in self.FILES[path].splitlines():
            words = line.replace('"', " ").replace("“", " ").split()
            for at in range(len(words) - 2):
                run = " ".join(words[at : at + 3])
                if any(map(str.isalnum, run)) and "\x1b" not in run and "\\ " not in run:
                    assert path in found(searcher, f'"{run}"'), run


SENTENCES = {
    "thai.txt": "ชาวบ้านขายผลไม้ที่ตลาดน้ำทุกเช้าวันเสาร์",
    "khmer.txt": "កសិករលក់ផ្លែឈើនៅផ្សារទឹករៀងរាល់ព្រឹក",
    "lao.txt": "ຊາວບ້ານຂາຍໝາກໄມ້ຢູ່ຕະຫຼາດທຸກເຊົ້າ",
    "burmese.txt": "ရွာသားများသည်ဈေးတွင်အသီးအနှံများရောင်းသည်",
}


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("thai.txt", "ตลาดน้ำ"),
        ("thai.txt", "ผลไม้"),
        ("khmer.txt", "ផ្សារ"),
        ("khmer.txt", "ផ្លែឈើ"),
        ("lao.txt", "ຕະຫຼາດ"),
        ("burmese.txt", "ဈေး"),
        ("burmese.txt", "အသီးအနှံ"),
    ],
)
def test_any_word_of_a_script_without_blanks_is_found_whole(
    tmp_path: Path, path: str, word: str
) -> None:
    with search_files(tmp_path, SENTENCES) as searcher:
        for q in (word, f'"{word}"', f"+{word}"):
            assert_marked(searcher, q, path, word)


class TestNormalForm:
    """Texts, queries and names that look the same are the same."""

    FILES: ClassVar[dict[str, str]] = {
        "korean.txt": "회의록은 월요일에 공유됩니다.",
        "japanese.txt": "ガソリンの価格が上がった。",
        "hindi.txt": "क़लम और किताब मेज़ पर हैं।",
        "회의록/메모.txt": "nothing else",
        "Übersichten/plan.txt": "an overview",
    }

    @pytest.mark.parametrize("written", ["NFC", "NFD"])
    @pytest.mark.parametrize("asked", ["NFC", "NFD"])
    def test_composed_and_decomposed_text_is_found(
        self, tmp_path: Path, written: Form, asked: Form
    ) -> None:
        files = {
            unicodedata.normalize(written, path): unicodedata.normalize(written, text)
            for path, text in self.FILES.items()
        }
        with search_files(tmp_path, files) as searcher:
            for q, path in [
                ("회의록", "korean.txt"),
                ("ガソリン", "japanese.txt"),
                ("क़लम", "hindi.txt"),
                ("path:*회의록*", "회의록/메모.txt"),
                ("path:Übersichten/", "Übersichten/plan.txt"),
            ]:
                expected = unicodedata.normalize(written, path)
                assert found(searcher, unicodedata.normalize(asked, q))[:1] == [expected], q
            assert marked(searcher, "ガソリン") == [unicodedata.normalize(written, "ガソリン")]

    @pytest.mark.parametrize(
        ("text", "q", "mark"),
        [
            ("İstanbul", "istanbul", "İstanbul"),
            ("ısı", "isi", "ısı"),
            ("ο ΛΌΓΟΣ τους", "λογοσ", "ΛΌΓΟΣ"),
            ("ο λόγος τους", "ΛΟΓΟΣ", "λόγος"),
            ("зелёная трава", "зеленая", "зелёная"),
            ("за́мок", "замок", "за́мок"),
            ("هذا كِتَابٌ جديد", "كتاب", "كِتَابٌ"),
            ("كتـــاب", "كتاب", "كتـــاب"),
            ("إلى أحمد", "احمد", "أحمد"),
            ("یک کتاب", "كتاب", "کتاب"),
            ("او می\u200cرود", "میرود", "می\u200cرود"),
            ("שָׁלוֹם עולם", "שלום", "שָׁלוֹם"),
            ('ב"כ צה"ל הודיע', "צהל", 'צה"ל'),
            ("מנכ״לית החברה", 'מנכ"לית', "מנכ״לית"),
            ("דובר או\u201dם אמר", 'או"ם', "או\u201dם"),
            ('כתבו ב"הארץ" היום', "הארץ", "הארץ"),
            ("10 \u00b5m wide", "\u03bcm", "\u00b5m"),
            ("10 \u03bcm wide", "\u00b5m", "\u03bcm"),
            ("data\u200bbase", "database", "data\u200bbase"),
            ("Ge\u00adsamt", "gesamt", "Ge\u00adsamt"),
            ("\ufeffword", "word", "word"),
            ("ｶﾀｶﾅ", "カタカナ", "ｶﾀｶﾅ"),
            ("ﾊﾟｿｺﾝ", "パソコン", "ﾊﾟｿｺﾝ"),
            ("Ｆｕｌｌ width", "full", "Ｆｕｌｌ"),
            ("the oﬃce", "office", "oﬃce"),
            ("in ١٩٩٩", "1999", "١٩٩٩"),
            ("add 3½ cups", "3", "3"),
        ],
    )
    def test_what_readers_do_not_tell_apart_is_equal(
        self, tmp_path: Path, text: str, q: str, mark: str
    ) -> None:
        with search_files(tmp_path, {"a.txt": f"{text}\n"}, language="none") as searcher:
            for query in (q, f"+{q}", f'"{q}"'):
                assert_marked(searcher, query, "a.txt", mark)

    def test_a_word_divided_at_the_end_of_a_line_is_found(self, tmp_path: Path) -> None:
        text = "They spoke about the cli-\nmate and a well-\n  known re-\r\nport.\n"
        with search_files(tmp_path, {"a.txt": text}) as searcher:
            for q in ("climate", "+climate", '"climate"'):
                assert_marked(searcher, q, "a.txt", "cli-\nmate")
            assert_marked(searcher, "report", "a.txt", "re-\r\nport")
            assert_marked(searcher, '"the cli- mate and"', "a.txt", "the cli-\nmate and")
            assert found(searcher, '"mate and a well"') == ["a.txt"]


class TestSigns:
    """Signs count where they change the meaning."""

    FILES: ClassVar[dict[str, str]] = {
        "percent.txt": "A survey of 70% of inmates cost £70 and $5, at 20°C.\n",
        "plain.txt": "There were 70 inmates of 5 prisons with 20 books in C block.\n",
        "thousand.txt": "The firm will cut 1,000 jobs.\n",
        "scattered.txt": "They lost 000 tickets; 1 curator has a job. There were 500,000 coins.\n",
        "hospital.txt": "The A&E unit and the R&D office of AT&T are shut.\n",
        "disco.txt": "E, said the DJ, E and again E. A list: R, D, T.\n",
        "cannot.txt": "I cannot swim.\n",
        "rex.txt": "Don't swim near T Rex.\n",
        "nations.txt": "The U.N. troops left with N.A.T.O. staff.\n",
        "obrien.txt": "Mr O'Brien spoke with Mrs O’Neill.\n",
        "law.txt": "See § 12(3)(b) of the act.\n",
        "law-scattered.txt": "Of 12 acts, 3 have a section b. See § 3.\n",
        "dotnet.txt": "It runs on .NET 8 and C# code.\n",
        "profit.txt": "The net profit was 8 in grade C.\n",
        "mail.txt": "Send an e-mail over wi-fi.\n",
        "email.txt": "Send an email over wifi.\n",
    }

    @pytest.fixture(scope="class")
    @classmethod
    def searcher(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
        with search_files(tmp_path_factory.mktemp("signs"), cls.FILES) as searcher:
            yield searcher

    @pytest.mark.parametrize(
        ("q", "paths"),
        [
            ('"70%"', ["percent.txt"]),
            ('"70% of inmates"', ["percent.txt"]),
            ('+"70%"', ["percent.txt"]),
            ('+"£70"', ["percent.txt"]),
            ('"20 °C"', ["percent.txt"]),
            ("+1000", ["thousand.txt"]),
            ('"1000 jobs"', ["thousand.txt"]),
            ('"1,000 jobs"', ["thousand.txt"]),
            ("+A&E", ["hospital.txt"]),
            ("a&e", ["hospital.txt"]),
            ('"AT&T are"', ["hospital.txt"]),
            ("can't", ["cannot.txt"]),
            ("can’t", ["cannot.txt"]),
            ('"can\'t swim"', ["cannot.txt"]),
            ('"do not swim"', ["rex.txt"]),
            ("UN", ["nations.txt"]),
            ('"UN troops"', ["nations.txt"]),
            ('"U.N. troops"', ["nations.txt"]),
            ("NATO", ["nations.txt"]),
            ("OBrien", ["obrien.txt"]),
            ("brien", ["obrien.txt"]),
            ('"O\'Neill"', ["obrien.txt"]),
            ('"Mr OBrien spoke"', ["obrien.txt"]),
            ('+"§12(3)(b)"', ["law.txt"]),
            ('"§ 12(3)(b)"', ["law.txt"]),
            ("+C#", ["dotnet.txt"]),
        ],
    )
    def test_the_sign_counts(self, searcher: Searcher, q: str, paths: list[str]) -> None:
        assert found(searcher, q) == paths

    @pytest.mark.parametrize(
        ("q", "first"),
        [
            ("70%", "percent.txt"),
            ("£70", "percent.txt"),
            ("1,000 jobs", "thousand.txt"),
            ("can't swim", "cannot.txt"),
            ("§ 12(3)(b)", "law.txt"),
            (".NET 8", "dotnet.txt"),
            ("C#", "dotnet.txt"),
        ],
    )
    def test_the_exact_one_is_first(self, searcher: Searcher, q: str, first: str) -> None:
        assert found(searcher, q)[0] == first

    def test_a_bare_number_finds_it_with_a_sign(self, searcher: Searcher) -> None:
        assert {"percent.txt", "plain.txt"} == set(found(searcher, "+70"))

    @pytest.mark.parametrize(
        "q", ["e-mail", "email", "wi-fi", "wifi", "+e-mail", "+email", "+wifi"]
    )
    def test_hyphens_make_no_difference(self, searcher: Searcher, q: str) -> None:
        assert {"mail.txt", "email.txt"} == set(found(searcher, q))

    def test_highlights_cover_whole_words(self, searcher: Searcher) -> None:
        assert_marked(searcher, "nato", "nations.txt", "N.A.T.O.")
        assert_marked(searcher, "brien", "obrien.txt", "O'Brien")
        assert_marked(searcher, "1000", "thousand.txt", "1,000")
        assert_marked(searcher, '"70% of inmates"', "percent.txt", "70% of inmates")


def test_a_negation_counts(tmp_path: Path) -> None:
    """`not` is searched like any other word."""
    files = {
        "a.txt": "Marlow did resign over the silo leak.\n",
        "b.txt": "Marlow did not resign over the silo leak.\n",
        "c.txt": "Marlow didn't resign over the mill.\n",
    }
    with search_files(tmp_path, files) as searcher:
        assert found(searcher, "Marlow did not resign")[-1] == "a.txt"
        assert "not" in marked(searcher, "Marlow did not resign over the silo leak")
        assert found(searcher, "not") != []


@pytest.mark.parametrize(
    "q",
    [
        "firefighters https://t.co/abc",
        "firefighters www.example.com",
        "pic.twitter.com/x1 firefighters",
    ],
)
def test_an_address_does_not_outweigh_the_words_beside_it(tmp_path: Path, q: str) -> None:
    files = {
        "fire.txt": "Firefighters saved a tower.\n",
        "cats.txt": "See https://t.co/qwErTy via pic.twitter.com and https://t.co/zzz for cats, "
        "on www.example.org and example.com.\n",
    }
    with search_files(tmp_path, files) as searcher:
        assert found(searcher, q)[0] == "fire.txt"
        assert found(searcher, "https://t.co/qwErTy")[0] == "cats.txt"
        assert found(searcher, "+https://t.co/qwErTy") == ["cats.txt"]


def test_sentences_that_run_together_make_no_identifiers(tmp_path: Path) -> None:
    text = (
        "The crash killed nine.The inquiry was in London.He said so. Use Node.js on example.com.\n"
    )
    with search_files(tmp_path, {"a.txt": text}) as searcher:
        analyzer = searcher.snapshot.analyzer
        assert [term.text for term in analyzer.identifiers(text)] == ["node.js", "example.com"]
        assert found(searcher, '"killed nine. The inquiry"') == ["a.txt"]
