import pytest
from hypothesis import given

from indexer.index.analysis.escapes import ESCAPES
from indexer.index.analysis.normal_form import NORMAL_FORM
from indexer.index.analysis.rewriting import Rewriting, Traced
from tests.indexer.index.analysis.test_analyzer import awkward_texts


@pytest.mark.parametrize("rewriting", [ESCAPES, NORMAL_FORM], ids=["escapes", "normal form"])
@given(text=awkward_texts)
def test_texts_that_are_passed_over_would_not_change(rewriting: Rewriting, text: str) -> None:
    rewritten = rewriting.pattern.sub(rewriting.replacement, text)
    assert rewriting.text(text) == rewritten
    assert rewriting.traced(Traced(text)).text == rewritten
