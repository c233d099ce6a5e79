import pytest

from indexer.reading.titles.file_name import says_something


@pytest.mark.parametrize(
    "stem",
    [
        *["000_7b03f4becdd2075e", "0001", "12345", "3-17", "d41d8cd98f00b204e9800998ecf8427e"],
        *["550e8400-e29b-41d4-a716-446655440000", "5f7aae2", "dQw4w9WgXcQ8"],
        *["IMG_1234", "DSC00017", "scan0001", "Scanned Document", "untitled", "Untitled 2"],
        *["document (3)", "New Document", "Copy of file (1)", "Screenshot 12", "Unbenannt"],
        *["___", "doc1", "new 1", "v2", "新建文档"],
    ],
)
def test_numbers_hashes_and_names_by_programs_say_nothing(stem: str) -> None:
    assert not says_something(stem)


@pytest.mark.parametrize(
    "stem",
    [
        *["notes", "README", "a", "budget-q3-final", "cafe2024", "facade", "2024-05-02", "1999-12"],
        *["covid19", "chapter 01", "h2o", "visitors policy 2024", "day09", "会議録", "Übersichten"],
        *["deadbeef", "new", "scan of the lease", "document-retention"],
    ],
)
def test_words_and_dates_say_something(stem: str) -> None:
    assert says_something(stem)
