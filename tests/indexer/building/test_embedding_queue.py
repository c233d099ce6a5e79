from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given

from indexer.building import embedding_queue
from indexer.config import IndexConfig
from indexer.documents import Document
from indexer.embedding.embeddings import (
    EmbeddingInput,
    PassageEmbedding,
    embedding_input,
    embedding_key,
)
from indexer.errors import ModelDamaged
from indexer.index.folder import IndexFolder
from indexer.reading.readers import read_document
from indexer.splitting.splitter import split_passages
from tests.hashed_embedder import HashedEmbedder
from tests.indexer.building.test_build import temporary_folder
from tests.indexer.builds import NIGHT, RIVER, build, write_files
from tests.indexer.index_content import SMALL, open_index
from tests.indexer.strategies import texts
from tests.property_examples import examples


class RecordingEmbedder(HashedEmbedder):
    """Keeps the texts of each round with their windows."""

    def __init__(self) -> None:
        super().__init__()
        self.rounds: list[list[EmbeddingInput]] = []

    def embed_passages(self, inputs: Sequence[EmbeddingInput]) -> list[PassageEmbedding]:
        self.rounds.append(list(inputs))
        return super().embed_passages(inputs)


def inputs_of(name: str, text: str, config: IndexConfig = SMALL) -> list[EmbeddingInput]:
    """Return the texts of a file to embed."""
    document = read_document(name, text.encode())
    assert isinstance(document, Document)
    passages = split_passages(document, config)
    return [embedding_input(document, passage) for passage in passages if passage.windows]


@examples(20)
@given(text=texts)
def test_the_embedded_text_is_the_text_of_the_file(text: str) -> None:
    content = f"# On wolves\n\n{text}"
    with temporary_folder() as place:
        (place / "folder" / "a.md").write_bytes(content.encode())
        embedder, index = RecordingEmbedder(), IndexFolder(place / "index")
        build(place / "folder", index, embedder)
        found = [each for texts in embedder.rounds for each in texts]
        assert found == list(dict.fromkeys(inputs_of("a.md", content)))
        with open_index(index) as opened:
            keys = {passage.embedding for passage in opened.passages()} - {None}
            assert keys == {embedding_key(each, embedder.identity) for each in found}


def test_a_title_shared_by_many_files_is_not_embedded(folder: Path, index: IndexFolder) -> None:
    title = "The site of wolves and bears"
    pages = {f"{number}": f"{title}\n\n{f'Wolf {number} howls. ' * 3}" for number in range(8)}
    write_files(folder, **pages)
    embedder = HashedEmbedder()
    build(folder, index, embedder)
    titled = [text for text in embedder.texts if title in text]
    assert (len(titled), len(embedder.texts)) == (0, 8)


def test_texts_are_embedded_in_rounds(
    folder: Path, index: IndexFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding_queue, "ROUND_TEXTS", 3)
    write_files(folder, a=NIGHT, b=NIGHT, c=RIVER)
    embedder = RecordingEmbedder()
    report = build(folder, index, embedder)
    assert {len(texts) for texts in embedder.rounds[:-1]} == {3}
    assert sum(map(len, embedder.rounds)) == report.embedded
    distinct = dict.fromkeys([*inputs_of("a.txt", NIGHT), *inputs_of("c.txt", RIVER)])
    assert report.embedded == len(distinct)


def test_a_model_that_cannot_be_loaded_ends_the_build(folder: Path, index: IndexFolder) -> None:
    class Damaged(HashedEmbedder):
        @property
        def dimension(self) -> int:  # type: ignore[override]
            raise ModelDamaged("the model is damaged")

    write_files(folder, **{f"{number:02}": f"{NIGHT} {number}" for number in range(50)})
    with pytest.raises(ModelDamaged):
        build(folder, index, Damaged())
    assert index.current_id() is None


def test_a_model_is_not_loaded_if_every_embedding_is_stored(
    folder: Path, index: IndexFolder
) -> None:
    write_files(folder, a=NIGHT)
    build(folder, index, HashedEmbedder())

    class Absent(HashedEmbedder):
        @property
        def dimension(self) -> int:  # type: ignore[override]
            raise AssertionError("nothing needs the model")

    write_files(folder, b=NIGHT)
    assert build(folder, index, Absent()).published
