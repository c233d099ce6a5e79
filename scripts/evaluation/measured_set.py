"""A judged set, indexed and asked as users would: by the real build and the real searcher."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.errors import SpanlightError
from scripts.evaluation.judged_set import DocumentSet, JudgedSet, write_documents
from scripts.evaluation.runner import Answer, evaluate_documents, evaluate_spans
from scripts.evaluation.setting import Setting
from scripts.evaluation.summary import SettingSummary, summarise

__all__ = ["BuildFailed", "MeasuredSet", "measure_set"]

REINDEX = Path(__file__).resolve().parents[1] / "reindex.py"


class BuildFailed(SpanlightError):
    """`reindex.py` did not succeed; what it said stands on stderr."""

    code = "build_failed"


@dataclass(frozen=True, slots=True)
class MeasuredSet:
    """A judged set with every answer; `build` is what `reindex.py --json` reported."""

    judged: JudgedSet
    build: dict[str, Any]
    answers: list[Answer]

    @property
    def summaries(self) -> list[SettingSummary]:
        return summarise(self.answers)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.judged.name,
            "layout": "beir" if isinstance(self.judged, DocumentSet) else "spans",
            "build": self.build,
            "settings": [summary.as_json() for summary in self.summaries],
        }


def measure_set(
    judged: JudgedSet,
    settings: Sequence[Setting],
    *,
    model: str | None,
    keep: Path | None,
    on_query: Callable[[], None],
    depth: int,
) -> MeasuredSet:
    """Index the set, or bring its index up to date, and ask every query in every setting.

    With `keep`, the index and the documents written for it stay there for the next time.
    """
    with _working_folder(keep, judged.name) as folder:
        if isinstance(judged, DocumentSet):
            source = folder / "documents"
            ids = write_documents(judged, source)
        else:
            source, ids = judged.corpora, {}
        build = reindex(source, folder / "index", model)
        with open_search(folder / "index") as search:
            ...
