"""Sentences -> passages of about equal weight, which begin at headings where possible. Pure.

Sentences are packed in units: a record is one, and so is each sentence outside of records. A record
that is longer than a passage may be is divided into its lines, and those into their sentences.
"""

from collections.abc import Iterator
from itertools import accumulate, pairwise
from math import inf

from indexer.config import IndexConfig
from indexer.splitting.pieces import SECTION, Sentence

__all__ = ["passage_runs"]

# A section shorter than this share of a passage shares its passage with the next one.
SMALL_SECTION = 0.4
# A passage shorter than this share of the usual one is joined with another or shares its sentences.
SMALL_PASSAGE = 0.3
# The last two passages together are lighter than this many others.
LAST_TWO = 2.2

# Its first sentence and the one after its last, by their numbers; its start and end in the text;
# its weight; whether it opens a section. A named tuple would take more time, as for sentences.
Unit = tuple[int, int, int, int, float, bool]


def passage_runs(sentences: list[Sentence], config: IndexConfig) -> Iterator[list[Sentence]]:
    """Yield the sentences of each passage, in order."""
    units = list(_units(sentences, range(len(sentences)), 0, config)) if sentences else []
    runs = [run for section in _sections(units, config) for run in _divided(section, config)]
    # What a passage keeps after it has shared with the next one may fit into the one before.
    for run in _shared(_shared(runs, config), config):
        yield sentences[run[0][0] : run[-1][1]]


def _units(
    sentences: list[Sentence], among: range, depth: int, config: IndexConfig
) -> Iterator[Unit]:
    """Yield the units of these sentences. One begins at each sentence of at most this depth."""
    first = among[0]
    starts = [place for place in among[1:] if sentences[place][3] <= depth]
    for place, following in pairwise([first, *starts, among.stop]):
        start, end, weight, depth_of_first, _ = sentences[place]
        if following > place + 1:
            inside = sentences[place:following]
            end, weight = inside[-1][1], sum([sentence[2] for sentence in inside])
            if max(weight, end - start) > config.longest_passage_chars:
                deeper = min([sentence[3] for sentence in inside[1:]])
                yield from _units(sentences, range(place, following), deeper, config)
                continue
        yield place, following, start, end, weight, depth_of_first == SECTION


def _sections(units: list[Unit], config: IndexConfig) -> Iterator[list[Unit]]:
    """Yield runs of units that begin at a heading. A small section is joined with the next."""
    least = SMALL_SECTION * config.passage_chars
    first, section_weight = 0, 0.0
    for place, (_, _, _, _, weight, opens_section) in enumerate(units):
        if opens_section and section_weight >= least:
            yield units[first:place]
            first, section_weight = place, 0.0
        section_weight += weight
    if units:
        yield units[first:]


def _divided(section: list[Unit], config: IndexConfig) -> Iterator[list[Unit]]:
    """Yield the units of each passage: as few passages as fit, of about equal weight.

    The last two share evenly, so what is left after the others makes no small passage.
    """
    longest, end = config.longest_passage_chars, section[-1][3]
    rest_weight = _weight(section)
    first, run_start, run_weight = 0, section[0][2], 0.0
    # The text between sentences counts too: blank lines, indentation.
    count = -(-int(max(rest_weight, end - run_start)) // config.passage_chars)
    usual = share = rest_weight / count
    if max(rest_weight, end - run_start) <= longest:
        share = inf
    for place, (_, _, unit_start, unit_end, weight, _) in enumerate(section):
        if place > first and (
            run_weight + weight / 2 > share
            or run_weight + weight > longest
            or unit_end - run_start > longest
        ):
            yield section[first:place]
            rest_weight -= run_weight
            first, run_start, run_weight = place, unit_start, 0.0
            if max(rest_weight, end - run_start) <= longest:
                share = inf
            elif rest_weight < LAST_TWO * usual:
                share = rest_weight / 2
        run_weight += weight
    yield section[first:]


def _shared(runs: list[list[Unit]], config: IndexConfig) -> list[list[Unit]]:
    """Return the units in passages that are not small beside one that could share with them."""
    least = SMALL_PASSAGE * config.passage_chars
    shared: list[list[Unit]] = []
    for run in runs:
        if shared and (_size(run) < least or _size(shared[-1]) < least):
            shared.extend(_in_common(shared.pop(), run, config.longest_passage_chars))
        else:
            shared.append(run)
    return shared


def _in_common(one: list[Unit], other: list[Unit], longest: int) -> list[list[Unit]]:
    """Return the units of two passages as one passage if they fit, else in the most equal parts."""
    both = [*one, *other]
    before = list(accumulate([weight for _, _, _, _, weight, _ in both], initial=0.0))
    whole, start, end = before[-1], both[0][2], both[-1][3]
    if max(whole, end - start) <= longest:
        return [both]
    sizes = [
        (
            max(before[place], both[place - 1][3] - start),
            max(whole - before[place], end - both[place][2]),
        )
        for place in range(1, len(both))
    ]
    # The two passages themselves fit, so one pair does.
    best = max(
        range(len(sizes)), key=lambda place: (max(sizes[place]) <= longest, min(sizes[place]))
    )
    return [both[: best + 1], both[best + 1 :]]


def _size(units: list[Unit]) -> float:
    """Return the weight of the units or the length of the text that they span, if it is more."""
    return max(_weight(units), units[-1][3] - units[0][2])


def _weight(units: list[Unit]) -> float:
    return sum([weight for _, _, _, _, weight, _ in units])
