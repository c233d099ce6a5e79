"""Cross-encoders of a few kilobytes with random weights, made by the tests."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import BertConfig

__all__ = ["MAX_TOKENS", "WORDS", "make_tiny_cross_encoder", "make_tiny_embedding_model"]

MAX_TOKENS = 50
WORDS = ["ferry", "bridge", "river", "tide", "pier", "harbour", "winter", "mail", "piano", "deck"]


def make_tiny_cross_encoder(folder: Path, *, labels: int = 1, seed: int = 1) -> Path:
    """Return the folder of a new model with this number of scores per pair."""
    from transformers import BertForSequenceClassification

    config = _prepare(folder, seed)
    config.num_labels = labels
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def make_tiny_embedding_model(folder: Path) -> Path:
    """Return the folder of a new model without a scoring layer."""
    from transformers import BertModel

    BertModel(_prepare(folder, 1)).save_pretrained(folder)
    return folder


def _prepare(folder: Path, seed: int) -> "BertConfig":
    """Save a tokenizer with few words; return the configuration of a model for it."""
    import torch
    from transformers import BertConfig, BertTokenizer

    folder.mkdir(parents=True)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", *WORDS]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(seed)
    return BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=MAX_TOKENS,
        initializer_range=0.3,  # with the usual 0.02 all pairs would score about the same
    )
