"""A file beside a document says who wrote it, where it is from, and when it was published."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import Description
from indexer.reading.formats.description import Sidecar, description_of, read_sidecar


def test_a_sidecar_describes_a_document() -> None:
    content = {
        "title": "The\n bridge",
        "Authors": [{"name": "Ann Lee"}, "Bo Ek", 5],
        "sitename": "The Post",
        "date": "2026/10/05 10:00:00Z",
        "url": "https://example.org/a",
        "language": "en-GB",
        "text": "It opens.",
    }
    assert read_sidecar(json.dumps(content).encode()) == Sidecar(
        "The bridge",
        Description(
            "Ann Lee, Bo Ek", "The Post", "2026-10-05T10:00:00Z", "https://example.org/a", "en"
        ),
    )


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"a": 1}', b"\xff", b'{"title": ""}', b"[" * 100_000, b'{"date": "May"}'],
)
def test_other_files_describe_nothing(content: bytes) -> None:
    assert read_sidecar(content) is None


@pytest.mark.parametrize("wrong", ["2026", "2026-13-01", "5 May 2026", ""])
def test_a_date_without_year_month_and_day_is_left_out(wrong: str) -> None:
    assert description_of({"published": wrong}) == Description()


@given(
    st.recursive(
        st.none() | st.floats() | st.text(st.characters()),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["title", "author"]), inner)
        ),
    )
)
def test_any_json_gives_text_that_can_be_stored(value: object) -> None:
    found = read_sidecar(json.dumps(value).encode())
    if found is not None:
        str(found).encode()
