"""Words of English, as far as the tokenizer of the default model knows them.

It knows 20,000 words and names, each as one token. They are already on the machine, and whoever
types one of them has not mistyped it.
"""

import json
from functools import cache

from indexer.embedding.model_files import default_tokenizer
from indexer.errors import ModelUnusable

__all__ = ["is_english"]

# Endings with which a known word is another form of itself.
ENDINGS = ("s", "es", "ed", "ing")
SHORTEST_STEM = 4


def is_english(word: str) -> bool:
    """Return whether a word in lower case is known to be English, itself or without its ending.

    Without the default model's files, no word is known.
    """
    known = _words()
    return word in known or any(
        word.endswith(ending) and word.removesuffix(ending) in known
        for ending in ENDINGS
        if len(word) - len(ending) >= SHORTEST_STEM
    )


@cache
def _words() -> frozenset[str]:
    try:
        content = json.loads(default_tokenizer().read_bytes())
    except (ModelUnusable, OSError):
        return frozenset()
    # Parts of words begin with ##.
    return frozenset(token for token in content["model"]["vocab"] if token.isalpha())
