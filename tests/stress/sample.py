"""The corpus that is indexed by default."""

from scripts.benchmarking.serving.server import ROOT

__all__ = ["SAMPLE_CORPUS"]

SAMPLE_CORPUS = ROOT / "tests" / "relevance" / "corpus"
