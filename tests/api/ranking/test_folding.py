from collections.abc import Callable, Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from api.ranking.folding import (
    FOLD_SIMILARITY,
    FoldedCandidate,
    find_copies,
    fold,
    led_by_original,
    with_cut_copies,
)
from api.ranking.fusion import Contribution, FusedCandidate
from api.ranking.originality import Originality, originality
from indexer.index.near_duplicates import SIGNATURE_BYTES, Repetition, repetitions, signature

FERRY = (
    "The ferry sails at noon from the old pier. It carries eighteen cars, a piano and the mail, "
    "and nobody has ever asked the captain why the piano goes back and forth across the water "
    "while the mail waits on the other side until the weather turns and the tide comes in again."
)
# The same paragraph with a word changed in each of two places.
COPY = FERRY.replace("noon", "dawn").replace("eighteen", "sixteen")
BRIDGE = (
    "The bridge stays closed until the spring. Its cables are rusty, its planks are loose, and "
    "the council cannot agree on who is to pay for new ones, so the villagers walk the long way "
    "round by the mill, as their grandparents did before the bridge was there to shorten it."
)


def ranking(*rows: int) -> list[FusedCandidate]:
    return [FusedCandidate.from_contributions(row, {}) for row in rows]


def folded(*texts: str) -> list[FoldedCandidate]:
    """Fold a ranking of these texts, whose rows are 10, 11, 12 and so on."""
    rows = range(10, 10 + len(texts))
    signatures = np.frombuffer(b"".join(map(signature, texts)), np.uint8)
    found = repetitions(signatures.reshape(-1, SIGNATURE_BYTES), threshold=FOLD_SIMILARITY)
    return fold(ranking(*rows), found)


def test_a_repetition_is_listed_under_the_original() -> None:
    # places               0  1  2  3
    candidates = ranking(7, 3, 9, 5)
    first, second = fold(candidates, [Repetition(2, 0, 0.9), Repetition(3, 0, 0.7)])
    assert (first.candidate.row, first.duplicates) == (7, ((9, 0.9), (5, 0.7)))
    assert (second.candidate.row, second.duplicates) == (3, ())


def scored(row: int, lexical: float, semantic: float) -> FusedCandidate:
    parts = {"lexical": lexical, "semantic": semantic}
    return FusedCandidate.from_contributions(
        row, {name: Contribution(1, score, score, score / 2) for name, score in parts.items()}
    )


def by_time(modified: Sequence[int]) -> Callable[[int], Originality]:
    """Return the originality of files at the same kind of path that were modified then."""
    return lambda place: originality("a.txt", modified[place])


def leads(candidates: list[FusedCandidate], modified: list[int]) -> list[int]:
    """Return the rows of the hits; the last candidate repeats the first."""
    text = np.frombuffer(signature(FERRY) * len(candidates), np.uint8)
    signatures = text.reshape(-1, SIGNATURE_BYTES)
    repeated = [Repetition(len(candidates) - 1, 0, 1.0)]
    found = fold(candidates, led_by_original(candidates, repeated, signatures, by_time(modified)))
    return [each.candidate.row for each in found]


def test_the_newest_of_equally_good_copies_leads() -> None:
    candidates = [scored(1, 0.9, 0.9), scored(2, 0.9, 0.89), scored(3, 0.88, 0.9)]
    signatures = np.array(
        [np.frombuffer(signature(text), np.uint8) for text in (FERRY, COPY, COPY)]
    )
    copies = find_copies(signatures)
    (hit,) = fold(
        candidates, led_by_original(candidates, copies, signatures, by_time([10, 30, 20]))
    )
    assert hit.candidate.row == 2
    ((best, overlap), last) = hit.duplicates
    assert (best, last) == (1, (3, 1.0))
    assert FOLD_SIMILARITY <= overlap < 1


def test_a_newer_copy_that_answers_less_well_does_not_lead() -> None:
    for worse in (scored(2, 0.8, 0.9), scored(2, 0.9, 0.8), scored(2, 0.0, 0.9)):
        assert leads([scored(1, 0.9, 0.9), worse], [10, 30]) == [1]


def test_copies_of_the_same_time_stay_in_order() -> None:
    assert leads([scored(1, 0.9, 0.9), scored(2, 0.9, 0.9)], [10, 10]) == [1]


scores = st.sampled_from([0.5, 0.86, 0.88, 0.9])


@given(st.lists(st.tuples(scores, scores, st.integers(0, 3)), min_size=2, max_size=8))
def test_the_best_of_the_newest_leads(given: list[tuple[float, float, int]]) -> None:
    candidates = [scored(row, *each[:2]) for row, each in enumerate(given)]
    modified = [time for *_, time in given]
    text = np.frombuffer(signature(FERRY) * len(given), np.uint8).reshape(-1, SIGNATURE_BYTES)
    found = led_by_original(candidates, find_copies(text), text, by_time(modified))
    equal = [
        row
        for row, each in enumerate(given)
        if all(
            abs(own - best) <= 0.05 * best for own, best in zip(each, given[0][:2], strict=False)
        )
    ]
    newest = max(equal, key=lambda row: (given[row][2], -row))
    assert {each.of for each in found} == {newest}


def test_hits_stay_in_the_order_of_their_scores() -> None:
    candidates = [scored(1, 0.9, 0.9), scored(2, 0.89, 0.9), scored(3, 0.88, 0.9)]
    assert leads(candidates, [10, 10, 30]) == [2, 3]


def test_copies_cut_short_are_listed_under_the_full_text() -> None:
    first, second = with_cut_copies(
        [FoldedCandidate(each) for each in ranking(7, 3)], {9: (3, 0.4), 8: (3, 0.3)}
    )
    assert first.duplicates == ()
    assert second.duplicates == ((9, 0.4), (8, 0.3))


def test_a_full_text_may_itself_be_a_copy() -> None:
    (hit,) = with_cut_copies([FoldedCandidate(ranking(7)[0], ((3, 0.9),))], {9: (3, 0.4)})
    assert hit.duplicates == ((3, 0.9), (9, 0.4))


def test_nothing_repeats() -> None:
    assert fold(ranking(2, 1), []) == [FoldedCandidate(each) for each in ranking(2, 1)]


def test_an_empty_ranking_folds_to_an_empty_one() -> None:
    assert fold([], []) == []


def test_near_copies_fold_under_the_best_of_them() -> None:
    ferry, bridge = folded(FERRY, BRIDGE, COPY)
    assert (ferry.candidate.row, bridge.candidate.row) == (10, 11)
    ((row, similarity),) = ferry.duplicates
    assert row == 12
    assert FOLD_SIMILARITY <= similarity < 1


def test_the_same_words_in_another_layout_are_a_copy() -> None:
    (ferry,) = folded(FERRY, FERRY.upper().replace(" ", "\n"))
    assert ferry.duplicates == ((11, 1.0),)


def test_texts_that_share_a_paragraph_are_not_copies() -> None:
    assert len(folded(FERRY, f"{FERRY} {BRIDGE} {BRIDGE.replace('the', 'some')}")) == 2


def test_unlike_texts_do_not_fold() -> None:
    assert len(folded(FERRY, BRIDGE, "needle", "haystack", "the needle", "")) == 6


words = st.lists(
    st.sampled_from(["ferry", "bridge", "noon", "piano", "mail", "tide", "pier", "captain"])
)


@given(st.lists(words.map(" ".join), max_size=12))
def test_folding_keeps_every_candidate_once_and_the_order(texts: list[str]) -> None:
    found = folded(*texts)
    kept = [each.candidate.row for each in found]
    listed = [row for each in found for row, _ in each.duplicates]
    assert kept == sorted(kept)
    assert sorted(kept + listed) == list(range(10, 10 + len(texts)))
    for each in found:
        assert all(row > each.candidate.row for row, _ in each.duplicates)
        assert all(similarity >= FOLD_SIMILARITY for _, similarity in each.duplicates)
