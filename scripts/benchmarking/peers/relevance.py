"""How well judged queries are answered: nDCG@10 of documents, each ranked by its best passage."""

from collections.abc import Mapping
from statistics import fmean

from api.command.evaluation.judged_set import DocumentSet
from api.command.evaluation.metrics import document_metrics
from scripts.benchmarking.peers.asking import AskedEngine
from scripts.benchmarking.peers.engines.peer import MODES

__all__ = ["MEASURE", "measure_relevance"]

MEASURE = "nDCG@10"
# Enough passages for ten documents.
PASSAGES = 100
# Spanlight's limit; judged queries are rarely longer.
LONGEST_QUERY = 1_000


def measure_relevance(
    asked: AskedEngine, judged: DocumentSet, ids: Mapping[str, str]
) -> dict[str, float]:
    """Return nDCG@10 for each mode; `ids` maps paths to document ids."""
    texts = [query.text[:LONGEST_QUERY] for query in judged.queries]
    found = {}
    for mode in MODES:
        paths = asked.ask(texts, mode, PASSAGES).paths
        rankings = {
            query.id: [ids[path] for path in dict.fromkeys(ranked)]
            for query, ranked in zip(judged.queries, paths, strict=True)
        }
        metrics = document_metrics(judged.judgements, rankings)
        found[mode] = fmean(each[MEASURE] for each in metrics.values())
    return found
