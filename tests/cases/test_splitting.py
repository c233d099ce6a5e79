"""Where documents are cut, the whole way: a folder is written, indexed and searched."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from api.contract.hits import Hit
from api.contract.search import SearchRequest
from api.search.searcher import Searcher
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, search_index, write
from tests.hashed_embedder import HashedEmbedder


@contextmanager
def searcher_of(place: Path, **files: str) -> Iterator[Searcher]:
    """Index the files, named with `__` for the dot, with vectors, and open the index."""
    for name, text in files.items():
        write(place / "folder", name.replace("__", "."), text)
    index, embedder = IndexFolder(place / "index"), HashedEmbedder()
    publish(place / "folder", index, embedder)
    with search_index(index, embedder) as searcher:
        yield searcher


def hits(searcher: Searcher, q: str, **parameters: Any) -> list[Hit]:
    request = SearchRequest(q=q, limit=100, fold_duplicates=False, **parameters)
    return searcher.search(request).hits


def best(hit: Hit) -> str:
    start, end = hit.best.start - hit.span.start, hit.best.end - hit.span.start
    return hit.text[start:end]


class TestSentencesThatCrawledTextRunsTogether:
    """A stop before a capital ends a sentence without a blank, so the best span is a sentence."""

    SENTENCES = (
        "The crash killed nine.",
        "The inquiry found “no fault”.",
        "He said so.",
        "“Never,” she said.",
        "Then it ended!",
        "Was it true?",
        "Yes.",
        "The mayor of Kraków told the BBC that a new bridge will be built before the winter.",
        "Он пришёл.",
        "Она ушла.",
    )

    def test_the_best_span_is_cut_at_the_ends_of_sentences(self, tmp_path: Path) -> None:
        text = "".join(self.SENTENCES)
        ends = [0]
        for sentence in self.SENTENCES:
            ends.append(ends[-1] + len(sentence))
        with searcher_of(tmp_path, news__txt=text) as searcher:
            for q in ("inquiry", "killed", "true", "mayor bridge", "Она"):
                (hit,) = hits(searcher, q, mode="lexical")
                assert {hit.best.start, hit.best.end} <= set(ends)
                among = [end for end in ends if hit.best.start < end <= hit.best.end]
                assert len(among) <= 3
                assert q.split()[0] in best(hit)
