"""A query and passages -> how well each passage answers, by a model that reads both together.

This is more exact than comparing embeddings, and slower by orders of magnitude, so only the best
hits get it.
"""

import os
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Protocol

from indexer.embedding.model_files import model_folder
from indexer.errors import ModelNotFound, ModelUnusable, is_failure

__all__ = ["CrossEncoder", "SentenceTransformersCrossEncoder", "load_cross_encoder"]

# A larger batch gains nothing on two cores and costs padding: with the library's 32, fifty pairs
# take twice as long.
BATCH_PAIRS = 4


class CrossEncoder(Protocol):
    """Scores passages against a query."""

    def logits(self, query: str, texts: Sequence[str]) -> list[float]:
        """Return a score for each text, of any size and sign; higher is better.

        Raises ModelUnusable.
        """


def load_cross_encoder(name: str) -> CrossEncoder:
    """Return the cross-encoder in a folder, or with a name on the hub. Raises ModelUnusable."""
    try:
        folder = model_folder(name)
    except ModelNotFound as error:
        raise ModelNotFound(
            f"SPANLIGHT_RERANKER: {error}; a reranker is a cross-encoder, such as "
            "cross-encoder/ms-marco-MiniLM-L6-v2"
        ) from error
    return SentenceTransformersCrossEncoder(folder)


class SentenceTransformersCrossEncoder:
    """A CrossEncoder on sentence-transformers. Not safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        # The embedding model sets this too: torch reads it once, when the first model loads.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        import sentence_transformers
        from torch.nn import Identity
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        # Each model brings its own function for the last step. The logits before that step mean the
        # same for all models.
        self._last_step = Identity()
        try:
            self._model = sentence_transformers.CrossEncoder(
                str(folder), device="cpu", local_files_only=True
            )
        except Exception as error:
            # Each of the libraries raises its own errors for broken or unexpected files.
            raise _unusable(folder, f"contains no model that can be loaded: {error}") from error
        self._check(folder)

    def logits(self, query: str, texts: Sequence[str]) -> list[float]:
        try:
            scores = self._scores(query, texts)
        except BaseException as error:
            if not is_failure(error):
                raise
            # The search itself is still answered, without reranking.
            raise ModelUnusable(f"the reranker failed: {error}") from error
        if not all(map(isfinite, scores)):
            raise ModelUnusable("the reranker returned scores that are not finite numbers")
        return scores

    def _scores(self, query: str, texts: Sequence[str]) -> list[float]:
        scores = self._model.predict(
            [(query, text) for text in texts],
            batch_size=BATCH_PAIRS,
            activation_fn=self._last_step,
            show_progress_bar=False,
        )
        return [float(score) for score in scores]

    def _check(self, folder: Path) -> None:
        """Raise ModelNotFound if the model loads but is not a reranker."""
        architectures = getattr(self._model.config, "architectures", None) or []
        task = getattr(self._model[0], "transformer_task", None)
        if task == "sequence-classification" and not any(
            name.endswith("ForSequenceClassification") for name in architectures
        ):
            # The library would fill in random weights for the layer that an embedding model lacks.
            raise _unusable(folder, f"contains another kind of model ({', '.join(architectures)})")
        labels = self._model.num_labels
        if labels != 1:
            raise _unusable(folder, f"contains a model that gives {labels} labels, not one score")
        if not all(map(isfinite, self._scores("warm up", ["warm up"]))):
            raise _unusable(folder, "contains a model whose scores are not finite numbers")


def _unusable(folder: Path, why: str) -> ModelNotFound:
    return ModelNotFound(
        f"SPANLIGHT_RERANKER: {folder} {' '.join(why.split())}; give the folder or the name of a "
        "cross-encoder with one score, such as cross-encoder/ms-marco-MiniLM-L6-v2"
    )
