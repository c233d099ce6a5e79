"""Fixtures of the relevance tests: every golden query in every mode over the sample corpus."""

from collections.abc import Iterator, Mapping
from itertools import chain

import pytest

from api.contract.search import Mode, SearchRequest
from api.search.searcher import Searcher
from indexer.building.build import build_index
from indexer.building.task import BuildTask
from indexer.config import DEFAULT_MODEL, IndexConfig
from indexer.embedding.embedder import LazyEmbedder
from indexer.index.folder import IndexFolder
from tests.api.served_index import search_index
from tests.relevance.golden_queries import (
    CORPUS,
    QUERIES,
    GoldenQuery,
    locate,
    read_queries,
    read_texts,
)
from tests.relevance.golden_ranks import places_of, rank_of, top_of
from tests.relevance.golden_table import NOTE, GoldenRow

# Scores computed in bfloat16 differ from those in float32 by up to 0.0024 on this
# corpus, so the distance between two may shrink by 0.0048. BM25 is the same everywhere.
NEARLY_TIED = {Mode.LEXICAL: 0.0, Mode.SEMANTIC: 0.005, Mode.HYBRID: 0.005}
# Deeper than the ranks that count, to see which hits nearly tie with the last of them.
ASKED_HITS = 20


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    # The reports also come from other processes if the tests run in several.
    reports = chain.from_iterable(terminalreporter.stats.values())
    for report in [each for each in reports if getattr(each, "when", None) == "call"]:
        for name, value in report.user_properties:
            if name == NOTE:
                terminalreporter.write_line(str(value))


@pytest.fixture(scope="session")
def queries() -> list[GoldenQuery]:
    return read_queries(QUERIES)


@pytest.fixture(scope="session")
def texts() -> Mapping[str, str]:
    """The decoded files of the sample corpus."""
    return read_texts(CORPUS)


@pytest.fixture(scope="session")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    """A searcher over the sample corpus, with the default model and the default settings.

    The model computes in single precision. In half precision each kind of processor rounds in its
    own way, and the last of the ranks would differ from machine to machine.
    """
    index = IndexFolder(tmp_path_factory.mktemp("relevance") / "index")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("indexer.embedding.bert._precision", lambda: "f32")
        embedder = LazyEmbedder(DEFAULT_MODEL)
        build_index(BuildTask(CORPUS, index, IndexConfig(), embedder))
        with search_index(index, embedder) as searcher:
            yield searcher


@pytest.fixture(scope="session")
def rows(
    searcher: Searcher, queries: list[GoldenQuery], texts: Mapping[str, str]
) -> list[GoldenRow]:
    """The results of every golden query."""
    return [_ask(searcher, query, texts) for query in queries]


def _ask(searcher: Searcher, query: GoldenQuery, texts: Mapping[str, str]) -> GoldenRow:
    expected = [locate(each, texts) for each in query.expected]
    answers = {
        mode: places_of(
            searcher.search(SearchRequest(q=query.text, mode=mode, limit=ASKED_HITS)).hits
        )
        for mode in NEARLY_TIED
    }
    ranks = {
        mode.value: rank_of(
            places, expected, wants_all=query.wants_all, tolerance=NEARLY_TIED[mode]
        )
        for mode, places in answers.items()
    }
    top = top_of(answers[Mode.HYBRID], tolerance=NEARLY_TIED[Mode.HYBRID])
    return GoldenRow(query.id, query.kind, ranks, top)
