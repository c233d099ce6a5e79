from pathlib import Path

from api.serving.status import index_status
from indexer.index.generation import IndexFolder
from tests.api.served_index import HASHED, publish, search_index, write
from tests.hashed_embedder import HashedEmbedder


def test_the_status_describes_the_generation_in_use(folder: Path, index: IndexFolder) -> None:
    write(folder, "ferry.txt", "The ferry sails at noon.\n")
    write(folder, "harbour.txt", "The harbour is closed.\n")
    generation = publish(folder, index, HashedEmbedder())
    with search_index(index, HashedEmbedder()) as searcher:
        status = index_status(searcher, building=True)
    assert (status.generation, status.folder, status.building) == (generation, str(folder), True)
    assert (status.documents, status.passages, status.with_vectors) == (2, 2, 2)
    assert (status.vector_index, status.model) == ("exact", HASHED)


def test_an_index_without_a_model_has_no_vectors(folder: Path, index: IndexFolder) -> None:
    write(folder, "ferry.txt", "The ferry sails at noon.\n")
    publish(folder, index)
    with search_index(index) as searcher:
        status = index_status(searcher)
    assert (status.with_vectors, status.vector_index, status.building) == (0, None, False)
