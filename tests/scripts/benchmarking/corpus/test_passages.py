"""The passages of a folder as embedded."""

from pathlib import Path

from scripts.benchmarking.corpus.passages import folder_passages


def test_passages_come_with_their_file_and_their_heading(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("# Whales\n\nThey sing.\n\n## Food\n\nThey eat krill.\n")
    (tmp_path / "a.txt").write_text("A plain file.")
    (tmp_path / "c.bin").write_bytes(b"\0\1\2")
    found = [(each.path, each.embedded.text) for each in folder_passages(tmp_path)]
    assert found[0] == ("a.txt", "A plain file.")
    assert [path for path, _ in found[1:]] == ["b.md"] * len(found[1:])
    assert all("Whales" in text for _, text in found[1:])
    assert "They eat krill." in found[-1][1]
