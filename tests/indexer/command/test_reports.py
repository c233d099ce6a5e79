from dataclasses import replace

from indexer.command.reports import pending_line
from indexer.config import IndexConfig
from indexer.index.manifest import Manifest
from indexer.index.vectors.vector_index import VectorParameters

WORDS = Manifest(
    generation="00000001-ab12cd34",
    number=1,
    built="2026-01-01T00:00:00+00:00",
    folder="/documents",
    config=IndexConfig(),
    model_identity="model",
    dimension=384,
    documents=1_000,
    passages=50_440,
    dead_passages=0,
    vectors=VectorParameters("exact", 0),
    engines={},
    files={},
)


def test_words_are_searchable_before_vectors() -> None:
    assert pending_line(WORDS) == (
        "Generation 00000001-ab12cd34 was published: searchable by words now; vectors follow"
    )


def test_the_number_of_passages_with_vectors_is_reported() -> None:
    assert pending_line(replace(WORDS, vectors=VectorParameters("exact", 12_345))) == (
        "Generation 00000001-ab12cd34 was published: 12,345 of 50,440 passages have vectors; the "
        "others are found by words"
    )
