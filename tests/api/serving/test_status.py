import os
from pathlib import Path

from api.serving.status import index_status
from indexer.index.folder import IndexFolder
from tests.api.served_index import HASHED, publish, search_index, serve, write
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


def test_the_index_of_a_folder_whose_path_is_not_text_is_served(tmp_path: Path) -> None:
    folder, index = tmp_path / os.fsdecode(b"fold\xffer"), IndexFolder(tmp_path / "index")
    write(folder, "a.txt", "The ferry sails at noon.\n")
    publish(folder, index)
    with serve(index) as client:
        for path in (
            "/v1/search?q=ferry",
            "/v1/status",
            "/readyz",
            "/index",
            "/?q=ferry",
            "/metrics",
        ):
            assert client.get(path).status_code == 200, path
        assert client.get("/v1/status").json()["folder"].endswith("fold\\udcffer")
        folder.rename(tmp_path / "moved")
        assert client.get("/readyz").status_code == 200
        assert client.get("/index").status_code == 200
