"""Of equal texts, the original is the file that a person would name."""

import pytest

from api.ranking.originality import originality


@pytest.mark.parametrize(
    ("original", "copy"),
    [
        ("minutes.txt", "minutes (copy).txt"),
        ("minutes.txt", "minutes (1).txt"),
        ("minutes.txt", "Copy of minutes.txt"),
        ("garden.md", "archive/garden.md"),
        ("garden.md", "garden-backup.md"),
        ("garden.md", "garden_old.md"),
        ("reports/2023/harbour-report.docx", "old.zip!/report.docx"),
        ("garden-backup.md", "offer.eml!/garden.md"),
        ("a/b/c/copyright (2023 edition).txt", "backup/c.txt"),
        ("gold/scold.txt", "old/c.txt"),
    ],
)
def test_copies_come_after_their_originals_even_if_they_are_newer(original: str, copy: str) -> None:
    assert originality(original, 1) < originality(copy, 2)
    assert originality(copy, 1, is_named=True) < originality(original, 2)


def test_then_the_newest_comes_first_and_then_the_shortest_path() -> None:
    assert originality("reports/2024/minutes.txt", 2) < originality("minutes.txt", 1)
    assert originality("minutes.txt", 1) < originality("reports/minutes.txt", 1)
