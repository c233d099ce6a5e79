from typing import Any

import pytest
from hypothesis import given

from indexer.index.analysis import escapes, normal_form
from indexer.index.analysis.rewriting import Rewriting, Traced
from tests.indexer.index.analysis.test_analyzer import awkward_texts


@pytest.mark.parametrize(
    ("rewriting", "pattern"),
    [
        (escapes.ESCAPES, escapes.PATTERN),
        (normal_form.NORMAL_FORM, normal_form.FOLDED),
    ],
    ids=["escapes", "normal form"],
)
@given(text=awkward_texts)
def test_every_match_of_the_pattern_is_replaced(
    rewriting: Rewriting, pattern: Any, text: str
) -> None:
    rewritten = pattern.sub(rewriting.replacement, text)
    assert rewriting.text(text) == rewritten
    assert rewriting.traced(Traced(text)).text == rewritten
