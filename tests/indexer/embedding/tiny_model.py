"""Sentence-transformers models of a few kilobytes with random weights, made by the tests."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["MAX_TOKENS", "VOCABULARY", "make_tiny_model"]

DIMENSION = 32
# Not a multiple of anything that a batch is padded to.
MAX_TOKENS = 50
VOCABULARY = [
    *["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", ":", "the", "wolf", "moon", "river"],
    *["howl", "##s", "at", "query", "passage"],
]


def make_tiny_model(
    folder: Path,
    *,
    pooling: str,
    prompts: Mapping[str, str] | None = None,
    default_prompt: str | None = None,
    include_prompt: bool = True,
    seed: int = 1,
) -> Path:
    """Return the folder of a new model."""
    prompted = tuple((prompts or {}).items())
    files = _files_of_model(pooling, prompted, default_prompt, include_prompt, seed)
    for name, content in files.items():
        path = folder / "model" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder / "model"


@cache
def _files_of_model(
    pooling: str,
    prompts: tuple[tuple[str, str], ...],
    default_prompt: str | None,
    include_prompt: bool,
    seed: int,
) -> dict[str, bytes]:
    """Return the content of each file of a model, cached because many tests use the same one."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=DIMENSION,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=MAX_TOKENS,
        initializer_range=0.3,  # with the usual 0.02 all texts would be about the same
    )
    with TemporaryDirectory() as place:
        parts = Path(place) / "parts"
        parts.mkdir()
        (parts / "vocab.txt").write_text("\n".join(VOCABULARY))
        BertTokenizer(str(parts / "vocab.txt")).save_pretrained(parts)
        BertModel(config).save_pretrained(parts)
        modules = [
            Transformer(str(parts), max_seq_length=MAX_TOKENS),
            Pooling(DIMENSION, pooling_mode=pooling, include_prompt=include_prompt),
        ]
        model = SentenceTransformer(
            modules=modules,
            prompts=dict(prompts),
            default_prompt_name=default_prompt,
            device="cpu",
        )
        saved = Path(place) / "model"
        model.save(str(saved))
        return {
            path.relative_to(saved).as_posix(): path.read_bytes()
            for path in saved.rglob("*")
            if path.is_file()
        }
