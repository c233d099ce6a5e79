import pytest

from api.documents.front_matter import body_start


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("---\ntitle: Plan\ntags: [a]\n---\n\n# Plan\n", "# Plan\n"),
        ("---\r\ntitle: Plan\r\n---\r\n\r\nText", "Text"),
        ("---\n# a comment\ntitle: Plan\n...\nText", "Text"),
        ('+++\n"title" = "Plan"\n+++\nText', "Text"),
        ("---\ntitle: Plan\n---", ""),
    ],
)
def test_text_goes_on_after_the_front_matter(text: str, body: str) -> None:
    assert text[body_start(text) :] == body


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Text\n---\ntitle: Plan\n---\n",
        "---\n\nA rule, and text: here.\n\n---\n",
        "---\ntitle: Plan\nnever closed\n",
        "+++\ntitle = 1\n---\n",
    ],
)
def test_other_texts_have_no_front_matter(text: str) -> None:
    assert body_start(text) == 0
