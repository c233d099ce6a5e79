from itertools import pairwise
from random import Random
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexer.index.near_duplicates import (
    SIGNATURE_BYTES,
    Repetition,
    is_cut_copy,
    overlaps_with,
    pairs_alike,
    repetitions,
    signature,
)
from tests.indexer.strategies import texts

# All words differ, so all pairs of words differ too.
WORDS = [f"w{number}" for number in range(400)]


def signatures(*contents: str) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(map(signature, contents)), np.uint8).reshape(-1, SIGNATURE_BYTES)


def similarity(one: str, other: str) -> float:
    """Return the share of equal bytes, corrected for those that are equal by chance."""
    first, second = signatures(one, other)
    return (float((first == second).mean()) * 256 - 1) / 255


def jaccard(one: list[str], other: list[str]) -> float:
    first, second = set(pairwise(one)), set(pairwise(other))
    return len(first & second) / len(first | second)


# Signatures


def test_similarity_is_the_share_of_common_word_pairs() -> None:
    chance = Random(1)
    errors = []
    for _ in range(300):
        one = chance.sample(WORDS, chance.randint(2, 200))
        other = one[chance.randint(0, len(one) - 2) :] + chance.sample(WORDS, chance.randint(0, 99))
        found = similarity(" ".join(one), " ".join(other))
        errors.append(found - jaccard(one, other))
    # The standard error of a share of 128 bytes is at most 0.045.
    assert max(map(abs, errors)) < 0.15
    assert abs(fmean(errors)) < 0.01


@given(texts)
def test_a_signature_has_a_fixed_length_and_depends_only_on_the_text(text: str) -> None:
    assert len(signature(text)) == SIGNATURE_BYTES
    assert signature(text) == signature(text)


@pytest.mark.parametrize(
    "other",
    [
        "the cat sat on the mat",
        "The CAT, sat -- on “the” mat!",
        "\n\n* the cat\n* sat on\n\tthe mat…",
    ],
)
def test_the_same_words_in_the_same_order_have_the_same_signature(other: str) -> None:
    assert signature("The cat sat on the mat.") == signature(other)


@pytest.mark.parametrize(
    "other", ["on the mat sat the cat", "the cat sat on the", "the cat sat on the rug", "the"]
)
def test_other_words_or_another_order_have_another_signature(other: str) -> None:
    assert signature("the cat sat on the mat") != signature(other)


def test_accents_count_in_either_normal_form() -> None:
    assert signature("Café au lait") == signature("cafe\u0301 AU lait")
    assert signature("Café au lait") != signature("Cafe au lait")


def test_scripts_without_blanks_are_compared_by_pairs_of_characters() -> None:
    one = "".join(map(chr, range(0x4E00, 0x4E40)))
    assert similarity(one, one[:32]) == pytest.approx(0.5, abs=0.15)


def test_texts_of_fewer_than_two_words_repeat_if_they_are_equal() -> None:
    assert signature("Yes") == signature("yes!")
    assert signature("…") == signature("…")
    assert len({signature(text) for text in ("", "…", "!", "yes", "no")}) == 5


def test_signatures_are_the_same_in_every_process() -> None:
    # Signatures are stored, so another version of the engine must not change them unnoticed.
    assert signature("the cat sat on the mat")[:8].hex() == "b73adff4861dc721"


# Repetitions


def sentence(first: int, words: int = 40) -> str:
    return " ".join(WORDS[first : first + words])


def test_a_repetition_refers_to_an_earlier_hit() -> None:
    found = list(repetitions(signatures(sentence(0), sentence(100), sentence(0)), threshold=0.6))
    assert found == [Repetition(place=2, of=0, similarity=1.0)]


def test_the_threshold_is_the_share_of_common_words() -> None:
    # 40 words of 50: J = 39 / 49 = 0.8
    ranking = signatures(sentence(0, 50), sentence(0, 40))
    (repetition,) = repetitions(ranking, threshold=0.6)
    assert repetition.similarity == pytest.approx(0.8, abs=0.15)
    assert list(repetitions(ranking, threshold=0.97)) == []


def test_texts_with_little_in_common_do_not_repeat_each_other() -> None:
    # 20 words of 60: J = 19 / 59 = 0.3
    assert list(repetitions(signatures(sentence(0), sentence(20)), threshold=0.6)) == []


def test_a_repetition_of_several_counts_for_the_most_similar() -> None:
    one, other = sentence(0, 50), sentence(0, 10) + " " + sentence(100, 30)
    nearly_other = f"{other} w399"
    found = list(repetitions(signatures(one, other, nearly_other), threshold=0.6))
    assert [(each.place, each.of) for each in found] == [(2, 1)]


def test_nothing_repeats_a_repetition() -> None:
    # Each shares 44 of 54 pairs with the one before (J = 0.8); J to the first is 0.67 and 0.53.
    chain = [sentence(shift, 50) for shift in (0, 5, 10, 15)]
    found = [(each.place, each.of) for each in repetitions(signatures(*chain), threshold=0.6)]
    assert found == [(1, 0), (2, 0)]


@pytest.mark.parametrize("count", [0, 1])
def test_a_ranking_of_one_has_no_repetitions(count: int) -> None:
    assert list(repetitions(signatures(*["one"] * count), threshold=0.6)) == []


def test_nearly_all_repetitions_are_found() -> None:
    # 200 pairs of texts with J = 29 / 39 = 0.74, far above the threshold.
    contents = [
        " ".join(f"{number}x{word}" for word in range(words))
        for number in range(200)
        for words in (40, 30)
    ]
    found = [(each.place, each.of) for each in repetitions(signatures(*contents), threshold=0.5)]
    assert set(found) <= {(2 * number + 1, 2 * number) for number in range(200)}
    assert len(found) >= 195


def compared_one_by_one(ranking: NDArray[np.uint8], threshold: float) -> list[Repetition]:
    """Return the repetitions by the definition, pair by pair."""
    bands = [{*enumerate(each.view(np.uint32).tolist())} for each in ranking]
    originals: list[int] = []
    found: dict[int, Repetition] = {}
    for place, text in enumerate(ranking):
        equal = [each for each in range(place) if (ranking[each] == text).all()]
        if equal:
            first = equal[0]
            of, overlap = found[first][1:] if first in found else (first, 1.0)
            found[place] = Repetition(place, of, overlap)
            continue
        others = [each for number, each in enumerate(bands) if (ranking[number] != text).any()]
        near = any(bands[place] & other for other in others)
        overlaps = [
            (max(0.0, ((ranking[each] == text).mean() * 256 - 1) / 255), -each)
            for each in originals
            if near and _is_near(each, ranking, bands)
        ]
        overlap, of = max(overlaps, default=(0.0, 0))
        if overlap >= threshold:
            found[place] = Repetition(place, -of, overlap)
        else:
            originals.append(place)
    return sorted(found.values())


def _is_near(place: int, ranking: NDArray[np.uint8], bands: list[set[tuple[int, int]]]) -> bool:
    return any(
        bands[place] & bands[other]
        for other in range(len(bands))
        if (ranking[other] != ranking[place]).any()
    )


@given(st.integers(0, 1 << 32), st.integers(1, 90))
def test_many_are_compared_at_once_as_if_one_by_one(seed: int, count: int) -> None:
    chance = Random(seed)
    contents = []
    for _ in range(count):
        first = chance.choice([0, 0, 100, 300])
        words = WORDS[first : first + 50]
        for place in chance.sample(range(50), chance.choice([0, 1, 2, 5, 12])):
            words[place] = chance.choice(WORDS)
        contents.append(" ".join(words))
    ranking = signatures(*contents)
    expected = compared_one_by_one(ranking, 0.6)
    found = repetitions(ranking, threshold=0.6)
    assert [each[:2] for each in found] == [each[:2] for each in expected]
    assert [each[2] for each in found] == pytest.approx([each[2] for each in expected])


# Copies that were cut short


def test_a_beginning_is_a_cut_copy_of_its_text() -> None:
    full = " ".join(WORDS[:100])
    for words in (20, 40, 66):
        assert is_cut_copy(" ".join(WORDS[:words]), full)
        assert is_cut_copy(" ".join([*WORDS[:words], "Read more"]), full)
        assert is_cut_copy(" ".join(WORDS[30 : 30 + words]).upper(), full)


def test_a_text_that_is_nearly_as_long_is_no_cut_copy() -> None:
    full = " ".join(WORDS[:100])
    assert not is_cut_copy(" ".join(WORDS[:90]), full)
    # A version with another number, and without the last sentence.
    assert not is_cut_copy(" ".join(["other", *WORDS[1:70]]), full)
    assert is_cut_copy(" ".join(["other", *WORDS[1:60]]), full)
    assert not is_cut_copy(full, full)
    assert not is_cut_copy(full, " ".join(WORDS[:50]))


def test_a_few_words_are_no_cut_copy() -> None:
    assert not is_cut_copy(" ".join(WORDS[:19]), " ".join(WORDS[:100]))
    assert not is_cut_copy("", "")


def test_a_text_with_words_of_its_own_is_no_cut_copy() -> None:
    own, shared = WORDS[300:306], WORDS[:40]
    assert not is_cut_copy(" ".join([*own, *shared]), " ".join(WORDS[:100]))


def test_pairs_that_are_alike_are_found_with_their_overlap() -> None:
    one, other = WORDS[:100], WORDS[:50]
    contents = [" ".join(words) for words in (one, WORDS[200:300], other)]
    every = np.ones((3, 3), np.bool_)
    ((place, of, overlap),) = pairs_alike(signatures(*contents), least=0.1, among=every)
    assert (place, of) == (0, 2)
    assert overlap == pytest.approx(jaccard(one, other), abs=0.15)
    assert overlap == overlaps_with(signatures(*contents)[0], signatures(*contents))[2]
    assert pairs_alike(signatures(*contents), least=0.1, among=~every) == []
