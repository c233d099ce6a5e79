"""What `benchmark.py` does, from the folder to the tables."""

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from indexer.errors import UsageError
from scripts.benchmarking.building import (
    BuildFigures,
    Corpus,
    copy_corpus,
    measure_builds,
    run_build,
)
from scripts.benchmarking.machine import describe_machine
from scripts.benchmarking.options import Options
from scripts.benchmarking.queries import UnseenQueries, read_queries, sentences_of
from scripts.benchmarking.searching import SearchFigures, measure_search
from scripts.benchmarking.tables import build_table, search_tables, stage_table

__all__ = ["run"]

STANDARD_OUTPUT = "-"
# A file or a pipe has no width that a table could be too wide for.
UNBOUNDED_WIDTH = 160


def run(options: Options) -> None:
    """Measure, print the tables, and write the figures where they were asked for."""
    machine = describe_machine()
    console = _console(options)
    console.print(f"{machine}\n")
    builds: dict[str, BuildFigures] = {}
    searches: dict[str, SearchFigures] = {}
    queries = _queries(options)
    if options.index is not None and not options.builds:
        searches[str(options.index)] = measure_search(options.index, queries, options.queries)
    else:
        with tempfile.TemporaryDirectory(prefix="spanlight-benchmark-") as work:
            corpus = copy_corpus(options.data, options.files, Path(work) / "corpus")
            for number, model in enumerate(options.models):
                index = Path(work) / f"index-{number}"
                if options.builds:
                    builds[model] = measure_builds(corpus, index, model)
                else:
                    run_build(corpus, index, model)
                if options.searches:
                    searches[model] = measure_search(index, queries, options.queries)
