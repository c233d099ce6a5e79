"""The words that agree, compared with plain tables of edit distances."""

from hypothesis import given
from hypothesis import strategies as st

from api.documents.quotations.alignment import agreeing_words, end_distances, window_at

# Few words, so that most repeat.
words = st.lists(st.sampled_from("abc"), max_size=12)
wanted_words = st.lists(st.sampled_from("abc"), min_size=1, max_size=6)


def edit_distance(left: list[str], right: list[str]) -> int:
    row = list(range(len(right) + 1))
    for i, word in enumerate(left, 1):
        above, row = row, [i]
        for j, other in enumerate(right, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (word != other)))
    return row[-1]


def longest_common(left: list[str], right: list[str]) -> int:
    table = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, word in enumerate(left):
        for j, other in enumerate(right):
            longer = max(table[i][j + 1], table[i + 1][j])
            table[i + 1][j + 1] = table[i][j] + 1 if word == other else longer
    return table[-1][-1]


@given(wanted_words, words)
def test_distances_are_those_of_the_best_beginning(wanted: list[str], text: list[str]) -> None:
    for end, distance in enumerate(end_distances(wanted, text)):
        assert distance == min(edit_distance(wanted, text[at:end]) for at in range(end + 1))


@given(wanted_words, words.filter(bool), st.data())
def test_a_window_is_as_near_as_its_distance(
    wanted: list[str], text: list[str], data: st.DataObject
) -> None:
    distances = end_distances(wanted, text)
    end = data.draw(st.integers(1, len(text)))
    start, behind = window_at(wanted, text, distances, end)
    assert behind in (end, end + 1)
    assert edit_distance(wanted, text[start:behind]) == distances[end]


def test_a_replaced_word_at_either_end_belongs_to_the_window() -> None:
    text = ["so", "the", "ferry", "sails", "at", "noon", "they", "say"]
    for wanted, window in [("ferry sails at nine", (2, 6)), ("a ferry sails at", (1, 5))]:
        distances = end_distances(wanted.split(), text)
        assert window_at(wanted.split(), text, distances, distances.index(1)) == window


@given(words, words)
def test_as_many_words_agree_as_can(left: list[str], right: list[str]) -> None:
    agreeing = agreeing_words(left, right)
    assert all(left[i] == right[j] for i, j in agreeing)
    assert [i for i, _ in agreeing] == sorted({i for i, _ in agreeing})
    assert [j for _, j in agreeing] == sorted({j for _, j in agreeing})
    assert len(agreeing) == longest_common(left, right)
