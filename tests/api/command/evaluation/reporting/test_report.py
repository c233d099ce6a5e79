"""The page that a person reads."""

import re
from pathlib import Path

import pytest

from api.command.evaluation.judged_set import JudgedSet, open_judged_set
from api.command.evaluation.measured_set import MeasuredSet
from api.command.evaluation.reporting.report import report_page
from api.command.evaluation.runner import Answer, Found
from api.command.evaluation.setting import Setting
from api.contract.search import Mode
from indexer.spans import Span
from tests.api.command.evaluation.judged_folders import write_document_set, write_span_set

LEXICAL = Setting(Mode.LEXICAL)


@pytest.fixture(params=["documents", "spans"])
def judged(request: pytest.FixtureRequest, tmp_path: Path) -> JudgedSet:
    write = write_document_set if request.param == "documents" else write_span_set
    return open_judged_set(write(tmp_path / "a & b"))


def test_a_report_shows_figures_and_plots_of_every_set(judged: JudgedSet) -> None:
    found = Found("nato.txt", Span(0, 83), Span(32, 67), 0.9, 0.75, relevant=True)
    queries = ["q1", "q2"] if hasattr(judged, "queries") else ["1", "2"]
    answers = [
        Answer(LEXICAL, query, "?", [found], ["doc/1"], {"nDCG@10": 0.123456}, 3.21)
        for query in queries
    ]
    build = {"published": True, "passages": 1234, "embedded": 1000, "seconds": 7.25}
    unrelated = {"other": [Answer(LEXICAL, "o1", "?", [])]}
    page = report_page([MeasuredSet(judged, build, answers, unrelated)])
    assert "<h2>a &amp; b</h2>" in page
    assert "0.1235" in page
    assert "3.2" in page
    assert "1,234 passages, 1,000 embedded now; built in 7.2 s" in page
    # Hits answer three times in four and every time, a quarter more than said. Others find none.
    assert "<th>calibration error</th><td>0.2500</td>" in page
    assert "<th>AUC against other</th><td>1.0000</td>" in page
    # Recall against depth, reliability, and the scores of one setting.
    assert page.count("<svg") == 3
    assert ">calibrated</text>" in page
    # The page loads no other file.
    assert not re.search(r"<script|<link|src=|href=|@import|url\(", page)
    assert "judged an answer" in page
