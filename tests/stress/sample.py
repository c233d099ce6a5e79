"""The corpus that is indexed where nobody names another."""

from scripts.benchmarking.serving.server import ROOT

__all__ = ["SAMPLE_CORPUS"]

SAMPLE_CORPUS = ROOT / "tests" / "relevance" / "corpus"
