"""Copies that were cut short: what is compared in full is all that the full comparison keeps."""

from itertools import permutations
from pathlib import Path
from random import Random

import pytest

from api.contract.search import Mode, SearchRequest
from api.search import copies
from api.search.copies import LONGEST_CUT_PASSAGES
from tests.api.served_index import search_files

LETTERS = ["ba", "du", "fi", "go", "ka", "lem", "mor", "nis", "pa", "rul", "sta", "ven"]
TAILS = ["", " … Read more", " Continue reading in the paper of tomorrow"]
SHARES = (0.12, 0.3, 0.5, 0.7, 0.8)


def prose(random: Random, words: int) -> list[str]:
    """Return sentences of random words with the lengths and frequencies of a language."""
    vocabulary = ["".join(random.choices(LETTERS, k=random.randint(1, 4))) for _ in range(600)]
    weights = [1 / rank for rank in range(1, 601)]
    chosen = random.choices(vocabulary, weights, k=words)
    chosen[:3] = ["The", "harbour", "wall"]
    return [word + "." if number % 14 == 13 else word for number, word in enumerate(chosen)]


def family(random: Random, number: int) -> dict[str, str]:
    """Return a text, beginnings of it with several ends, and a version with other numbers."""
    words = prose(random, random.choice([60, 170, 400, 700]))
    files = {f"{number}-full.txt": " ".join(words)}
    for share in random.sample(SHARES, 2):
        cut = " ".join(words[: max(22, int(share * len(words)))])
        files[f"{number}-cut-{share}.txt"] = cut + random.choice(TAILS)
    middle = len(words) // 2
    files[f"{number}-version.txt"] = " ".join([*words[:middle], "1031", *words[middle + 1 :]])
    return files


@pytest.mark.parametrize("seed", range(6))
def test_no_pair_is_left_out_that_the_full_comparison_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    # Pairs are only chosen here, so their number must not decide.
    monkeypatch.setattr(copies, "COMPARED", 10_000)
    random = Random(seed)
    files = {path: text for number in range(4) for path, text in family(random, number).items()}
    with search_files(tmp_path, files) as searcher:
        snapshot = searcher.snapshot
        entries = {
            entry.path: entry for entry in snapshot.catalog.entries_of(snapshot.rows.tolist())
        }
        cut = {
            one
            for one, other in permutations(files, 2)
            if entries[one].passages <= LONGEST_CUT_PASSAGES
            if snapshot.is_cut_copy(entries[one], entries[other])
        }
        asked = {"q": "harbour wall", "mode": Mode.LEXICAL, "limit": 100}
        hits = searcher.search(SearchRequest.model_validate(asked)).hits
    leading = {hit.document.path for hit in hits if hit.span.start == 0}
    listed = {twin.path for hit in hits for twin in hit.duplicates}
    assert len(cut) >= 4
    assert not cut & leading
    assert cut <= listed
    assert all("cut" in path for path in cut)
