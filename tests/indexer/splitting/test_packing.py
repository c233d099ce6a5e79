from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from indexer.config import IndexConfig
from indexer.splitting.packing import passage_runs
from indexer.splitting.pieces import SECTION, Sentence

CONFIG = IndexConfig(passage_chars=100, longest_passage_chars=140)


def sentences(*weights: int, depths: dict[int, int] | None = None) -> list[Sentence]:
    """Return sentences of these weights, one after the other with a blank between them."""
    found: list[Sentence] = []
    start = 0
    for place, weight in enumerate(weights):
        depth = (depths or {}).get(place, 0)
        found.append((start, start + weight, weight, depth, False))
        start += weight + 1
    return found


def packed(*weights: int, depths: dict[int, int] | None = None) -> list[list[int]]:
    """Return the weights of the sentences in each passage."""
    runs = passage_runs(sentences(*weights, depths=depths), CONFIG)
    return [[int(sentence[2]) for sentence in run] for run in runs]


def test_a_text_that_fits_is_one_passage() -> None:
    assert packed() == []
    assert packed(139) == [[139]]
    assert packed(60, 70) == [[60, 70]]


def test_passages_are_of_about_equal_weight_to_the_end() -> None:
    assert packed(*[20] * 7) == [[20] * 4, [20] * 3]
    assert packed(*[20] * 11) == [[20] * 4, [20] * 4, [20] * 3]
    # The last two share what is left evenly.
    assert packed(*[20] * 8, 10, 10) == [[20] * 5, [20, 20, 20, 10, 10]]
    assert packed(*[30] * 9) == [[30] * 3] * 3
    assert packed(*[35] * 7) == [[35, 35], [35, 35, 35], [35, 35]]


def test_a_small_passage_joins_the_one_before_it_or_shares_with_it() -> None:
    opens = {4: SECTION}
    assert packed(30, 30, 30, 30, 10, depths=opens) == [[30, 30, 30, 30, 10]]
    assert packed(34, 34, 34, 34, 10, depths=opens) == [[34, 34], [34, 34, 10]]


def test_the_blanks_inside_a_unit_count_for_its_length() -> None:
    padded: list[Sentence] = [(0, 130, 10, 0, False), (131, 261, 10, 0, False)]
    assert len(list(passage_runs(padded, CONFIG))) == 2
    short: list[Sentence] = [(262, 272, 10, 0, False), (273, 403, 10, 0, False)]
    assert [len(run) for run in passage_runs([*padded, *short], CONFIG)] == [1, 1, 1, 1]


def test_a_small_passage_stays_if_nothing_can_share_with_it() -> None:
    assert packed(20, 135, 20) == [[20], [135], [20]]
    assert packed(20, 135, 20, 20) == [[20], [135], [20, 20]]


def test_a_passage_begins_at_a_heading() -> None:
    assert packed(30, 30, 30, 30, depths={2: SECTION}) == [[30, 30], [30, 30]]
    # A small section shares its passage with the next one.
    assert packed(30, 30, 30, 30, 30, depths={1: SECTION}) == [[30, 30, 30], [30, 30]]


def test_no_passage_begins_inside_a_record() -> None:
    # Without records: [50, 30, 30] and [30, 60].
    assert packed(50, 30, 30, 30, 60, depths={3: 2, 4: 1}) == [[50, 30], [30, 30, 60]]


def test_a_record_that_is_longer_than_a_passage_is_divided_at_its_lines_first() -> None:
    lines = {1: 2, 2: 1, 3: 2, 4: 1, 5: 2}
    assert packed(30, 20, 60, 10, 40, 10, depths=lines) == [[30, 20, 60, 10], [40, 10]]
    assert packed(90, 90, 90, depths={1: 2, 2: 2}) == [[90], [90], [90]]


_depths = st.sampled_from([SECTION, 0, 0, 0, 1, 2])
_sizes = st.integers(1, 140)


@given(st.lists(st.tuples(_sizes, _depths), max_size=40))
def test_passages_contain_every_sentence_and_are_not_too_long(
    described: list[tuple[int, int]],
) -> None:
    weights, depths = [size for size, _ in described], dict(enumerate(d for _, d in described))
    found = sentences(*weights, depths=depths)
    runs = list(passage_runs(found, CONFIG))
    assert [sentence for run in runs for sentence in run] == found
    for run in runs:
        assert run[-1][1] - run[0][0] <= CONFIG.longest_passage_chars
    # A passage begins inside a record only if the record is too long for one.
    places = [place for place, sentence in enumerate(found) if place and sentence[3] <= 0]
    for first, following in pairwise([0, *places, len(found)]):
        record = found[first:following]
        if record and record[-1][1] - record[0][0] <= CONFIG.longest_passage_chars:
            assert not any(run[0] in record[1:] for run in runs)


@given(st.lists(st.integers(3, 30), min_size=1, max_size=80))
def test_no_passage_of_prose_is_small_beside_another(weights: list[int]) -> None:
    runs = list(passage_runs(sentences(*weights), CONFIG))
    assert len(runs) == 1 or min(sum(sentence[2] for sentence in run) for run in runs) >= 30
