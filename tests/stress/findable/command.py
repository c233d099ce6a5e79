"""Look for random words and quotations of folders in the files that have them. All are found.

Words are those of Unicode, as they are written in a file, and each is looked for by words alone
with the path of its file. Quotations are runs of words in quotation marks.
"""

import argparse
import re
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from random import Random

from api.contract.hits import Hit
from api.contract.limits import MAX_LIMIT, MAX_QUERY_CHARS
from api.contract.search import Mode, Scope, SearchRequest
from api.search.searcher import Searcher
from api.settings import ServerSettings
from indexer.building.build import build_index
from indexer.building.task import BuildTask
from indexer.command.arguments import positive_number
from indexer.config import NO_MODEL, IndexConfig
from indexer.documents import document_id
from indexer.index.analysis.normal_form import composed
from indexer.index.folder import IndexFolder
from indexer.index.snapshot import open_snapshot
from tests.stress.findable.drawn import Drawn, holds, runs, words
from tests.stress.outcome import Command, Outcome

__all__ = ["COMMAND", "look_for"]

# Lengths of quotations, in words. The longer ones often cross the borders of passages.
QUOTED_WORDS = (2, 3, 12, 25, 50)
# A quotation is found for sure with this confidence.
SURE = 0.9
WILDCARDS = re.compile(r"[\\*?\[\]!#]")


def look_for(folders: Sequence[Path], *, words_each: int, runs_each: int, seed: int) -> Outcome:
    """Return what was found of the words and the runs of each length that each folder gives."""
    outcome = Outcome()
    started = time.monotonic()
    for folder in folders:
        with tempfile.TemporaryDirectory(prefix="spanlight-findable-") as place:
            index = IndexFolder(Path(place) / "index")
            build_index(BuildTask(folder, index, IndexConfig(model=NO_MODEL)))
            with closing(open_snapshot(index, index.current())) as snapshot:
                searcher = Searcher(snapshot, None, ServerSettings(index=index.path))
                _Looking(searcher, outcome).look(words_each, runs_each, Random(seed))
    outcome.figures["seconds"] = time.monotonic() - started
    return outcome


class _Looking:
    """Looks in one folder, and counts what it finds."""

    def __init__(self, searcher: Searcher, outcome: Outcome) -> None:
        self._searcher = searcher
        self._outcome = outcome
        self._texts: Mapping[str, str] = {
            entry.path: searcher.documents.text(document_id(entry.path)).text
            for entry in searcher.snapshot.catalog.entries
        }

    def look(self, words_each: int, runs_each: int, chance: Random) -> None:
        for word in words(self._texts, words_each, chance):
            self._expect("words", word, self._hits(word, word.text))
        for word in words(self._texts, runs_each, chance):
            self._expect("required words", word, self._hits(word, f"+{_leaf(word)}"))
            self._expect_none("excluded words", word)
        for length in QUOTED_WORDS:
            drawn = runs(self._texts, length, runs_each, chance, most_chars=MAX_QUERY_CHARS - 2)
            for run in drawn:
                hits = self._hits(run, f'"{run.text}"')
                what = f"quotations of {length} words"
                self._expect(what, run, hits, whole=True)
                if hits and (hits[0].confidence or 0) >= SURE:
                    self._outcome.count(f"{what}, confidence {SURE} or more")

    def _hits(self, drawn: Drawn, q: str, scope: Scope = Scope.DOCUMENT) -> list[Hit]:
        path = WILDCARDS.sub(r"\\\g<0>", drawn.path)
        request = SearchRequest(
            q=q,
            mode=Mode.LEXICAL,
            path=[f"/{path}"],
            limit=MAX_LIMIT,
            scope=scope,
            fold_duplicates=False,
        )
        return self._searcher.search(request).hits

    def _expect(self, what: str, drawn: Drawn, hits: Sequence[Hit], *, whole: bool = False) -> None:
        self._outcome.count(what)
        if not hits:
            self._outcome.errors.append(f"{what}: {drawn.path} has {drawn.text!r}: not found")
        elif whole and not any(
            drawn.text in hit.text
            or hit.span.start <= drawn.span.start <= drawn.span.end <= hit.span.end
            for hit in hits
        ):
            self._outcome.errors.append(f"{what}: {drawn.path} has {drawn.text!r}: not shown whole")

    def _expect_none(self, what: str, drawn: Drawn) -> None:
        self._outcome.count(what)
        excluded = f"-{_leaf(drawn)}"
        wrong = self._hits(drawn, excluded)
        wrong += [
            hit for hit in self._hits(drawn, excluded, Scope.PASSAGE) if holds(hit.text, drawn.text)
        ]
        if wrong:
            self._outcome.errors.append(f"{what}: {drawn.path} has {drawn.text!r}: it is found")


def _leaf(drawn: Drawn) -> str:
    """Return the word as an operator takes it; a longer one in letters needs no quotes."""
    bare = len(composed(drawn.text)) > 1 and drawn.text[0].isalpha()
    return drawn.text if bare else f'"{drawn.text}"'


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folders", metavar="FOLDER", nargs="+", type=Path, help="folder to index")
    parser.add_argument(
        "--words", type=positive_number, default=2_000, help="words of each folder (2,000)"
    )
    parser.add_argument(
        "--runs",
        type=positive_number,
        default=500,
        help="quotations of each length, and words with an operator, of each folder (500)",
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the random choices (1)")


def _run(options: argparse.Namespace) -> Outcome:
    return look_for(
        options.folders, words_each=options.words, runs_each=options.runs, seed=options.seed
    )


COMMAND = Command("findable", __doc__, _add_options, _run)
