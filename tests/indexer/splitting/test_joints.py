from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.splitting.joints import joints
from tests.indexer.strategies import texts


def parts(text: str) -> list[str]:
    return [text[start:end] for start, end in pairwise([0, *joints(text), len(text)])]


@pytest.mark.parametrize(
    "sentences",
    [
        ["The ferry sank.", "Two were saved.", "Nobody knows why"],
        ["The report said “no fault”.", "He agreed.", "“Never,” she said.", "Then it ended!"],
        ["Was it true?", "Yes.", "It was…", "No!", "Never..."],
        ['He said "so."', "Then he left."],
        ["He said so.", '"Never," she said.', '"It is."', "Then he left."],
        [
            "It fell in 2020.",
            "In May (he said).",
            "Police came.[12]",
            "Shares rose 5%.",
            "NATO met.",
        ],
        ["She lives in Paris.", "The mayor met the BBC.", "It was late…", "McDonald slept."],
        ["I can’t.", "It is well-known.", "MPs voted.", "A vote passed.", "I slept."],
        ["Он пришёл.", "Она ушла в Москве.", "Полиция молчит."],
        ["Ο άνθρωπος ήρθε.", "Η γυναίκα έφυγε.", "Έβρεχε."],
        ["Er ging ins Haus.", "Der Mann blieb.", "Überall war Ruhe."],
        ["See `a.b` for more.", "The end"],
    ],
)
def test_a_stop_before_a_capital_ends_a_sentence(sentences: list[str]) -> None:
    assert parts("".join(sentences)) == sentences


@pytest.mark.parametrize(
    "name",
    [
        *[
            "Node.js",
            "U.S.A",
            "example.Com",
            "3.Nf6",
            "1.Nf3 2.O-O",
            "e.g.The",
            "p.m.The",
            "a.m.In",
        ],
        *["Foo.Bar()", "System.Out", "Console.Write", "v2.Final", "foo.Bar(x)", "get(x).Next"],
        *["pandas.DataFrame", "obj.ToString", "point.X", "sd.Owner = 1", "a.B.C", "Ph.D"],
        *["Report.Pdf", "Report.PDF", "old.Report.txt", "Yahoo.Com", "my_file.The"],
        *["http://a.example/b.The", "C:\\new.The", "ann@mail.The", "docs/intro.The", "q?Name=The"],
        *["St.Louis", "Dr.Strange", "J.Miller", "ул.Ленина", "г.Москва", "А.С.Пушкин"],
        *["`nine.The`", "use `it was nine.The end` here", "1.Introduction", "1..N", "x<y>.The"],
        *["a" * 70 + ".The", "nine." + "T" * 70],
    ],
)
def test_a_name_does_not_end_a_sentence(name: str) -> None:
    assert parts(f"{name} is here") == [f"{name} is here"]
    assert parts(f"We saw\n{name}\nand more") == [f"We saw\n{name}\nand more"]


@given(texts | st.text(alphabet='aZ.!?"”“`(1 ', max_size=40))
def test_joints_are_at_content_after_a_stop(text: str) -> None:
    found = list(joints(text))
    assert found == sorted(set(found))
    for at in found:
        assert not text[at].isspace()
        assert not text[at - 1].isspace()
        assert text[:at].rstrip("\"”’»')]0123456789[^")[-1] in ".!?…"
