"""Fixtures of the relevance tests: the sample corpus, asked every golden query in every mode."""

from collections.abc import Iterator, Mapping
from itertools import chain

import pytest

from api.contract.search import Mode, SearchRequest
from api.search.searcher import Searcher
from indexer.building.build import BuildTask, build_index
from indexer.config import DEFAULT_MODEL, IndexConfig
from indexer.embedding.embedder import LazyEmbedder
from indexer.index.generation import IndexFolder
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

# Where scores are computed in bfloat16 they differ from those in float32 by up to 0.0024 on this
# corpus, so two of them may come 0.0048 nearer to each other. BM25 is the same everywhere.
NEARLY_TIED = {Mode.LEXICAL: 0.0, Mode.SEMANTIC: 0.005, Mode.HYBRID: 0.005}
# Deeper than what counts, to see what nearly ties with the last rank that does.
ASKED_HITS = 20


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    # What the reports hold comes from other processes too, where the tests run in several.
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
    """What answers from the sample corpus, with the default model and the default settings.

    The model computes in single precision: in half precision each kind of processor rounds in its
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
    """What every golden query finds."""
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
